/** Request bins of a Sluice in production: for whoever was given their URL, and read by operators alone. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { BinRequest } from '../../src/http/kept-requests.ts';
import { makeClient, type Client } from '../../src/contract/client.ts';
import { EventStream } from '../support/event-stream.ts';
import { askApi, callApi, tokenOf } from '../support/management-api.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

type Script = NonNullable<NonNullable<Parameters<Client['updateBin']>[0]['body']>['script']>;
type Delivery = Awaited<ReturnType<Client['getDelivery']>>;

let sluice: SluiceProcess;
let api: Client;
const openApi = (): Client => makeClient({ url: sluice.url, token: tokenOf(sluice) });
before(async () => {
  const config = {
    storage: { reserve: '0B' },
    // Bins are of this machine.
    network: { allow: ['127.0.0.0/8'] },
  };
  sluice = await SluiceProcess.start({ config, keepsPort: true });
  api = openApi();
});
after(async () => sluice.close());

interface Bin {
  readonly id: string;
  readonly url: string;
}

async function requestsIn({ id }: Bin): Promise<readonly BinRequest[]> {
  const { body } = await askApi(sluice, `/bins/${id}/requests`);
  return (body as { data: readonly BinRequest[] }).data;
}
const bodiesIn = async (bin: Bin): Promise<readonly string[]> => (await requestsIn(bin)).map(({ body }) => body);

const send = async (url: string, body: string): Promise<number> => (await fetch(url, { method: 'PUT', body })).status;

let keys = 0;

/** A bin that answers so, as the endpoint of a destination, with what sends events to that. */
async function destinationOn(script: Script, delivery: Readonly<Record<string, unknown>> = {}) {
  const bin = await api.createBin();
  await api.updateBin({ params: { id: bin.id }, body: { script } });
  const writeKey = `wk_${++keys}`;
  const source = await api.createSource({ body: { name: `Source ${keys}`, writeKeys: [writeKey] } });
  const { id: destination } = await api.createDestination({
    body: {
      name: `On a bin ${keys}`,
      sources: [source.id],
      settings: { webhookUrl: bin.url, sharedSecret: 'keep-me-safe' },
      delivery: { backoffMs: [50], ...delivery },
    },
  });
  return {
    bin,
    destination,
    sendEvents: async (count: number) => {
      for (let n = 0; n < count; n++)
        await post(sluice.url, '/v1/track', { userId: 'u', event: `E${n}` }, { writeKey });
    },
  };
}

