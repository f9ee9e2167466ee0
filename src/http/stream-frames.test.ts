import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeReport } from '../../test/support/reports.ts';
import { normalised } from '../domain/normalise.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { streamIdOf, streamPlaceOf } from '../pipeline/stream-id.ts';
import { shownEvent, shownEventJson } from './shown-event.ts';
import { makeStreamFrames } from './stream-frames.ts';

const SOURCE = { id: 'web', kind: null };
const ARRIVAL = { channel: 'server', receivedAtMs: 1_000, ip: null, userAgent: null, envelope: null } as const;
const frames = makeStreamFrames(1);

function eventOf(call: JsonObject) {
  const event = normalised(call, 'track', SOURCE, ARRIVAL, () => 'uuid');
  return { ...event, position: 7 };
}

const anyId = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', 7, null)), {
  nil: undefined,
});

describe('messages of the live stream', () => {
  it('show an event as it is shown when it is asked for, whoever it is about', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), anyId, anyId, (call, userId, anonymousId) => {
        const event = eventOf(JSON.parse(JSON.stringify({ event: 'e', ...call, userId, anonymousId })) as JsonObject);
        assert.equal(shownEventJson(1, event), JSON.stringify(shownEvent(1, event)));
      }),
    );
  });

  it('are one field a line, whatever is in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const hostile = `${text}\n\nevent: attempt\ndata: {}\r\rid: 1\u2028`;
        const { position, ...event } = eventOf({
          event: hostile,
          userId: hostile,
          messageId: hostile,
          [hostile]: hostile,
        });
        const report = makeReport({ endpoint: hostile }, { destination: hostile, name: hostile, eventId: hostile });
        const sample = {
          ...{ atMs: 0, source: hostile, reason: 'r', type: null, route: 'batch' as const, count: 1, message: hostile },
          ...{ messageId: hostile, writeKey: hostile, isCut: false, sample: hostile },
        } as const;
        const common = { number: 1, text: null };
        for (const [kind, message] of [
          ['event', frames.item({ kind: 'event', ...common, event, position }, 'the-id')],
          ['attempt', frames.item({ kind: 'attempt', ...common, report, keys: [], toMs: 0 }, 'the-id')],
          ['refused', frames.item({ kind: 'refused', ...common, ...sample, sample }, 'the-id')],
        ] as const) {
          const lines = message.split(/\r\n|\r|\n/);
          assert.deepEqual(lines.slice(0, 2), [`event: ${kind}`, 'id: the-id']);
          assert.deepEqual(lines.slice(3), ['', '']);
          JSON.parse(lines[2]?.slice('data: '.length) ?? '');
        }
      }),
    );
  });

  it('show an attempt with what was sent and answered, and what comes next', () => {
    const exchange = JSON.stringify({
      ...{ message: null, requestHeaders: { 'X-Team': '***' }, responseHeaders: { server: 'x' }, excerpt: 'ok' },
      ...{ isCut: false, timing: { waitMs: 1 } },
    });
    const report = makeReport(
      { positions: [7, 8], outcome: 'failed', status: 503, durationMs: 1.7, exchange },
      { lane: 3, events: 2, eventId: 'bat_x', retryAtMs: 5_000, decided: null },
    );
    const text = frames.item({ kind: 'attempt', number: 1, text: null, report, keys: [], toMs: 0 }, 'i');
    const { delivery, event, ...shown } = JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '') as Record<string, unknown>;
    assert.deepEqual([delivery, event], ['dlv_3_7', 'evt_100000000007']);
    assert.deepEqual(shown, {
      ...{ destination: 'crm', replay: null, events: 2, batch: 'bat_x', type: 'track', name: 'Hello' },
      ...{ endpoint: 'https://a.example/', number: 1, at: '1970-01-01T00:00:00.000Z', durationMs: 2 },
      ...{ outcome: 'failed', status: 503, decided: null, nextAttemptAt: '1970-01-01T00:00:05.000Z' },
      error: {
        code: 'http_503',
        message: 'the endpoint answered 503: it is not available now; wait, or look after the endpoint',
      },
      request: { headers: { 'X-Team': '***' } },
      response: { headers: { server: 'x' }, body: 'ok', isCut: false },
      timing: { waitMs: 1 },
    });
  });

  it('say where what is missing is to be looked for', () => {
    const counts = { event: 3, attempt: 1, refused: 0 };
    const text = frames.gap({ reason: 'too_fast', counts, first: 7, last: 9, fromMs: 1_000, toMs: 2_001 }, 'i');
    assert.deepEqual(JSON.parse(/data: (.*)/.exec(text)?.[1] ?? ''), {
      ...{ reason: 'too_fast', count: 4, counts, first: 'evt_100000000007', last: 'evt_100000000009' },
      ...{ from: '1970-01-01T00:00:01.000Z', to: '1970-01-01T00:00:02.001Z' },
    });
  });

  it('have ids that say where a reader is, and others that say nothing', () => {
    const place = { instance: '0123456789ab', number: 2 ** 53 - 1, atMs: 1_769_860_800_000 };
    assert.deepEqual(streamPlaceOf(streamIdOf(place)), place);
    for (const id of [
      '',
      'x',
      '0123456789ab-zzzzzzzzzzz-1',
      '0123456789ab-1-zzzzzzzzzzz',
      '0123456789ab-1-1\n',
      '0123456789AB-1-1',
    ])
      assert.equal(streamPlaceOf(id), null, id);
  });
});
