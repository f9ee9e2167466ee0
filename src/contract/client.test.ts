import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { openBench } from '../../test/support/http-bench.ts';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { HttpServerOptions } from '../http/server.ts';
import { ApiError, type Client, makeClient, type StreamMessage } from './client.ts';

const TOKEN = 'operator-7fK2xWq9ZtLm';

async function open(context: TestContext, options: Partial<HttpServerOptions> = {}) {
  const ambient = new SimulatedAmbient();
  const { access, apiTokens } = await openOperators({ ambient, token: TOKEN });
  const bench = await openBench(context, { access, apiTokens, ambient, ...options });
  const url = `http://127.0.0.1:${bench.port}/`;
  return { ...bench, url, client: makeClient({ url, token: TOKEN }) };
}

/** What a call was refused with. */
async function errorOf(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}

/** A server that is no Sluice. */
async function openStranger(context: TestContext, status: number, headers: Record<string, string>, body: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return { client: makeClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/below` }), asked };
}

describe('a client of the management API', () => {
  it('has a method for each operation, which asks and answers', async (context) => {
    const { client } = await open(context);
    const { id, name } = await client.createSource({ body: { name: 'Shop', writeKeys: ['wk/1?'] } });
    assert.equal(name, 'Shop');
    const { enabled } = await client.updateSource({ params: { id }, body: { enabled: false } });
    assert.equal(enabled, false);
    assert.ok((await client.listSources()).data.some((source) => source.id === id));
    const named = await client.nameWriteKey({ params: { id, key: 'wk/1?' }, body: { name: 'web' } });
    assert.deepEqual(named, { key: 'wk/1?', name: 'web' });
    assert.equal((await client.deleteSource({ params: { id }, query: { dryRun: true } })).dryRun, true);
    assert.equal(await client.endSession(), null);
  });

  it('writes numbers and truths as a query has them, and leaves out what is undefined', async (context) => {
    const { client } = await open(context);
    assert.deepEqual(await client.listEvents({ query: { limit: 1, user: undefined } }), {
      ...{ data: [], next: null, isComplete: true },
    });
    assert.deepEqual(await client.listEvents({ query: { refused: true, reason: 'unknown_source' } }), {
      ...{ data: [], next: null },
    });
  });

  it('goes through the pages of a list, from its beginning or from a cursor', async (context) => {
    const { client } = await open(context);
    for (const name of ['a', 'b', 'c']) await client.createSource({ body: { name } });
    const pages: (readonly string[])[] = [];
    for await (const { data } of client.pages.listSources({ query: { limit: 3 } }))
      pages.push(data.map(({ name }) => name));
    assert.deepEqual(pages, [['Website', 'a', 'b'], ['c']]);
    for await (const { data } of client.pages.listSources({ query: { cursor: 'website', limit: 200 } }))
      assert.equal(data.length, 3);
  });

  it('rejects with what the server says is wrong', async (context) => {
    const { client, url } = await open(context);
    const missing = await errorOf(client.getSource({ params: { id: 'none' } }));
    assert.deepEqual(
      [missing.status, missing.code, missing.message, missing.details],
      [404, 'source_not_found', 'there is no source none', { source: 'none' }],
    );
    const wrong = await errorOf(client.createSource({ body: { name: '' } }));
    assert.deepEqual([wrong.status, wrong.code], [400, 'invalid_body']);
    assert.deepEqual(
      (wrong.details.problems as readonly { path: string }[]).map(({ path }) => path),
      ['name'],
    );
    const stranger = makeClient({ url });
    assert.equal((await errorOf(stranger.listSources())).code, 'api_token_required');
    for (let time = 0; time < 10; time++) await errorOf(makeClient({ url, token: 'wrong' }).listSources());
    const guessed = await errorOf(client.listSources());
    assert.deepEqual([guessed.code, guessed.retryAfterS], ['too_many_wrong_tokens', 60]);
  });

  it('sends nothing for an id that would make another URL', async (context) => {
    const { client } = await open(context);
    for (const id of ['', '.', '..']) await assert.rejects(client.getSource({ params: { id } }), TypeError);
    assert.equal((await errorOf(client.getSource({ params: { id: '../destinations' } }))).code, 'source_not_found');
  });

  it('sends the CSRF token of a page that signed in with what is no GET', async () => {
    const sent: (readonly [string, string | null])[] = [];
    const fetched: typeof fetch = async (url, init) => {
      const { method, headers } = new Request(url, init);
      sent.push([method, headers.get('x-csrf-token')]);
      return Promise.resolve(Response.json({ data: [], next: null }));
    };
    const client = makeClient({ url: 'https://sluice.example', csrfToken: () => 'csrf', fetch: fetched });
    await client.listSources();
    await client.createSource({ body: {} });
    assert.deepEqual(sent, [
      ['GET', null],
      ['POST', 'csrf'],
    ]);
  });

  it('ends a call that is not wanted any more', async (context) => {
    const { client } = await open(context);
    await assert.rejects(client.listSources({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});

describe('a client whose URL leads to something else', () => {
  const answers: readonly (readonly [number, Record<string, string>, string])[] = [
    [502, { 'content-type': 'text/html' }, '<h1>Bad gateway</h1>'],
    [200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>'],
    [302, { location: 'https://login.example' }, ''],
    [500, {}, '{"error":"no object"}'],
    [404, {}, 'null'],
  ];
  for (const [status, headers, body] of answers) {
    it(`says so: ${status} ${body}`, async (context) => {
      const { client, asked } = await openStranger(context, status, headers, body);
      const error = await errorOf(client.getSource({ params: { id: 'a b' } }));
      assert.deepEqual([error.status, error.code], [status, 'unexpected_answer']);
      assert.deepEqual(asked, ['GET /below/api/v1/sources/a%20b']);
    });
  }
});

describe('a client that watches', () => {
  it('gets messages, however they come in pieces, and the ids between them', async () => {
    const text =
      'retry: 1000\n\nevent: event\nid: 1\ndata: {"name":"Grüße: 1"}\n\n: nothing new\nid: 2\n\nevent: gap\ndata: {}\n\ndata: {"cut';
    const bytes = new TextEncoder().encode(text);
    const fetched: typeof fetch = async () =>
      Promise.resolve(
        new Response(
          new ReadableStream<Uint8Array>({
            start: (controller) => {
              for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.subarray(at, at + 7));
              controller.close();
            },
          }),
        ),
      );
    const messages: unknown[] = [];
    const client = makeClient({ url: 'https://sluice.example', fetch: fetched });
    for await (const message of client.watch({ query: { kinds: 'event' } })) messages.push(message);
    assert.deepEqual(messages, [
      { kind: 'event', id: '1', data: { name: 'Grüße: 1' } },
      { kind: 'gap', id: '2', data: {} },
    ]);
  });
});

/** Never called: each line is right, or wrong, for the compiler. */
export function typesOf(client: Client): void {
  const reasonOf = ({ kind, data }: StreamMessage): string | null => {
    if (kind === 'gap') return data.reason;
    return kind === 'attempt' ? data.decided : null;
  };
  const calls = [
    client.getEvent({ params: { id: 'evt_1' } }).then(({ destinations: [fate] }) => fate?.state === 'held'),
    client.createErasure({ body: { userId: 'u', suppress: true } }).then(({ state }) => state === 'notifying'),
    client.updateDestination({ params: { id: 'crm' }, body: { settings: { auth: null } } }),
    client.createReplay({ body: { destination: 'crm', filter: { type: 'track' } } }),
    client.issueWriteKey({ params: { id: 'website' } }),
    // @ts-expect-error an id is needed
    client.getEvent(),
    // @ts-expect-error it is called `id`
    client.getEvent({ params: { event: 'evt_1' } }),
    // @ts-expect-error there is no such parameter
    client.listDeliveries({ query: { status: 'dead' } }),
    // @ts-expect-error there is no such state
    client.listDeliveries({ query: { state: 'deed' } }),
    // @ts-expect-error a destination is needed
    client.retryDeliveries({ query: { limit: 5 } }),
    // @ts-expect-error a body is needed
    client.createReplay(),
    // @ts-expect-error it has no such type
    client.createReplay({ body: { destination: 'crm', filter: { type: 'trak' } } }),
    // @ts-expect-error this operation takes no query
    client.getSource({ params: { id: 'website' }, query: { limit: 5 } }),
    // @ts-expect-error there is no such setting
    client.updateDestination({ params: { id: 'crm' }, body: { setings: {} } }),
  ];
  const pages: readonly (keyof Client['pages'])[] = [
    'listEvents',
    'listReplays',
    // @ts-expect-error it takes no cursor
    'countAttempts',
    // @ts-expect-error it takes nothing
    'measureDisk',
  ];
  assert.fail(`${calls.length} calls of ${pages.length} lists were made, and ${reasonOf.name}`);
}
