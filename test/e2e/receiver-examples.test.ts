/** The receivers of `examples/`, each a process as it is started by hand, behind one Sluice that delivers to them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebhookError } from 'sluice/receiver';
import { receiveWebhooks } from 'sluice/receiver/node';
import { ExampleProcess } from '../support/example-process.ts';
import { askApi } from '../support/management-api.ts';
import { openReceiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const PLAIN = 'keep-me-safe';
const WHSEC = `whsec_${Buffer.from('32 bytes that nobody else knows.').toString('base64')}`;
const EXAMPLES = [
  'receive-with-node.ts',
  'receive-with-express.ts',
  'receive-with-fastify.ts',
  'receive-with-fetch.ts',
];

let sluice: SluiceProcess;
let made = 0;
before(async () => {
  const config = { network: { allow: ['127.0.0.0/8'] }, storage: { reserve: '0B' }, sources: [], destinations: [] };
  sluice = await SluiceProcess.start({ config });
});
after(async () => {
  await sluice.close();
});

interface Connected {
  readonly destination: string;
  /** Sends a track call with this message id. */
  readonly track: (messageId: string) => Promise<void>;
}

/** A source and a destination of its own, which delivers to this URL. */
async function connect(webhookUrl: string, sharedSecret: string, delivery: object = {}): Promise<Connected> {
  made += 1;
  // Others are made while this one waits.
  const number = made;
  const writeKey = `wk_${number}`;
  const source = await askApi(sluice, '/sources', { body: { name: `Source ${number}`, writeKeys: [writeKey] } });
  const { id } = source.body as { readonly id: string };
  const answer = await askApi(sluice, '/destinations', {
    body: {
      ...{ name: `Receiver ${number}`, sources: [id], settings: { webhookUrl, sharedSecret } },
      delivery: { backoffMs: [10], history: 'all', ...delivery },
    },
  });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return {
    destination: (answer.body as { readonly id: string }).id,
    track: async (messageId) => {
      const call = { userId: 'u1', event: 'Café ☕', properties: { price: 0.1 }, messageId };
      assert.equal((await post(sluice.url, '/v1/track', call, { writeKey })).status, 200);
    },
  };
}

interface ShownDelivery {
  readonly state: string;
  readonly attempts: readonly ShownAttempt[];
}

interface ShownAttempt {
  readonly outcome: string;
  readonly status: number | null;
  readonly response: { readonly body: string } | null;
}

/** The deliveries of a destination, as soon as so many have ended. */
async function endedAt({ destination }: Connected, count: number): Promise<readonly ShownDelivery[]> {
  const deadline = AbortSignal.timeout(10_000);
  for (;;) {
    const { body } = await askApi(sluice, `/deliveries?destination=${destination}`);
    const ended = (body as { data: readonly ShownDelivery[] }).data.filter(({ state }) => state !== 'pending');
    if (ended.length >= count) return ended;
    deadline.throwIfAborted();
  }
}

/** Every attempt at it, as soon as so many deliveries have ended. */
async function attemptsAt(connected: Connected, deliveries: number): Promise<readonly ShownAttempt[]> {
  return (await endedAt(connected, deliveries)).flatMap(({ attempts }) => attempts);
}

