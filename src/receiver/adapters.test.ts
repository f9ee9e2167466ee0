/** What all adapters promise, over a real server of each. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import express from 'express';
import fastify from 'fastify';
import { type ReceiverOptions, type SeenIds, WebhookError, type WebhookEvent } from 'sluice/receiver';
import { receiveWebhooks as forExpress } from 'sluice/receiver/express';
import { receiveWebhooks as forFastify } from 'sluice/receiver/fastify';
import { receiveWebhooks as forFetch } from 'sluice/receiver/fetch';
import { receiveWebhooks as forNode } from 'sluice/receiver/node';
import { makeSigner } from '../adapters/webhook/signature.ts';

const SECRET = 'keep-me-safe';
const PATH = '/webhooks';

async function listening(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
}

/** A server of Node that asks a function of the Fetch API, as runtimes have one built in. */
function served(answer: (request: Request) => Promise<Response>): RequestListener {
  return (incoming, response) => {
    const { method = '', url = '' } = incoming;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const body = hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const } : {};
    const headers = incoming.headers as Record<string, string>;
    void answer(new Request(`http://localhost${url}`, { method, headers, ...body })).then(async (answered) => {
      response.writeHead(answered.status, Object.fromEntries(answered.headers)).end(await answered.text());
    });
  };
}

type Serve = (t: TestContext, options: ReceiverOptions) => Promise<string>;

const ADAPTERS: Readonly<Record<string, Serve>> = {
  'Node.js': async (t, options) => listening(t, forNode(options)),
  Express: async (t, options) => {
    const app = express();
    app.all(PATH, forExpress(options));
    app.use(express.json());
    return listening(t, app as RequestListener);
  },
  Fastify: async (t, options) => {
    const app = fastify();
    t.after(async () => app.close());
    await app.register(forFastify, { url: PATH, ...options });
    return `${await app.listen({ host: '127.0.0.1', port: 0 })}${PATH}`;
  },
  Fetch: async (t, options) => listening(t, served(forFetch(options))),
};

interface Sent {
  readonly secret?: string;
  readonly method?: string;
  readonly atMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(url: string, body: unknown, sent: Sent = {}): Promise<string> {
  const { secret = SECRET, method = 'POST', atMs = Date.now(), headers = {} } = sent;
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const flat = makeSigner({ sharedSecret: secret, nextSecret: null }).headersOf('evt_1', atMs, bytes.toString());
  const pairs = flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]!]] : []));
  const all = { ...(Object.fromEntries(pairs) as object), 'content-type': 'application/json', ...headers };
  const response = await fetch(url, { method, headers: all, body: bytes });
  return `${response.status} ${(await response.text()).split(':')[0]!.trim()}`;
}

