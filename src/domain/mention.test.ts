import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMention } from './mention.ts';

describe('a mention of an id', () => {
  const cases: readonly (readonly [id: string, text: string, isNamed: boolean])[] = [
    ['u1', '{"userId":"u1"}', true],
    ['u1', 'no u1 here', true],
    ['u1', '{"userId":"u12"}', false],
    ['u1', '{"userId":"xu1"}', false],
    ['1', '{"total":31,"of":"1"}', true],
    ['1', '{"total":31}', false],
    ['zoë', 'zoëlle', false],
    ['zoë', 'of zoë.', true],
    ['a"b', '{"userId":"a\\"b"}', true],
    ['line\nbreak', '{"userId":"line\\nbreak"}', true],
    ['-x-', 'a-x-b', true],
    ['u1', 'u12 u1', true],
    ['u1', '', false],
  ];
  for (const [id, text, isNamed] of cases)
    it(`${isNamed ? 'is' : 'is not'} of ${JSON.stringify(id)} in ${JSON.stringify(text)}`, () => {
      assert.equal(makeMention(id)(text), isNamed);
    });
});
