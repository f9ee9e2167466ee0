import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamMessage } from '../../../contract/client.ts';
import { makePaint } from '../../colors.ts';
import { streamLines } from './stream-lines.ts';

type DataOf<Kind extends StreamMessage['kind']> = Extract<StreamMessage, { readonly kind: Kind }>['data'];

const plain = makePaint(false);
const AT = new Date(2026, 0, 31, 12, 0, 1, 123).toISOString();

const ATTEMPT: DataOf<'attempt'> = {
  ...{ delivery: 'dlv_1_1', destination: 'crm', replay: null, event: 'evt_1', events: 1, batch: null, type: 'track' },
  ...{ name: 'Hello', decided: 'delivered', nextAttemptAt: null, endpoint: 'https://a.example/SECRET', number: 1 },
  ...{ at: AT, durationMs: 6, outcome: 'succeeded', status: 200, error: null, request: null, response: null },
  timing: null,
};
const attempt = (fields: Partial<DataOf<'attempt'>>): readonly string[] =>
  streamLines({ kind: 'attempt', id: '1', data: { ...ATTEMPT, ...fields } }, plain);

const EVENT: DataOf<'event'> = {
  ...{ id: 'evt_1', messageId: 'm1', source: 'web', type: 'track', name: 'Hello', userId: 'u1', receivedAt: AT },
  body: {},
};
const GAP: DataOf<'gap'> = {
  ...{ reason: 'too_fast', count: 3, counts: { event: 1, attempt: 2, refused: 0 }, first: 'a', last: 'b' },
  ...{ from: AT, to: null },
};

describe('the lines of the live stream', () => {
  it('are those of `sluice dev`', () => {
    const line = streamLines({ kind: 'event', id: '1', data: EVENT }, plain);
    assert.deepEqual(line, ['12:00:01.123 ← track "Hello"  user u1, source web  evt_1']);
    assert.deepEqual(attempt({}), ['12:00:01.129 → track "Hello"  delivered to crm (a.example): 200 in 6 ms  evt_1']);
  });

  it('say who it is that has no user id', () => {
    const data = { ...EVENT, userId: null, body: { anonymousId: 'anon' } };
    assert.match(streamLines({ kind: 'event', id: '1', data }, plain)[0] ?? '', /user anon, source web/);
  });

  it('say when the next attempt is, and that none is left', () => {
    const error = { code: 'http_503', message: 'the endpoint answered 503' };
    const failed = { outcome: 'failed', status: 503, error } as const;
    const nextAttemptAt = new Date(Date.parse(AT) + 1_006).toISOString();
    const [waiting = ''] = attempt({ ...failed, decided: null, nextAttemptAt });
    assert.match(waiting, /the endpoint answered 503; attempt 1, next in 1 s at 12:00:02\.129/);
    const dead = attempt({ ...failed, decided: 'dead' });
    assert.match(dead[0] ?? '', /attempt 1 was the last/);
    assert.equal(dead[1], '12:00:01.129 → evt_1  dead at crm: no attempt is left (http_503)');
    assert.match(attempt({ ...failed, decided: null, events: 8 })[0] ?? '', /batch of 8 .*tried again in halves/);
  });

  it('say what is not shown, and how to look it up', () => {
    const line = streamLines({ kind: 'gap', id: '1', data: GAP }, plain);
    assert.deepEqual(line, [
      `… 1 event, 2 attempts not shown: more came than is shown. Look it up: sluice deliveries list --from ${AT}`,
    ]);
    const data = { ...GAP, reason: 'restarted', count: null, counts: null } as const;
    assert.match(streamLines({ kind: 'gap', id: '1', data }, plain)[0] ?? '', /^… something is not shown: Sluice was/);
  });

  it('leave out what a later version may tell', () => {
    assert.deepEqual(streamLines({ kind: 'news', id: '1', data: {} } as unknown as StreamMessage, plain), []);
  });
});