/** Writes on and on until there is an answer. */
async function answerToEndless(request: ClientRequest): Promise<IncomingMessage> {
  const answers: IncomingMessage[] = [];
  request.once('response', (response) => answers.push(response));
  for (;;) {
    const [answer] = answers;
    if (answer !== undefined) return answer;
    request.write('x'.repeat(500));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function event(messageId: string, more: object = {}): WebhookEvent {
  return { type: 'track', event: 'Naïve ☃', messageId, projectId: 'web', ...more } as WebhookEvent;
}

/** What a receiver was given and told. */
function witness(): { ids: string[]; told: string[]; options: ReceiverOptions } {
  const [ids, told]: [string[], string[]] = [[], []];
  const options: ReceiverOptions = {
    secrets: SECRET,
    onEvent: ({ messageId }) => ids.push(messageId),
    onError: (error) => told.push(error instanceof WebhookError ? error.reason : String(error)),
  };
  return { ids, told, options };
}

for (const [name, serve] of Object.entries(ADAPTERS)) {
  describe(`the receiver for ${name}`, () => {
    it('works on an event, and on each of a batch, once', async (t) => {
      const { ids, told, options } = witness();
      const url = await serve(t, options);
      assert.equal(await send(url, event('a')), '200 1 worked on, 0 had before');
      assert.equal(await send(url, event('a')), '200 0 worked on, 1 had before');
      assert.equal(await send(url, [event('a'), event('b'), event('c'), event('b')]), '200 2 worked on, 2 had before');
      assert.deepEqual([ids, told], [['a', 'b', 'c'], []]);
    });

    it('takes the methods that a destination may have, and any type of body', async (t) => {
      const { ids, options } = witness();
      const url = await serve(t, options);
      for (const method of ['POST', 'PUT', 'PATCH']) assert.match(await send(url, event(method), { method }), /^200/);
      assert.match(await send(url, event('text'), { headers: { 'content-type': 'text/plain' } }), /^200/);
      assert.deepEqual(ids, ['POST', 'PUT', 'PATCH', 'text']);
      const { status } = await fetch(url);
      assert.equal(status, name === 'Fastify' ? 404 : 405);
    });

    it('refuses what is not genuine with 401, and works on nothing of it', async (t) => {
      const { ids, told, options } = witness();
      const url = await serve(t, options);
      assert.equal(await send(url, event('a'), { secret: 'another' }), '401 wrong_signature');
      assert.equal(await send(url, event('a'), { atMs: Date.now() - 600_000 }), '401 too_old');
      const { status } = await fetch(url, { method: 'POST', body: '{}' });
      assert.deepEqual([status, ids], [401, []]);
      assert.deepEqual(told, ['wrong_signature', 'too_old', 'missing_signature']);
    });

    it('refuses what is genuine and no event with 400, and what is too large with 413, however it is sent', async (t) => {
      const { ids, options } = witness();
      const url = await serve(t, { ...options, bodyBytesMax: 1_000 });
      assert.equal(await send(url, 'no JSON'), '400 body_malformed');
      assert.equal(await send(url, event('a', { properties: { text: '☃'.repeat(400) } })), '413 body_too_large');
      assert.equal(
        await send(url, event('a', { properties: { text: 'x'.repeat(800) } })),
        '200 1 worked on, 0 had before',
      );
      const chunked = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
      chunked.on('error', () => undefined);
      for (let at = 0; at < 3; at += 1) chunked.write('x'.repeat(500));
      chunked.end();
      const [response] = (await once(chunked, 'response')) as [{ statusCode: number; resume: () => void }];
      response.resume();
      assert.deepEqual([response.statusCode, ids], [413, ['a']]);
    });

    it('does not read a body without end', { skip: name === 'Fetch' && 'it is its runtime that reads' }, async (t) => {
      const { options } = witness();
      const url = await serve(t, { ...options, bodyBytesMax: 1_000 });
      const endless = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
      endless.on('error', () => undefined);
      const closed = once(endless, 'close');
      const response = await answerToEndless(endless);
      response.resume();
      assert.deepEqual([response.statusCode, response.headers.connection], [413, 'close']);
      await closed;
    });

    it('answers 500 when the work fails, without a word of why, and works on it again', async (t) => {
      const { told, options } = witness();
      let tries = 0;
      const onEvent = async (): Promise<void> => {
        tries += 1;
        await Promise.resolve();
        if (tries === 1) throw new Error('the database is private');
      };
      const url = await serve(t, { ...options, onEvent });
      assert.equal(await send(url, event('a')), '500 work_failed');
      assert.equal(await send(url, event('a')), '200 1 worked on, 0 had before');
      assert.deepEqual([tries, told], [2, ['Error: the database is private']]);
    });
  });
}

describe('a batch of which an event fails', () => {
  const options = (onEvent: (id: string) => void): ReceiverOptions => ({
    ...witness().options,
    onEvent: ({ messageId }) => {
      onEvent(messageId);
    },
  });

  it('has its other events worked on, and they are not worked on again', async (t) => {
    const worked: string[] = [];
    let isBroken = true;
    const url = await ADAPTERS['Node.js']!(
      t,
      options((id) => {
        if (id === 'b' && isBroken) throw new Error('broken');
        worked.push(id);
      }),
    );
    const batch = ['a', 'b', 'c'].map((id) => event(id));
    assert.equal(await send(url, batch), '500 work_failed');
    isBroken = false;
    assert.equal(await send(url, batch), '200 1 worked on, 2 had before');
    assert.deepEqual(worked, ['a', 'c', 'b']);
  });

  it('is answered 422 when one is refused for good, and 500 while another may yet succeed', async (t) => {
    let isBroken = true;
    const url = await ADAPTERS['Node.js']!(
      t,
      options((id) => {
        if (id === 'refused') throw new WebhookError('event_refused', 'there is no such product');
        if (isBroken) throw new Error('broken');
      }),
    );
    const batch = ['refused', 'other'].map((id) => event(id));
    assert.equal(await send(url, batch), '500 work_failed');
    isBroken = false;
    assert.equal(await send(url, batch), '422 event_refused');
  });
});

describe('deduplication', () => {
  const serve = async (t: TestContext, more: Partial<ReceiverOptions> = {}) => {
    const { ids, options } = witness();
    return { ids, url: await ADAPTERS['Node.js']!(t, { ...options, ...more }) };
  };

  it('works once on what comes twice at once', async (t) => {
    const { promise: isWorking, resolve: began } = Promise.withResolvers<undefined>();
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<undefined>();
    let worked = 0;
    const onEvent = async (): Promise<void> => {
      worked += 1;
      began(undefined);
      await mayEnd;
    };
    const { url } = await serve(t, { onEvent });
    const first = send(url, event('a'));
    await isWorking;
    const second = send(url, event('a'));
    end(undefined);
    assert.deepEqual(
      [await first, await second, worked],
      ['200 1 worked on, 0 had before', '200 0 worked on, 1 had before', 1],
    );
  });

  it('keeps the message ids of two sources apart', async (t) => {
    const { ids, url } = await serve(t);
    await send(url, event('a'));
    await send(url, event('a', { projectId: 'app' }));
    assert.deepEqual(ids, ['a', 'a']);
  });

  it('lets a replay through, once, unless it is told not to', async (t) => {
    const replay = (id: string): Sent => ({ headers: { 'x-sluice-replay': id } });
    const again = await serve(t);
    for (const sent of [{}, replay('rpl_1'), replay('rpl_1'), replay('rpl_2')]) await send(again.url, event('a'), sent);
    assert.equal(again.ids.length, 3);
    const once = await serve(t, { replays: 'once' });
    for (const sent of [{}, replay('rpl_1')]) await send(once.url, event('a'), sent);
    assert.equal(once.ids.length, 1);
  });

  it('can be the receiver’s own, which is given ids of 200 characters at most, or none', async (t) => {
    const asked: string[] = [];
    let claim: 'new' | 'done' | 'busy' = 'new';
    const note = (verb: string) => async (id: string) => {
      await Promise.resolve(asked.push(`${verb} ${id}`));
    };
    const seen: SeenIds = {
      claim: async (id) => {
        await note('claim')(id);
        return claim;
      },
      release: note('release'),
      remember: note('remember'),
    };
    const { ids, url } = await serve(t, { seen });
    assert.match(await send(url, event('a')), /^200 1/);
    claim = 'busy';
    assert.equal(await send(url, event('a')), '503 event_in_progress');
    claim = 'done';
    assert.match(await send(url, event('x'.repeat(10_000))), /^200 0/);
    assert.deepEqual(ids, ['a']);
    assert.deepEqual(asked.slice(0, 3), ['claim web:a', 'remember web:a', 'claim web:a']);
    assert.match(asked[3] ?? '', /^claim sha256:[0-9a-f]{64}$/);
    const none = await serve(t, { seen: null });
    for (let at = 0; at < 2; at += 1) await send(none.url, event('a'));
    assert.deepEqual(none.ids, ['a', 'a']);
  });
});

describe('a body that was parsed before', () => {
  const { options } = witness();
  const cases: Readonly<Record<string, (app: express.Express) => void>> = {
    'express.json() before it': (app) => app.use(express.json()),
    'express.urlencoded() and express.json() before it': (app) => app.use(express.urlencoded(), express.json()),
  };
  for (const [which, use] of Object.entries(cases)) {
    it(`is told with what to change: ${which}`, async (t) => {
      const app = express();
      use(app);
      const told: string[] = [];
      app.post(PATH, forExpress({ ...options, onError: (error) => told.push(String(error)) }));
      const url = await listening(t, app as RequestListener);
      assert.equal(await send(url, event('a')), '500 body_parsed');
      assert.match(told[0] ?? '', /put receiveWebhooks before app\.use\(express\.json\(\)\)/);
    });
  }

  it('is no harm where the bytes were kept', async (t) => {
    const keep = (request: object, _response: unknown, rawBody: Buffer): void => {
      Object.assign(request, { rawBody });
    };
    const ways: readonly ((app: express.Express) => unknown)[] = [
      (app) => app.use(express.raw({ type: '*/*' })),
      (app) => app.use(express.text({ type: '*/*' })),
      (app) => app.use(express.json({ verify: keep })),
    ];
    for (const use of ways) {
      const app = express();
      use(app);
      app.post(PATH, forExpress({ ...options, seen: null }));
      assert.match(await send(await listening(t, app as RequestListener), event('a')), /^200 1/);
    }
  });

  it('is told by the Fetch API too', async () => {
    const request = new Request('http://localhost/', { method: 'POST', body: '{}' });
    await request.json();
    const answer = await forFetch({ ...options })(request);
    assert.match(`${answer.status} ${await answer.text()}`, /^500 body_parsed: .*request\.clone\(\)/);
  });

  it('stays so in the other routes of a Fastify, which parse as before', async (t) => {
    const app = fastify();
    t.after(async () => app.close());
    await app.register(forFastify, { url: PATH, ...options });
    app.post('/own', ({ body }) => body);
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const headers = { 'content-type': 'application/json' };
    const own = await fetch(`${url}/own`, { method: 'POST', headers, body: '{"a":1}' });
    assert.deepEqual(await own.json(), { a: 1 });
  });
});

describe('a receiver without a secret', () => {
  it('does not start', async () => {
    const options = { ...witness().options, secrets: undefined };
    for (const make of [forNode, forExpress, forFetch])
      assert.throws(() => make(options), { name: 'WebhookError', reason: 'secret_missing' });
    await assert.rejects(async () => fastify().register(forFastify, { url: PATH, ...options }), {
      reason: 'secret_missing',
    });
  });
});

describe('a request that ends in the middle', () => {
  it('is told, and nothing else happens', async (t) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { ids, options } = witness();
    const url = await ADAPTERS['Node.js']!(t, { ...options, onError: resolve });
    const request = httpRequest(url, { method: 'POST', headers: { 'content-length': 1_000 } });
    request.on('error', () => undefined);
    request.write('{"type":', () => request.destroy());
    const error = await promise;
    assert.ok(error instanceof WebhookError && error.reason === 'body_incomplete');
    assert.deepEqual(ids, []);
  });
});
