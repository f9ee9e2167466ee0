import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePaint } from '../../colors.ts';
import { type Delivery, deliveryLines } from './delivery-lines.ts';

const ATTEMPT: Delivery['attempts'][number] = {
  ...{ endpoint: 'https://a.example/', number: 1, at: '2026-01-31T12:00:00.000Z', durationMs: 41, outcome: 'failed' },
  ...{ status: 503, error: { code: 'http_503', message: 'the endpoint answered 503' }, request: null },
  response: { headers: {}, body: 'down\u001b[2J', isCut: true },
  timing: { dnsMs: 1.23, connectMs: 8, tlsMs: null, waitMs: 30.4, readMs: null },
};
const DELIVERY: Delivery = {
  ...{ id: 'dlv_1_7', destination: 'crm', replay: null, event: 'evt_1', state: 'dead', reason: 'http_503' },
  nextAttemptAt: null,
  attempts: [
    ATTEMPT,
    { ...ATTEMPT, number: 2, at: '2026-01-31T12:00:01.041Z', status: null, response: null, timing: null },
  ],
};

describe('a delivery in full', () => {
  it('tells its attempts one after the other, and what to do next', () => {
    assert.deepEqual(deliveryLines(DELIVERY, makePaint(false)).slice(5), [
      '2026-01-31T12:00:00.000Z  attempt 1: failed, answered 503 in 41 ms',
      '  https://a.example/',
      '  the endpoint answered 503',
      '  name 1.2 ms, connection 8.0 ms, wait 30 ms',
      '  it said: down\\u{1b}[2J (cut)',
      '2026-01-31T12:00:01.041Z  attempt 2, after a wait of 1 s: failed, no answer in 41 ms',
      '  https://a.example/',
      '  the endpoint answered 503',
      'try it again: sluice retry dlv_1_7',
    ]);
  });
});