for (const file of EXAMPLES) {
  describe(`examples/${file}`, { concurrency: 2 }, () => {
    for (const [kind, secret] of Object.entries({ plain: PLAIN, 'Standard Webhooks': WHSEC })) {
      it(`takes what is signed with a ${kind} secret, alone and in batches`, async () => {
        await using example = await ExampleProcess.start(file, secret);
        const alone = await connect(example.url, secret);
        await alone.track('alone');
        const batched = await connect(example.url, secret, { batch: { maxEvents: 3, maxWaitMs: 60_000 } });
        for (const messageId of ['b1', 'b2', 'b3']) await batched.track(messageId);
        for (const messageId of ['alone', 'b1', 'b2', 'b3']) await example.said(new RegExp(`^track ${messageId}\\b`));
        const attempts = [...(await attemptsAt(alone, 1)), ...(await attemptsAt(batched, 3))];
        assert.deepEqual(new Set(attempts.map(({ status }) => status)), new Set([200]));
      });
    }

    it('refuses what another secret signed with 401, and tells both sides why', async () => {
      await using example = await ExampleProcess.start(file, PLAIN);
      const connected = await connect(example.url, 'another');
      await connected.track('m1');
      await example.said(/wrong_signature/);
      const [attempt] = await attemptsAt(connected, 1);
      assert.deepEqual([attempt?.outcome, attempt?.status], ['failed', 401]);
      assert.match(attempt?.response?.body ?? '', /^wrong_signature: .*`sharedSecret` of the destination/);
      assert.ok(!example.lines.some((line) => line.includes('track m1')));
    });

    it('works once on what comes twice, because an answer was lost', async (t) => {
      await using example = await ExampleProcess.start(file, PLAIN);
      const between = await openReceiver();
      t.after(async () => between.close());
      const statuses: number[] = [];
      const forward: Parameters<typeof between.answer>[0] = async ({ headers, rawBody }) => {
        const signed = Object.entries(headers).filter(([name]) => /^(?:webhook-|x-|content-type$)/.test(name));
        const sent = { method: 'POST', headers: Object.fromEntries(signed) as Record<string, string>, body: rawBody };
        const response = await fetch(example.url, sent);
        statuses.push(response.status);
        return statuses.length === 1 ? 'reset' : { status: response.status, body: await response.text() };
      };
      between.answer(forward);
      const connected = await connect(between.url(), PLAIN);
      await connected.track('m1');
      const attempts = await attemptsAt(connected, 1);
      assert.deepEqual(
        attempts.map(({ outcome, response }) => `${outcome} ${response?.body.trim() ?? ''}`.trim()),
        ['failed', 'succeeded 0 worked on, 1 had before'],
      );
      assert.deepEqual(statuses, [200, 200]);
      await example.said(/^track m1/);
      assert.equal(example.lines.filter((line) => line.startsWith('track m1')).length, 1);
    });

    it('goes through a change of the secret without a refused event', async () => {
      await using old = await ExampleProcess.start(file, PLAIN);
      const { port, url } = old;
      const connected = await connect(url, PLAIN);
      await connected.track('before');
      await old.said(/^track before/);
      const settings = { sharedSecret: WHSEC };
      const patched = await askApi(sluice, `/destinations/${connected.destination}`, {
        method: 'PATCH',
        body: { settings },
      });
      assert.equal(patched.status, 200);
      await connected.track('by both');
      await old.said(/^track by both/);
      await attemptsAt(connected, 2);
      await old[Symbol.asyncDispose]();
      await using both = await ExampleProcess.start(file, `${PLAIN} ${WHSEC}`, port);
      await connected.track('by both to both');
      await both.said(/^track by both to both/);
      await askApi(sluice, `/destinations/${connected.destination}/promote-secret`, { method: 'POST' });
      await connected.track('by the new one');
      await both.said(/^track by the new one/);
      const attempts = await attemptsAt(connected, 4);
      assert.deepEqual(
        attempts.map(({ status }) => status),
        [200, 200, 200, 200],
      );
    });
  });
}

describe('a receiver that was made with sluice/receiver', () => {
  it('has an event that it refuses found in its batch, and the others delivered', async (t) => {
    const worked: string[] = [];
    const listener = receiveWebhooks({
      secrets: PLAIN,
      onError: () => undefined,
      onEvent: ({ messageId }) => {
        if (messageId === 'b2') throw new WebhookError('event_refused', 'there is no such product');
        worked.push(messageId);
      },
    });
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const batch = { maxEvents: 4, maxWaitMs: 60_000 };
    const connected = await connect(`http://127.0.0.1:${port}/`, PLAIN, { batch });
    for (const messageId of ['b1', 'b2', 'b3', 'b4']) await connected.track(messageId);
    const states = (await endedAt(connected, 4)).map(({ state }) => state);
    assert.deepEqual(states.toSorted(), ['dead', 'delivered', 'delivered', 'delivered']);
    assert.deepEqual(worked, ['b1', 'b3', 'b4']);
  });

  it('works again on what an operator sends again', async () => {
    await using example = await ExampleProcess.start('receive-with-node.ts', PLAIN);
    const connected = await connect(example.url, PLAIN);
    await connected.track('m1');
    await endedAt(connected, 1);
    const { status } = await askApi(sluice, '/replays', { body: { destination: connected.destination } });
    assert.equal(status, 202);
    await example.said(/^track m1/, 2);
    assert.equal((await endedAt(connected, 2)).length, 2);
  });
});
