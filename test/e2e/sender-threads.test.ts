/** `delivery.threads`: a Sluice whose requests are sent by threads of their own. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadOverKill } from '../support/crash-load.ts';
import { DeliveryLedger } from '../support/delivery-ledger.ts';
import { isGenuine } from '../support/genuine.ts';
import { readMetrics } from '../support/prometheus-text.ts';
import { type Answer, openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const SECRET = 'keep-me-safe';
const WRITE_KEY = 'wk';
const CALLS = 300;
const ALL_WITHIN_MS = 20_000;
/** Far below `drainMs`: nothing that hangs is waited for. */
const STOPPED_WITHIN_MS = 5_000;

interface Ends {
  readonly receiver: Receiver;
  readonly ledger: DeliveryLedger;
}

async function open(t: TestContext, answer: () => Answer): Promise<Ends> {
  const receiver = await openReceiver();
  t.after(async () => receiver.close());
  const ledger = new DeliveryLedger(answer);
  receiver.answer(ledger.script);
  return { receiver, ledger };
}

function configTo(...urls: readonly string[]): object {
  return {
    network: { allow: ['127.0.0.0/8'] },
    delivery: { threads: 3 },
    sources: [{ id: 'web', writeKeys: [WRITE_KEY] }],
    destinations: urls.map((webhookUrl, index) => ({
      ...{ id: `d${index}`, sources: ['web'], settings: { webhookUrl, sharedSecret: SECRET } },
      delivery: { retries: 20, backoffMs: [50, 100], circuitBreaker: false },
    })),
  };
}

describe('a Sluice with three sender threads', () => {
  it('delivers all it accepted, signed, also what failed first and what a kill interrupted, and stops at once', async (t) => {
    let requests = 0;
    const sound = await open(t, () => ({}));
    const flaky = await open(t, () => ({ status: (requests += 1) % 5 === 0 ? 503 : 200, delayMs: 5 }));
    await using sluice = await SluiceProcess.start({ config: configTo(sound.receiver.url(), flaky.receiver.url()) });
    const acknowledged = await loadOverKill(sluice, { writeKey: WRITE_KEY, senders: 16, calls: CALLS });
    for (const { ledger } of [sound, flaky]) await ledger.all(acknowledged, ALL_WITHIN_MS);
    for (const { receiver } of [sound, flaky]) {
      for (const { headers, rawBody } of receiver.requests)
        assert.ok(await isGenuine(headers, rawBody, SECRET), JSON.stringify(headers));
    }
    const scraped = readMetrics(await (await fetch(`${sluice.url}/metrics`)).text());
    for (const thread of ['sender-1', 'sender-2', 'sender-3'])
      assert.ok(Number(scraped.value(`sluice_thread_busy_seconds_total{thread="${thread}"}`)) > 0, thread);
    const stoppedAtMs = Date.now();
    assert.equal(await sluice.terminate(), 0, sluice.stderr);
    assert.ok(Date.now() - stoppedAtMs < STOPPED_WITHIN_MS);
  });

  it('lets an attempt in flight end when it is stopped, and does not make it again', async (t) => {
    const { receiver } = await open(t, () => ({ delayMs: 500 }));
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url()) });
    await post(sluice.url, '/v1/track', { userId: 'u', event: 'E', messageId: 'first' }, { writeKey: WRITE_KEY });
    await receiver.count(1);
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    await post(sluice.url, '/v1/track', { userId: 'u', event: 'E', messageId: 'second' }, { writeKey: WRITE_KEY });
    const requests = await receiver.count(2);
    const ids = requests.map(({ body }) => (JSON.parse(body) as { readonly messageId: string }).messageId);
    assert.deepEqual(ids, ['first', 'second']);
  });

  it('ends with 1 and says why when one of them fails', async (t) => {
    const { receiver } = await open(t, () => ({}));
    const preload = join(import.meta.dirname, '../support/failing-sender-thread.ts');
    await using sluice = await SluiceProcess.start({
      config: configTo(receiver.url()),
      env: { NODE_OPTIONS: `--import=${preload}` },
    });
    await post(sluice.url, '/v1/track', { userId: 'u', event: 'E', messageId: 'm' }, { writeKey: WRITE_KEY });
    await sluice.ended();
    assert.equal(await sluice.terminate(), 1);
    assert.match(sluice.stderr, /the sender thread broke/);
  });
});
