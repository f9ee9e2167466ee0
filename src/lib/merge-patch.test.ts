import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patched } from './merge-patch.ts';

/** RFC 7396, appendix A: original, patch, result. */
const EXAMPLES: readonly (readonly [unknown, unknown, unknown])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

/** RFC 7396, section 3. */
const DOCUMENT = {
  title: 'Goodbye!',
  author: { givenName: 'John', familyName: 'Doe' },
  tags: ['example', 'sample'],
  content: 'This will be unchanged',
};
const PATCH = { title: 'Hello!', phoneNumber: '+01-123-456-7890', author: { familyName: null }, tags: ['example'] };

describe('a merge patch', () => {
  for (const [original, patch, result] of EXAMPLES) {
    it(`makes ${JSON.stringify(result)} of ${JSON.stringify(original)} with ${JSON.stringify(patch)}`, () => {
      assert.deepEqual(patched(original, patch), result);
    });
  }

  it('leaves what it was given as it was', () => {
    const before = structuredClone({ document: DOCUMENT, patch: PATCH });
    assert.deepEqual(patched(DOCUMENT, PATCH), {
      title: 'Hello!',
      author: { givenName: 'John' },
      tags: ['example'],
      content: 'This will be unchanged',
      phoneNumber: '+01-123-456-7890',
    });
    assert.deepEqual({ document: DOCUMENT, patch: PATCH }, before);
  });

  it('sets no prototype', () => {
    const patch: unknown = JSON.parse('{"__proto__":{"isAdmin":true},"a":{"__proto__":{"isAdmin":true}}}');
    const result = patched({ a: {} }, patch) as { readonly a: object };
    for (const each of [result, result.a]) {
      assert.equal(Object.getPrototypeOf(each), Object.prototype);
      assert.ok(Object.hasOwn(each, '__proto__'));
      assert.equal((each as { isAdmin?: boolean }).isAdmin, undefined);
    }
  });
});
