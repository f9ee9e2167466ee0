import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../lib/json-object.ts';
import { peopleOf } from './event-query.ts';
import { normalised } from './normalise.ts';

const ID_FIELDS = ['userId', 'anonymousId', 'previousId'] as const;
const id = fc.oneof(
  fc.constantFrom('ann', 'a-1', '', ' ', '"anonymousId":"b"', 'c\\', '\ud800', 'd\u0000', null, 7, true),
  fc.string({ unit: 'binary' }),
);
const ids = fc.record({ userId: id, anonymousId: id, previousId: id }, { requiredKeys: [] });
const call = fc
  .tuple(ids, fc.dictionary(fc.string(), fc.oneof(ids, fc.jsonValue())))
  .chain(([own, others]) =>
    fc.shuffledSubarray(Object.entries({ ...others, ...own, traits: own }), { minLength: 1 }).map(Object.fromEntries),
  ) as fc.Arbitrary<JsonObject>;

/** The same by parsing the body. */
function parsedPeople(body: string): Set<string> {
  const parsed = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const texts = ID_FIELDS.map((field) => parsed[field]).filter((value) => typeof value === 'string' && value !== '');
  return new Set((texts as string[]).map((text) => text.toWellFormed()));
}

describe('people of an event', () => {
  it('are those whom the body of any call that was accepted has at its top, each once', () => {
    const arrival = { channel: 'server', receivedAtMs: 0, ip: null, userAgent: null, envelope: null } as const;
    fc.assert(
      fc.property(call, (given) => {
        const event = normalised(given, 'alias', { id: 'website', kind: 'server' }, arrival, () => 'uuid');
        const people = peopleOf(event);
        assert.deepEqual(new Set(people), parsedPeople(event.body));
        assert.equal(people.length, new Set(people).size);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are nobody once it is erased', () => {
    assert.deepEqual(peopleOf({ body: '', user: null }), []);
  });
});
