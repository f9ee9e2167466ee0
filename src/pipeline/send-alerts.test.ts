import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Alert } from '../domain/alert.ts';
import { type AttemptError, type Exchange, NOTHING_TIMED } from '../domain/attempt.ts';
import type { WebhookRequest } from '../ports/webhook-sender.ts';
import { AlertSender } from './send-alerts.ts';

const alert = (message: string): Alert => ({
  ...{ kind: 'disk_near', state: 'begun', destination: null, atMs: 0, sinceMs: 0, message },
});
const answered = (status: number | null, error: AttemptError | null = null): Exchange => ({
  ...{
    status,
    error,
    durationMs: 1,
    requestHeaders: [],
    responseHeaders: {},
    excerpt: '',
    isCut: false,
    timing: NOTHING_TIMED,
  },
});

/** A sender whose endpoint answers what a test says: the last answer for all that follow. */
function makeBench(...answers: Exchange[]) {
  const ambient = new SimulatedAmbient();
  const requests: WebhookRequest[] = [];
  const troubles: (readonly [string, unknown])[] = [];
  const failures: unknown[] = [];
  let isClosed = false;
  const alerts = new AlertSender({
    sender: {
      send: async (request) => {
        requests.push(request);
        return Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) ?? answered(200));
      },
      close: async () => {
        isClosed = true;
        return Promise.resolve();
      },
    },
    format: 'json',
    ambient,
    telemetry: { trouble: (...told) => void troubles.push(told) },
    onFailure: (error) => void failures.push(error),
  });
  const messages = (): readonly string[] =>
    requests.map(({ body }) => (JSON.parse(body) as { alerts: { message: string }[] }).alerts[0]?.message ?? '');
  return { alerts, ambient, requests, troubles, failures, messages, isClosed: () => isClosed };
}

describe('the sender of alerts', () => {
  it('posts what arose together in one request, and nothing for nothing', async () => {
    const { alerts, ambient, requests } = makeBench();
    alerts.send([]);
    alerts.send([alert('a'), alert('b')]);
    await ambient.advance(0);
    assert.equal(requests.length, 1);
    assert.match(requests[0]?.id ?? '', /^alr_/);
    assert.equal((JSON.parse(requests[0]?.body ?? '') as { alerts: unknown[] }).alerts.length, 2);
  });

  it('says how it went last, and how many wait', async () => {
    const { alerts, ambient } = makeBench(answered(503), answered(200));
    assert.deepEqual(alerts.standing, { last: null, waiting: 0 });
    alerts.send([alert('a')]);
    alerts.send([alert('b')]);
    await ambient.advance(0);
    assert.deepEqual(alerts.standing, { last: { atMs: ambient.nowMs(), problem: 'it answered 503' }, waiting: 2 });
    await ambient.advance(1_000);
    assert.deepEqual(alerts.standing, { last: { atMs: ambient.nowMs(), problem: null }, waiting: 0 });
  });

  it('tries again with the same id, in order, until it is taken', async () => {
    const { alerts, ambient, requests, messages } = makeBench(answered(503), answered(500), answered(200));
    alerts.send([alert('a')]);
    alerts.send([alert('b')]);
    await ambient.advance(1_000);
    assert.deepEqual(messages(), ['a', 'a']);
    await ambient.advance(10_000);
    assert.deepEqual(messages(), ['a', 'a', 'a', 'b']);
    assert.equal(new Set(requests.map(({ id }) => id)).size, 2);
    alerts.send([alert('c')]);
    await ambient.advance(0);
    assert.equal(messages().at(-1), 'c');
  });

  it('gives up after five attempts, says so, and goes on with the next', async () => {
    const { alerts, ambient, troubles, messages } = makeBench(answered(500));
    alerts.send([alert('a')]);
    alerts.send([alert('b')]);
    await ambient.advance(371_000);
    assert.deepEqual(messages(), ['a', 'a', 'a', 'a', 'a', 'b']);
    assert.deepEqual(troubles, [
      ['alerts could not be sent to `alerts.webhookUrl`', { attempts: 5, reason: 'it answered 500' }],
    ]);
  });

  it('gives up at once where no retry helps', async () => {
    const { alerts, ambient, troubles, messages } = makeBench(
      answered(null, { code: 'address_forbidden', message: 'that address is private' }),
    );
    alerts.send([alert('a')]);
    await ambient.advance(600_000);
    assert.deepEqual(messages(), ['a']);
    assert.deepEqual(troubles[0]?.[1], { attempts: 1, reason: 'that address is private' });
  });

  it('keeps a hundred requests while it waits, the newest', async () => {
    const { alerts, ambient, troubles, messages } = makeBench(answered(500), answered(200));
    for (let number = 0; number <= 105; number++) alerts.send([alert(String(number))]);
    await ambient.advance(1_000);
    assert.deepEqual([messages().length, messages().at(2), messages().at(-1)], [102, '6', '105']);
    assert.equal(troubles.length, 5);
  });

  it('stops while it waits for a retry, and closes its connections', async () => {
    const { alerts, ambient, messages, failures, isClosed } = makeBench(answered(500));
    alerts.send([alert('a')]);
    alerts.send([alert('b')]);
    await ambient.advance(0);
    await alerts.stop();
    alerts.send([alert('c')]);
    await ambient.advance(600_000);
    assert.equal(isClosed(), true);
    assert.deepEqual([messages(), failures], [['a', 'a'], []]);
  });
});
