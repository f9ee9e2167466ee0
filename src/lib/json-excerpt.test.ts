import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonExcerpt } from './json-excerpt.ts';

describe('jsonExcerpt', () => {
  it('is the whole JSON text of what has room', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(jsonExcerpt(value, 1e6), { text: JSON.stringify(value), isCut: false });
      }),
    );
  });

  it('is the beginning of the JSON text of what has not, and says so', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(40), (value, charsMax) => {
        const whole = JSON.stringify(value);
        const { text, isCut } = jsonExcerpt(value, charsMax);
        assert.equal(text, whole.slice(0, charsMax));
        assert.equal(isCut, whole.length > charsMax);
      }),
    );
  });

  it('keeps an own `__proto__`, in its place', () => {
    const text = '{"a":1,"__proto__":{"b":2}}';
    assert.equal(jsonExcerpt(JSON.parse(text), 100).text, text);
  });

  it('ends where it is too deep', () => {
    const nested = (levels: number): string => `${'[1,'.repeat(levels)}2${']'.repeat(levels)}`;
    assert.deepEqual(jsonExcerpt(JSON.parse(nested(256)), 4_096), { text: nested(256), isCut: false });
    for (const levels of [257, 200_000]) {
      const excerpt = jsonExcerpt(JSON.parse(`[${nested(levels - 1)},3]`), 4_096);
      assert.deepEqual(excerpt, { text: `[${'[1,'.repeat(255)}`, isCut: true });
    }
  });

  it('costs what it answers and not what the value holds', () => {
    let reads = 0;
    const watched = Array.from({ length: 10_000 }, () => ({
      get once() {
        reads += 1;
        return 'x';
      },
    }));
    assert.equal(jsonExcerpt(watched, 100).text.length, 100);
    assert.ok(reads < 10, String(reads));
  });
});
