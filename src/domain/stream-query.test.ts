import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent } from '../../test/support/reports.ts';
import { isAttemptOf, isEventOf, isRefusalOf, kindsWith, type StreamQuery, streamQueryKey } from './stream-query.ts';

const ALL: StreamQuery = { kinds: ['event', 'attempt', 'refused'], of: {} };
const EVENT = makeEvent({
  user: 'ann',
  body: JSON.stringify({ userId: 'ann', anonymousId: 'a-1', traits: { friend: 'bob' } }),
});
const ATTEMPT = {
  destination: 'crm',
  attempt: { endpoint: 'https://a.example/', outcome: 'failed' },
} as const;

describe('what is asked of the live stream', () => {
  it('may be who an event is about, under any of their ids and no other', () => {
    const about = (user: string): boolean => isEventOf(EVENT, 7, { ...ALL, of: { user } });
    assert.deepEqual(['ann', 'a-1', 'bob', 'an', '"'].map(about), [true, true, false, false, false]);
    const odd = makeEvent({ user: 'x', body: JSON.stringify({ userId: 'x', anonymousId: 'q"\ud800' }) });
    assert.ok(isEventOf(odd, 7, { ...ALL, of: { user: 'q"\ufffd' } }));
  });

  it('is all of it at once', () => {
    const of = { source: 'dev', type: 'track', name: 'Hello', messageId: 'm-1' } as const;
    assert.ok(isEventOf(EVENT, 7, { ...ALL, of, event: 7 }));
    for (const query of [
      { ...ALL, of: { ...of, type: 'page' } },
      { ...ALL, event: 8 },
    ] as const)
      assert.equal(isEventOf(EVENT, 7, query), false);
  });

  it('is of an attempt where it went, and what it came to', () => {
    const asked = { destination: 'crm', endpoint: 'https://a.example/', outcome: 'failed' } as const;
    assert.ok(isAttemptOf(ATTEMPT, ALL) && isAttemptOf(ATTEMPT, { ...ALL, ...asked }));
    for (const other of [{ destination: 'crm2' }, { endpoint: 'https://a.example' }, { outcome: 'succeeded' }] as const)
      assert.equal(isAttemptOf(ATTEMPT, { ...ALL, ...asked, ...other }), false);
  });

  it('is of a refused call its source, type and message id', () => {
    const refusal = { source: null, type: 'track', messageId: 'm' } as const;
    const wanted = [{}, { source: '' }, { type: 'track', messageId: 'm' }] as const;
    for (const asked of wanted) assert.ok(isRefusalOf(refusal, { ...ALL, of: asked }));
    for (const asked of [{ source: 'web' }, { type: 'page' }, { messageId: 'n' }] as const)
      assert.equal(isRefusalOf(refusal, { ...ALL, of: asked }), false);
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
