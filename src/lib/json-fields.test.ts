import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { stringFields } from './json-fields.ts';

const NAMES = { beginnings: ['anonym', 'previ'], ending: 'ousId' };
const FIELDS = ['anonymousId', 'previousId'] as const;

/** Texts that look like the fields, and what JSON escapes. */
const alike = [...FIELDS, 'ousId', ',"previousId":"a"', '{"anonymousId":"a"', '"previousId":', 'anonymousId":"'];
const text = fc.oneof(
  fc.constantFrom(...alike, ...alike.map((one) => JSON.stringify(one)), '\\', '"', '\\"', ',', '{', '}', '[', ']', ''),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', ',', '{', '}', ':', ...FIELDS, '\ud800', '\n', 'ü', 'a') }),
);
const key = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...FIELDS) }, { weight: 3, arbitrary: text });
const { object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  object: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(null, true, 0, -1.5e300),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));

/** The same by parsing. */
function parsedFields(json: string): string[] {
  const parsed = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const entries = Object.entries(parsed).filter(([name]) => (FIELDS as readonly string[]).includes(name));
  return entries.map(([, value]) => value).filter((value) => typeof value === 'string');
}

describe('stringFields', () => {
  it('are what the parsed object has there that are strings', () => {
    fc.assert(
      fc.property(object, (made) => {
        const json = JSON.stringify(made);
        assert.deepEqual(stringFields(json, NAMES), parsedFields(json));
      }),
      { numRuns: 5_000 },
    );
  });

  it('are none of objects within, and none that only ends like one', () => {
    const within = { a: { previousId: 'b' }, c: [{ previousId: 'd' }], 'e"previousId': 'f', g: '"previousId":"h"' };
    const json = JSON.stringify({ ...within, ousId: 'i', xpreviousId: 'j', previousIds: 'k', anonymousId: { l: 'm' } });
    assert.deepEqual(stringFields(json, NAMES), []);
    assert.deepEqual(stringFields(`${json.slice(0, -1)},"previousId":"n"}`, NAMES), ['n']);
  });

  it('have escapes undone', () => {
    const value = 'a"b\\c\n\ud800ü😀\u0000';
    assert.deepEqual(stringFields(JSON.stringify({ anonymousId: value }), NAMES), [value]);
  });

  it('are found in one walk, however often their names are within', () => {
    const list = Array.from({ length: 100_000 }, () => ({ anonymousId: 'within' }));
    assert.deepEqual(stringFields(JSON.stringify({ list, anonymousId: 'own' }), NAMES), ['own']);
  });
});
