import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeEvent } from '../../test/support/reports.ts';
import { isEventOf, type StreamQuery } from '../domain/stream-query.ts';
import { StreamIndex } from './stream-index.ts';

const few = (...values: readonly string[]) => fc.constantFrom(...values);
const asked = fc.record(
  {
    source: few('web', 'app'),
    type: fc.constantFrom('track', 'page'),
    name: few('a', 'b'),
    user: few('ann', 'bob', 'x-1'),
    messageId: few('m1', 'm2'),
  },
  { requiredKeys: [] },
);
const queries = fc.array(
  fc
    .record({ of: asked, event: fc.option(fc.constantFrom(1, 2), { nil: undefined }) })
    .map(({ of, event }): StreamQuery => ({ kinds: ['event'], of, ...(event === undefined ? {} : { event }) })),
);
const events = fc.array(
  fc.record({
    source: few('web', 'app', 'other'),
    type: fc.constantFrom('track', 'page', 'group'),
    name: fc.option(few('a', 'b', 'c')),
    user: few('ann', 'carl'),
    messageId: few('m1', 'm2', 'm3'),
    position: fc.constantFrom(1, 2, 3),
    anonymousId: fc.option(few('x-1', 'y')),
    isErased: fc.boolean(),
  }),
  { minLength: 1 },
);

describe('who wants an event', () => {
  it('is found as if each were asked, once each, whatever came before', () => {
    fc.assert(
      fc.property(queries, events, (wanted, came) => {
        const index = new StreamIndex(wanted.map((query) => ({ query })));
        for (const { position, anonymousId, isErased, ...fields } of came) {
          const body = JSON.stringify({ userId: fields.user, ...(anonymousId === null ? {} : { anonymousId }) });
          const event = makeEvent({ ...(fields as object), body: isErased ? '' : body });
          const found: StreamQuery[] = [];
          index.visit(event, position, found, ({ targets }, to) => to.push(...targets.map(({ query }) => query)));
          const expected = wanted.filter((query) => isEventOf(event, position, query));
          assert.equal(found.length, expected.length);
          assert.deepEqual(new Set(found), new Set(expected));
        }
      }),
    );
  });
});
