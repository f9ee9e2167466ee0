/** As delivery-policy.test.ts: the rows of `delivery` that say how endpoints are asked, from the file and over real sockets. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { openRawReceiver, openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

async function receiver(t: TestContext): Promise<Receiver> {
  const opened = await openReceiver();
  t.after(async () => opened.close());
  return opened;
}

/** One for all tests, since none is about its start: each has the file declare a destination of its own. */
let sluice: SluiceProcess;
let declared = 0;
before(async () => {
  sluice = await SluiceProcess.start({ config: configOf([]) });
});
after(async () => sluice.close());

function configOf(destinations: readonly object[]): object {
  return {
    network: { allow: ['127.0.0.0/8'] },
    log: { attempts: 'all' },
    sources: [{ id: 'web', writeKeys: ['wk'] }],
    destinations,
  };
}

/** Has the file declare this destination alone. Resolves to its id, which none before had, when it is in effect. */
async function declare(webhookUrl: string, delivery: object): Promise<string> {
  declared += 1;
  const id = `hook-${declared}`;
  await sluice.configure(configOf([{ id, sources: ['web'], settings: { webhookUrl }, delivery }]));
  sluice.hangUp();
  await sluice.logged(new RegExp(`"added":\\{"count":1,"ids":\\["${id}"\\]\\}.*"msg":"configuration applied"`));
  return id;
}

/** Sends so many events, named by their number from 0, in one batch. */
async function batch(count: number): Promise<void> {
  const calls = Array.from({ length: count }, (_, n) => ({ type: 'track', userId: 'u', event: String(n) }));
  const { status } = await post(sluice.url, '/v1/batch', { batch: calls }, { writeKey: 'wk' });
  assert.equal(status, 200);
}

interface LoggedAttempt {
  readonly outcome: string;
  readonly attempt: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
  readonly decided: string | null;
}

async function loggedAttempt(id: string, outcome: string): Promise<LoggedAttempt> {
  const line = await sluice.logged(new RegExp(`"destination":"${id}".*"msg":"attempt ${outcome}"`));
  return JSON.parse(line) as LoggedAttempt;
}

const nameOf = ({ body }: ReceivedRequest): string => (JSON.parse(body) as { event: string }).event;

describe('delivery.timeoutMs', () => {
  it('fails an attempt that has no answer by then, and the retry has as long again', async (t) => {
    const one = await receiver(t);
    one.answer('hang', {});
    const id = await declare(one.url(), { timeoutMs: 300, backoffMs: [10] });
    await batch(1);
    const failed = await loggedAttempt(id, 'failed');
    assert.deepEqual([failed.attempt, failed.status, failed.error], [1, null, 'timeout']);
    assert.ok(failed.durationMs >= 300 && failed.durationMs < 5_000, String(failed.durationMs));
    assert.equal((await loggedAttempt(id, 'succeeded')).attempt, 2);
    assert.equal((await one.count(2)).length, 2);
  });

  it('leaves it to the status where that came in time, and cuts the body', async (t) => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegins';
    const one = await openRawReceiver((socket) => socket.once('data', () => socket.write(head)));
    t.after(async () => one.close());
    const id = await declare(one.url(), { timeoutMs: 300, retries: 5, backoffMs: [10] });
    await batch(1);
    const { attempt, status, error, durationMs, decided } = await loggedAttempt(id, 'succeeded');
    assert.deepEqual([attempt, status, error, decided], [1, 200, null, 'delivered']);
    assert.ok(durationMs >= 300, String(durationMs));
    await one.closed(1);
    assert.equal(one.connections, 1);
  });

  it('is for the whole exchange: an answer that drips does not make it longer', async (t) => {
    const one = await openRawReceiver((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
        const drip = setInterval(() => socket.write('x'), 20);
        socket.once('close', () => {
          clearInterval(drip);
        });
      });
    });
    t.after(async () => one.close());
    const id = await declare(one.url(), { timeoutMs: 300, retries: 0 });
    await batch(1);
    const { error, decided, durationMs } = await loggedAttempt(id, 'failed');
    assert.deepEqual([error, decided], ['timeout', 'dead']);
    assert.ok(durationMs >= 300 && durationMs < 5_000, String(durationMs));
  });
});

describe('delivery.concurrency', () => {
  it('is how many requests an endpoint has at once, and no more', async (t) => {
    const one = await receiver(t);
    const count = 40;
    let [inFlight, most] = [0, 0];
    one.answer(async () => {
      most = Math.max(most, (inFlight += 1));
      // Each waits for the two after it, so that as many are there as may be.
      await one.count(Math.min(one.requests.length + 2, count));
      inFlight -= 1;
      return {};
    });
    await declare(one.url(), { concurrency: 3 });
    await batch(count);
    await one.count(count);
    assert.equal(most, 3);
  });

  it('of 1 sends one after the other, in the order of acceptance, over one connection', async (t) => {
    const one = await receiver(t);
    await declare(one.url(), { concurrency: 1 });
    await batch(20);
    const names = (await one.count(20)).map(nameOf);
    assert.deepEqual(
      names,
      Array.from({ length: 20 }, (_, n) => String(n)),
    );
    assert.equal(one.connections, 1);
  });
});

describe('delivery.rateLimitPerSecond', () => {
  it('is how many requests begin in a second, after one second of them at once', async (t) => {
    const one = await receiver(t);
    await declare(one.url(), { rateLimitPerSecond: 20 });
    await batch(50);
    const times = (await one.count(50)).map(({ receivedAtMs }) => receivedAtMs);
    // 20 at once, and 30 more in 1.5 s. Where the receiver was late for the first, it measures less.
    const tookMs = times.at(-1)! - times[0]!;
    assert.ok(tookMs >= 1_000, `50 in ${tookMs} ms`);
  });
});

describe('delivery.method', () => {
  for (const method of ['PUT', 'PATCH'] as const) {
    it(`may be ${method}, in retries too, with the same body`, async (t) => {
      const one = await receiver(t);
      one.answer({ status: 500 }, {});
      await declare(one.url(), { method, backoffMs: [10] });
      await batch(1);
      const [first, retry] = await one.count(2);
      assert.deepEqual([first?.method, retry?.method], [method, method]);
      assert.equal(retry?.body, first?.body);
    });
  }
});
