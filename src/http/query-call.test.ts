import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesInData, callbackOf, callInBytes, callInKeys, firstOf } from './query-call.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the data of a query', () => {
  it('is read in all four alphabets, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const padded = buffer.toString('base64');
        const safe = buffer.toString('base64url');
        const padding = '='.repeat((4 - (safe.length % 4)) % 4);
        for (const text of [safe, safe + padding, padded.replaceAll('=', ''), padded, padded.replaceAll('+', ' ')]) {
          // A blank at an end is trimmed, so it has to be sent as `%2B` there.
          if (text.trim() === text) assert.deepEqual(bytesInData(text), buffer);
        }
      }),
    );
  });

  it('is read as it is when it is JSON already', () => {
    assert.deepEqual(callInBytes(bytesInData(' {"a":"ü"}')), { a: 'ü' });
    assert.deepEqual(callInBytes(bytesInData('[1]')), [1]);
  });

  for (const text of ['%%%', 'a', 'ab-d+f', 'eyJ9=A', 'ü', '====', 'e30==', 'eyJh']) {
    it(`is no call as ${text}`, () => {
      assert.throws(() => callInBytes(bytesInData(text)), { code: 'malformed_data' });
    });
  }
});

describe('the keys of a query', () => {
  const cases: readonly (readonly [what: string, query: Record<string, string | string[]>, call: object])[] = [
    ['nest by dots', { 'properties.page.title': 'x', userId: 'u' }, { properties: { page: { title: 'x' } }, userId: 'u' }],
    ['share what they begin with', { 'a.b': '1', 'a.c.d': '2', 'a.c.e': '3' }, { a: { b: '1', c: { d: '2', e: '3' } } }],
    ['are strings and nothing else', { a: '1', b: 'true', c: '' }, { a: '1', b: 'true', c: '' }],
    ['make lists when they are repeated', { 'a.b': ['1', '2'] }, { a: { b: ['1', '2'] } }],
    ['are the same with blanks around their parts', { ' a . b ': '1', 'a.b': '2', 'a.b ': ['3', '4'] }, { a: { b: ['1', '2', '3', '4'] } }],
    ['are ignored with an empty part', { 'a..b': '1', '.a': '2', 'a.': '3', '': '4', 'a. .b': '5', d: '6' }, { d: '6' }],
    ['replace a value in the way of an object', { a: '1', 'a.b': '2' }, { a: { b: '2' } }],
    ['leave an object where it is', { 'a.b': '2', a: ['1', '3'] }, { a: { b: '2' } }],
    ['replace a list in the way', { a: ['1', '2'], 'a.0': '3' }, { a: { 0: '3' } }],
    ['leave out the write key, and only there', { writeKey: 'k', 'a.writeKey': 'l' }, { a: { writeKey: 'l' } }],
  ]; // prettier-ignore
  for (const [what, query, call] of cases) {
    it(what, () => {
      assert.deepEqual(plain(callInKeys(query)), call);
    });
  }

  it('set no prototype', () => {
    const query = Object.fromEntries([
      ['__proto__.polluted', '1'],
      ['constructor.prototype.polluted', '2'],
      ['a.__proto__.b', '3'],
      ['toString', '4'],
    ]);
    assert.equal(
      JSON.stringify(callInKeys(query)),
      '{"__proto__":{"polluted":"1"},"constructor":{"prototype":{"polluted":"2"}},"a":{"__proto__":{"b":"3"}},"toString":"4"}',
    );
    assert.equal('polluted' in {}, false);
  });

  it('may be as deep and as many as a URL is long', () => {
    const deep = callInKeys({ ['a.'.repeat(8_000) + 'a']: 'x' });
    let depth = 0;
    for (let node: unknown = deep; typeof node === 'object'; node = (node as Record<string, unknown>).a) depth++;
    assert.equal(depth, 8_001);
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`a.${index}`, '']));
    assert.equal(Object.keys(callInKeys(many).a as object).length, 5_000);
  });
});

describe('the callback of a query', () => {
  for (const name of ['log', '$', '_', 'jQuery123_4', 'a.b.c', 'a'.repeat(128)]) {
    it(`is ${name.slice(0, 20)}`, () => {
      assert.equal(callbackOf({ query: { callback: name } }), name);
    });
  }
  for (const name of ['', '1a', 'a b', 'a(', 'a;b', 'a"', '<script>', 'a[0]', 'a\n', 'ü', '.a', 'a'.repeat(129)]) {
    it(`is none as ${JSON.stringify(name.slice(0, 20))}`, () => {
      assert.equal(callbackOf({ query: { callback: name } }), null);
    });
  }

  it('is the first of several', () => {
    assert.equal(callbackOf({ query: { callback: ['a', 'alert(1)'] } }), 'a');
    assert.deepEqual(
      [firstOf(undefined), firstOf(''), firstOf(['', 'x']), firstOf(['x', 'y'])],
      [null, null, null, 'x'],
    );
  });
});
