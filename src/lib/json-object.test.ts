import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isJsonObject, mergedOver } from './json-object.ts';
import type { JsonObject } from './json-object.ts';

const object = fc.dictionary(fc.constantFrom('a', 'b', '1', '__proto__', 'constructor'), fc.jsonValue(), {
  noNullPrototype: true,
});

const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject;

describe('mergedOver', () => {
  it('keeps the upper value where both have one, and merges objects', () => {
    const under = { library: { name: 'go', version: '3' }, ip: '1.2.3.4', direct: true };
    const over = { ip: null, library: { name: 'mine' }, page: {} };
    const merged = { ip: null, library: { name: 'mine', version: '3' }, page: {}, direct: true };
    assert.equal(JSON.stringify(mergedOver(under, over)), JSON.stringify(merged));
  });

  it('keeps __proto__ an ordinary key on either side and sets no prototype', () => {
    const merged = mergedOver(parsed('{"__proto__":{"a":1},"x":1}'), parsed('{"__proto__":{"b":2}}'));
    assert.equal(JSON.stringify(merged), '{"__proto__":{"b":2,"a":1},"x":1}');
    assert.equal(Object.getPrototypeOf(merged), Object.prototype);
    assert.equal(JSON.stringify(mergedOver(parsed('{"__proto__":1}'), {})), '{"__proto__":1}');
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });

  it('adds nothing from nothing, and is whole over nothing', () => {
    fc.assert(
      fc.property(object, (some) => {
        assert.equal(JSON.stringify(mergedOver({}, some)), JSON.stringify(some));
        assert.equal(JSON.stringify(mergedOver(some, {})), JSON.stringify(some));
        assert.equal(JSON.stringify(mergedOver(some, some)), JSON.stringify(some));
      }),
    );
  });

  it('changes neither side', () => {
    fc.assert(
      fc.property(object, object, (under, over) => {
        const before = JSON.stringify([under, over]);
        mergedOver(under, over);
        assert.equal(JSON.stringify([under, over]), before);
      }),
    );
  });
});

describe('isJsonObject', () => {
  it('is true of objects, and of no array, null or plain value', () => {
    assert.equal(isJsonObject({}), true);
    for (const value of [[], null, undefined, 'x', 1, true]) assert.equal(isJsonObject(value), false);
  });
});
