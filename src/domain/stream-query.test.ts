import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent } from '../../test/support/reports.ts';
import {
  isAttemptWanted,
  isEventWanted,
  isRefusalWanted,
  kindsWith,
  type StreamQuery,
  streamQueryKey,
} from './stream-query.ts';

const ALL: StreamQuery = { kinds: ['event', 'attempt', 'refused'], of: {} };
const EVENT = makeEvent({
  user: 'ann',
  body: JSON.stringify({ userId: 'ann', anonymousId: 'a-1', traits: { friend: 'bob' } }),
});
const ATTEMPT = {
  destination: 'crm',
  attempt: { endpoint: 'https://a.example/', outcome: 'failed', positions: [7, 8] },
} as const;

describe('what is asked of the live stream', () => {
  it('may be who an event is about, under any of their ids and no other', () => {
    const about = (user: string): boolean => isEventWanted(EVENT, 7, { ...ALL, of: { user } });
    assert.deepEqual(['ann', 'a-1', 'bob', 'an', '"'].map(about), [true, true, false, false, false]);
    const odd = makeEvent({ user: 'x', body: JSON.stringify({ userId: 'x', anonymousId: 'q"\ud800' }) });
    assert.ok(isEventWanted(odd, 7, { ...ALL, of: { user: 'q"\ufffd' } }));
  });

  it('is all of it at once', () => {
    assert.ok(
      isEventWanted(EVENT, 7, { ...ALL, of: { source: 'dev', type: 'track', name: 'Hello', messageId: 'm-1' } }),
    );
    assert.ok(isEventWanted(EVENT, 7, { ...ALL, event: 7 }));
    for (const query of [
      { ...ALL, of: { source: 'dev', type: 'page' } },
      { ...ALL, event: 8 },
      { ...ALL, kinds: ['attempt'] },
    ] as const)
      assert.equal(isEventWanted(EVENT, 7, query), false);
  });

  it('is of an attempt where it went, what it came to, and what any of its events is', () => {
    const events = [
      { ...EVENT, position: 7 },
      { ...EVENT, name: 'Other', position: 8 },
    ];
    const wanted: readonly StreamQuery[] = [
      ALL,
      { ...ALL, destination: 'crm', endpoint: 'https://a.example/', outcome: 'failed', event: 8 },
      { ...ALL, of: { name: 'Other' } },
    ];
    const unwanted: readonly StreamQuery[] = [
      { ...ALL, destination: 'crm2' },
      { ...ALL, endpoint: 'https://a.example' },
      { ...ALL, outcome: 'succeeded' },
      { ...ALL, event: 9 },
      { ...ALL, of: { name: 'Third' } },
      { ...ALL, kinds: ['event'] },
    ];
    assert.ok(wanted.every((query) => isAttemptWanted(ATTEMPT, events, query)));
    assert.ok(unwanted.every((query) => !isAttemptWanted(ATTEMPT, events, query)));
  });

  it('is of a refused call its source, type and message id', () => {
    const refusal = { source: null, type: 'track', messageId: 'm' } as const;
    const wanted = [{}, { source: '' }, { type: 'track', messageId: 'm' }] as const;
    for (const asked of wanted) assert.ok(isRefusalWanted(refusal, { ...ALL, of: asked }));
    for (const asked of [{ source: 'web' }, { type: 'page' }, { messageId: 'n' }] as const)
      assert.equal(isRefusalWanted(refusal, { ...ALL, of: asked }), false);
  });

  it('can be asked of some kinds alone', () => {
    assert.deepEqual(kindsWith([]), ['event', 'attempt', 'refused']);
    assert.deepEqual(kindsWith(['source', 'messageId']), ['event', 'attempt', 'refused']);
    assert.deepEqual(kindsWith(['user', 'source']), ['event', 'attempt']);
    assert.deepEqual(kindsWith(['destination', 'source']), ['attempt']);
  });

  it('is the same in whichever order it is given', () => {
    const one: StreamQuery = { kinds: ['event', 'attempt'], of: { source: 'a', type: 'track' }, destination: 'd' };
    const other: StreamQuery = { destination: 'd', of: { type: 'track', source: 'a' }, kinds: ['attempt', 'event'] };
    assert.equal(streamQueryKey(one), streamQueryKey(other));
    assert.notEqual(streamQueryKey(one), streamQueryKey({ ...one, destination: 'e' }));
    assert.notEqual(streamQueryKey({ ...ALL, of: { name: 'x' } }), streamQueryKey({ ...ALL, of: { user: 'x' } }));
  });
});