/** Asks until it is so: nothing else tells. */
async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    assert.ok(performance.now() < deadline, 'it is not so in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The deliveries of a destination, as soon as so many have ended so. */
async function ended(destination: string, state: Delivery['state'], count = 1): Promise<readonly Delivery[]> {
  return until(async () => {
    const { data } = await api.listDeliveries({ query: { destination, state } });
    return data.length < count
      ? undefined
      : Promise.all(data.map(async ({ id }) => api.getDelivery({ params: { id } })));
  });
}

const toldOf = ([delivery]: readonly Delivery[]) =>
  delivery?.attempts.map(({ status, error }) => status ?? error?.code);

describe('a request bin', () => {
  it('keeps what is sent to it, for operators alone', async () => {
    const [mine, other] = [await api.createBin(), await api.createBin()];
    assert.equal(await send(mine.url, 'first'), 200);
    assert.deepEqual([await bodiesIn(mine), await bodiesIn(other)], [['first'], []]);
    for (const path of [`/bins/${mine.id}/requests`, `/bins/${mine.id}`, '/bins', `/bins/${mine.id}/stream`])
      assert.equal((await callApi(sluice, path, { token: 'none' })).status, 401);
    assert.equal(await send(`${sluice.url}/bins/dev`, 'x'), 404);
  });

  it('tells what comes as it comes, and goes on where a reader was', async () => {
    const bin = await api.createBin();
    const live = await EventStream.open(sluice, '', {}, bin.id);
    await api.updateBin({ params: { id: bin.id }, body: { script: [{ status: 201, delayMs: 300 }] } });
    assert.equal(await send(bin.url, 'one'), 201);
    const [told] = await live.count('request', 1);
    assert.deepEqual([told?.data['body'], told?.data['answer'], told?.data['answeredMs']], ['one', 201, null]);
    const [end] = await live.count('answered', 1);
    assert.ok(Number(end?.data['answeredMs']) >= 290);
    live.close();
    await send(bin.url, 'two');
    const back = await EventStream.open(sluice, '', { 'last-event-id': told?.id ?? '' }, bin.id);
    const [missed] = await back.count('request', 1);
    assert.deepEqual([missed?.data['body'], back.messages.length], ['two', 1]);
    back.close();
  });

  it('takes what is hostile for what it is', async () => {
    const bin = await api.createBin();
    const odd = '</script><script>\r\n\r\ndata: x\u2028';
    const live = await EventStream.open(sluice, '', {}, bin.id);
    const response = await fetch(`${bin.url}/${encodeURIComponent(odd)}?${'q'.repeat(8_000)}`, {
      ...{ method: 'POST', body: odd, headers: { 'x-odd': '\u00ff<b>' } },
    });
    assert.equal(response.status, 200);
    assert.equal((await live.count('request', 1))[0]?.data['body'], odd);
    live.close();
    assert.equal(await send(bin.url, 'x'.repeat(1_048_577)), 413);
    assert.equal((await requestsIn(bin)).length, 1);
  });
});

describe('a destination whose endpoint is a bin of this Sluice', () => {
  it('delivers after two failures, where the bin is scripted so', async () => {
    const { bin, destination, sendEvents } = await destinationOn([{ status: 503, times: 2 }, { status: 200 }], {
      retries: 5,
    });
    await sendEvents(1);
    assert.deepEqual(toldOf(await ended(destination, 'delivered')), [503, 503, 200]);
    const requests = await requestsIn(bin);
    assert.deepEqual(
      requests.map(({ answer }) => answer),
      [200, 503, 503],
    );
    assert.equal(new Set(requests.map(({ headers }) => headers['webhook-id'])).size, 1);
  });

  it('has dead letters where the bin always fails', async () => {
    const { destination, sendEvents } = await destinationOn([{ status: 500, body: 'broken' }], { retries: 1 });
    await sendEvents(2);
    const dead = await ended(destination, 'dead', 2);
    assert.deepEqual(toldOf(dead), [500, 500]);
    assert.equal(dead[0]?.attempts[0]?.response?.body, 'broken');
  });

  it('sees a timeout where the bin hangs, and that it gave up', async () => {
    const { bin, destination, sendEvents } = await destinationOn([{ hang: true }], { retries: 0, timeoutMs: 300 });
    await sendEvents(1);
    assert.deepEqual(toldOf(await ended(destination, 'dead')), ['timeout']);
    const [{ answer, gaveUp, answeredMs } = {}] = await until(async () => {
      const requests = await requestsIn(bin);
      return requests[0]?.answeredMs === null ? undefined : requests;
    });
    assert.deepEqual([answer, gaveUp], ['hang', true]);
    assert.ok(Number(answeredMs) >= 200, String(answeredMs));
  });

  it('sees a connection that ends where the bin resets it', async () => {
    const { destination, sendEvents } = await destinationOn([{ reset: true }], { retries: 0 });
    await sendEvents(1);
    assert.match(String(toldOf(await ended(destination, 'dead'))?.[0]), /^connection_/);
  });

  it('is paused where the bin says that it is gone', async () => {
    const { destination, sendEvents } = await destinationOn([{ status: 410 }], { retries: 5 });
    await sendEvents(1);
    assert.deepEqual(toldOf(await ended(destination, 'dead')), [410]);
    const { endpoints } = await api.getDestination({ params: { id: destination } });
    assert.equal(endpoints[0]?.state, 'paused');
  });

  it('is held where the bin asks for time', async () => {
    const { bin, destination, sendEvents } = await destinationOn(
      [{ status: 429, headers: { 'Retry-After': '3600' } }],
      {
        retries: 5,
      },
    );
    await sendEvents(1);
    await until(async () => {
      const { endpoints } = await api.getDestination({ params: { id: destination } });
      return endpoints[0]?.state === 'held' ? true : undefined;
    });
    assert.equal((await requestsIn(bin))[0]?.answer, 429);
  });
});

describe('a Sluice that delivers to its own bins', () => {
  it('stops at once while these hang, and delivers what waited only when it listens again', async () => {
    const waiting = 20;
    const { bin, destination, sendEvents } = await destinationOn([{ hang: true }], {
      ...{ timeoutMs: 60_000, retries: 1, backoffMs: [100], circuitBreaker: false },
    });
    await sendEvents(waiting);
    // As many as a destination begins with.
    await until(async () => ((await requestsIn(bin)).length >= 8 ? true : undefined));
    const startedAt = performance.now();
    assert.equal(await sluice.terminate(), 0);
    assert.ok(performance.now() - startedAt < 4_000, `${performance.now() - startedAt} ms`);

    // Who has its port meanwhile is sent nothing: that this is so is known before anything is delivered.
    const { port } = new URL(bin.url);
    let strayed = 0;
    const other = createServer((socket) => {
      strayed += 1;
      socket.destroy();
    });
    await once(other.listen(Number(port), '127.0.0.1'), 'listening');
    await assert.rejects(sluice.restart(), /is in use/);
    await new Promise((resolve) => other.close(resolve));
    assert.equal(strayed, 0);

    await sluice.restart();
    api = openApi();
    const delivered = await ended(destination, 'delivered', waiting);
    const codes = delivered.flatMap(({ attempts }) => attempts.map(({ error }) => error?.code));
    assert.ok(!codes.includes('connection_refused'), codes.join());
    // What it answered by was in memory, and its URL was not.
    assert.equal(await send(bin.url, 'second'), 200);
    assert.ok((await bodiesIn(bin)).includes('second'));
    assert.deepEqual((await api.getBin({ params: { id: bin.id } })).script, []);
  });
});
