/** Segment's libraries for Node while Sluice is away, refuses, or is slow: what they were given arrives, and arrives once. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Analytics, type AnalyticsSettings } from '@segment/analytics-node';
import LegacyAnalytics from 'analytics-node';
import { messageIdOf } from '../support/received.ts';
import { type Answer, openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

let receiver: Receiver;
let sluice: SluiceProcess;
let config: object;
beforeEach(async () => {
  receiver = await openReceiver();
  config = {
    network: { allow: ['127.0.0.0/8'] },
    storage: { reserve: '0B' },
    sources: [{ id: 'server', writeKeys: ['wk_server'] }],
    destinations: [{ id: 'hook', sources: ['server'], settings: { webhookUrl: receiver.url() } }],
  };
  sluice = await SluiceProcess.start({ config, keepsPort: true });
});
afterEach(async () => {
  await sluice.close();
  await receiver.close();
});

/** Within which a library does the next thing, its longest backoff of these included. */
const SOON_MS = 20_000;

interface Request {
  readonly headers: Readonly<Record<string, string>>;
}

/** The library, with each request that it makes, and the status of each answer that it gets. */
function openLibrary(settings: Partial<AnalyticsSettings> = {}) {
  const library = new Analytics({ writeKey: 'wk_server', host: sluice.url, ...settings });
  const requests: Request[] = [];
  const statuses: number[] = [];
  const facts = new EventEmitter();
  library.on('http_request', (request) => {
    requests.push(request);
    facts.emit('more');
  });
  library.on('http_response', ({ status }) => {
    statuses.push(status);
    facts.emit('more');
  });
  const until = async (isTrue: () => boolean): Promise<void> => {
    const signal = AbortSignal.timeout(SOON_MS);
    while (!isTrue()) await once(facts, 'more', { signal });
  };
  return { library, requests, statuses, until };
}

const idsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `message ${index}`);

interface Tracker {
  track(call: { readonly userId: string; readonly event: string; readonly messageId: string }): unknown;
}

function trackAll(library: Tracker, ids: readonly string[]): void {
  for (const messageId of ids) library.track({ userId: 'u1', event: 'Bought', messageId });
}

/**
 * Awaits an event for each message id, and then one behind which none of them is still to come: what was delivered must
 * be those and nothing else. After a crash an event may be sent again, as the one that it was.
 */
async function arriveOnce(ids: readonly string[]): Promise<void> {
  const behind = 'behind them all';
  const wanted = new Set([...ids, behind]);
  for (let seen = 0; wanted.size > 0; seen++) {
    if (wanted.size === 1 && wanted.has(behind)) await send(behind);
    wanted.delete(messageIdOf((await receiver.count(seen + 1))[seen]!));
  }
  assert.equal(await sluice.terminate(), 0);
  const events = new Map(receiver.requests.map((each) => [each.headers['webhook-id'], messageIdOf(each)]));
  assert.deepEqual([...events.values()].sort(), [...ids, behind].sort());
}

async function send(messageId: string): Promise<number> {
  const call = { userId: 'u1', event: 'Bought', messageId };
  return (await post(sluice.url, '/v1/track', call, { writeKey: 'wk_server' })).status;
}

describe('@segment/analytics-node', () => {
  it('sends again what it could not while Sluice was away', async () => {
    const { library, requests, statuses, until } = openLibrary();
    await sluice.kill9();
    trackAll(library, idsOf(40));
    const flushed = library.closeAndFlush();
    await until(() => requests.some(({ headers }) => headers['X-Retry-Count'] === '1'));
    assert.deepEqual(statuses, []);
    await sluice.restart();
    await flushed;
    assert.deepEqual(new Set(statuses), new Set([200]));
    await arriveOnce(idsOf(40));
  });

  it('goes on over a restart, in which it is refused with 503 and then not answered', async () => {
    const { library, requests, statuses, until } = openLibrary();
    const held = Promise.withResolvers<Answer>();
    receiver.answer(async () => held.promise, {});
    await send('held');
    await receiver.count(1);
    const ended = sluice.terminate();
    await sluice.logged(/"msg":"stopping"/);
    trackAll(library, idsOf(10));
    const flushed = library.closeAndFlush();
    await until(() => statuses.length > 0);
    assert.deepEqual(statuses, [503]);
    held.resolve({});
    assert.equal(await ended, 0);
    await sluice.restart();
    await flushed;
    assert.equal(statuses.at(-1), 200);
    assert.deepEqual(
      requests.map(({ headers }) => Number(headers['X-Retry-Count'] ?? 0)),
      requests.map((_, index) => index),
    );
    await arriveOnce(['held', ...idsOf(10)]);
  });

  it('loses and doubles nothing when Sluice is killed while it sends', async () => {
    const { library } = openLibrary();
    const ids = idsOf(3_000);
    trackAll(library, ids);
    const flushed = library.closeAndFlush();
    await receiver.count(100);
    await sluice.kill9();
    await sluice.restart();
    await flushed;
    await arriveOnce(ids);
  });

  it('is waited for at its close, and sends again what took longer than it waits', async () => {
    const { library, requests, until } = openLibrary({ httpRequestTimeout: 500 });
    sluice.halt();
    trackAll(library, idsOf(10));
    const flushed = library.closeAndFlush();
    await until(() => requests.length >= 3);
    sluice.goOn();
    await flushed;
    await arriveOnce(idsOf(10));
  });
});

describe('analytics-node, the legacy one', () => {
  const open = (): LegacyAnalytics => {
    // Its own three retries are over within two seconds. Its types don't know of the option.
    const options = { host: sluice.url, axiosRetryConfig: { retries: 10 } };
    return new LegacyAnalytics('wk_server', options);
  };

  it('sends again what it could not while Sluice was away', async () => {
    const library = open();
    await sluice.kill9();
    trackAll(library, idsOf(20));
    const flushed = library.flush();
    await sluice.restart();
    await flushed;
    await arriveOnce(idsOf(20));
  });
});
