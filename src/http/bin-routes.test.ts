import assert from 'node:assert/strict';
import { once } from 'node:events';
import { METHODS } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { assertError, openBench, SUCCESS, untilClosed } from '../../test/support/http-bench.ts';
import { binWaitingMax } from '../domain/limits.ts';
import { makeForwarding } from './client-address.ts';
import type { BinRequest } from './kept-requests.ts';
import { TIMEOUTS } from './server-sockets.ts';

type Bench = Awaited<ReturnType<typeof openBench>>;

async function made({ send }: Bench): Promise<{ readonly id: string; readonly url: string }> {
  return JSON.parse((await send({ path: '/api/v1/bins' })).body) as { id: string; url: string };
}

/** One that answers so. */
async function scripted(bench: Bench, script: readonly object[]): Promise<string> {
  const { id } = await made(bench);
  const body = JSON.stringify({ script });
  const answer = await bench.send({ method: 'PATCH', path: `/api/v1/bins/${id}`, body });
  assert.equal(answer.status, 200, answer.body);
  return id;
}

async function requestsOf({ send }: Bench, id: string): Promise<readonly BinRequest[]> {
  const { body } = await send({ method: 'GET', path: `/api/v1/bins/${id}/requests?limit=500`, body: '' });
  return (JSON.parse(body) as { data: readonly BinRequest[] }).data;
}

/** Sends what is no business of an HTTP client: as it stands. */
async function sendRaw({ port }: Bench, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** Asks until a bin has so many requests, which is when they wait for their answers. */
async function untilThere(bench: Bench, id: string, count: number): Promise<readonly BinRequest[]> {
  for (;;) {
    const requests = await requestsOf(bench, id);
    if (requests.length >= count) return requests;
  }
}

const postTo = (id: string): string => `POST /bins/${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;

describe('request bins over HTTP', () => {
  it('capture any method, and show what came', async (context) => {
    const bench = await openBench(context);
    const { send } = bench;
    const { id } = await made(bench);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS']) {
      const headers = { 'x-test': 'yes', 'content-type': 'text/plain' };
      const answer = await send({ method, path: `/bins/${id}?q=1`, headers, body: method === 'GET' ? '' : 'héllo' });
      assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
    }
    const answer = await send({ method: 'GET', path: `/api/v1/bins/${id}/requests?limit=5`, body: '' });
    const page = JSON.parse(answer.body) as { data: Record<string, unknown>[]; next: string };
    assert.deepEqual(
      page.data.map(({ method }) => method),
      ['OPTIONS', 'GET', 'DELETE', 'PATCH', 'PUT'],
    );
    const { body, path, headers } = page.data[0] ?? {};
    assert.deepEqual([body, path], ['héllo', `/bins/${id}?q=1`]);
    assert.equal((headers as Record<string, unknown>)['x-test'], 'yes');
    const rest = await send({ method: 'GET', path: `/api/v1/bins/${id}/requests?cursor=${page.next}`, body: '' });
    const { data, next } = JSON.parse(rest.body) as { data: Record<string, unknown>[]; next: string | null };
    assert.deepEqual([data.map(({ method }) => method), next], [['POST'], null]);
  });

  it('are made with an address of their own, where Sluice is reached', async (context) => {
    const bench = await openBench(context);
    const { id, url } = await made(bench);
    assert.equal(url, `http://127.0.0.1:${bench.port}/bins/${id}`);
    assert.equal((await bench.send({ path: new URL(url).pathname })).status, 200);
    const forwarding = makeForwarding([], 'https://events.example/in/');
    const there = await made(await openBench(context, { forwarding }));
    assert.equal(there.url, `https://events.example/in/bins/${there.id}`);
  });

  it('capture methods of all kinds, what is below them, and headers as they were spelt', async (context) => {
    const bench = await openBench(context);
    const { id } = await made(bench);
    const methods = METHODS.filter((method) => !['CONNECT', 'HEAD'].includes(method));
    for (const method of methods) {
      const path = `/bins/${id}/some/%7Ewhere//else?x=%zz`;
      assert.equal((await bench.send({ method, path, body: '' })).status, 200, method);
    }
    const seen = await requestsOf(bench, id);
    assert.deepEqual(new Set(seen.map(({ method }) => method)), new Set(methods));
    assert.equal(seen[0]?.path, `/bins/${id}/some/%7Ewhere//else?x=%zz`);

    const head = ['X-Twice: 1', 'hOST: b', 'x-twice: 2', 'X-Odd: \u00e9', 'Connection: close'];
    await untilClosed(await sendRaw(bench, `HEAD /bins/${id}/ HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`));
    const { method, rawHeaders, headers, from } = (await requestsOf(bench, id))[0] ?? assert.fail();
    assert.deepEqual([method, from, headers['x-twice']], ['HEAD', '127.0.0.1', '1, 2']);
    assert.deepEqual(
      rawHeaders.map(({ name, value }) => `${name}: ${value}`),
      ['X-Twice: 1', 'hOST: b', 'x-twice: 2', 'X-Odd: \u00c3\u00a9', 'Connection: close'],
    );
  });

  it('keep the bytes of a body, whatever they are', async (context) => {
    const bench = await openBench(context);
    const { id } = await made(bench);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await bench.send({ path: `/bins/${id}`, headers: { 'content-encoding': 'gzip' }, body: bytes });
    const [request] = await requestsOf(bench, id);
    assert.deepEqual(Buffer.from(request?.bodyBase64 ?? '', 'base64'), bytes);
    const path = `/api/v1/bins/${id}/requests/${request?.id ?? ''}`;
    assert.deepEqual(JSON.parse((await bench.send({ method: 'GET', path, body: '' })).body), request);
  });

  it('take a MiB and no more', async (context) => {
    const bench = await openBench(context);
    const path = `/bins/${(await made(bench)).id}`;
    assert.equal((await bench.send({ path, body: 'x'.repeat(1_048_576) })).status, 200);
    assertError(await bench.send({ path, body: 'x'.repeat(1_048_577) }), 413, 'bin_request_too_large');
  });

  it('are those that were made, and no others', async (context) => {
    const { send } = await openBench(context);
    for (const id of ['mine', `bin_${'0'.repeat(54)}`, '%00', 'x'.repeat(600)]) {
      assertError(await send({ path: `/bins/${id}` }), 404, 'bin_not_found');
      const { status, body } = await send({ method: 'GET', path: `/api/v1/bins/${id}/requests`, body: '' });
      assert.deepEqual([status, (JSON.parse(body) as { error: { code: string } }).error.code], [404, 'bin_not_found']);
    }
  });
});

describe('what request bins answer', () => {
  it('is what their script says, and is shown beside the request', async (context) => {
    const bench = await openBench(context);
    const headers = { 'Retry-After': '2', 'content-type': 'text/html' };
    const id = await scripted(bench, [{ status: 503, headers, body: '<b>busy</b>', times: 2 }, { status: 204 }]);
    const answers = [];
    for (let count = 0; count < 3; count++) answers.push(await bench.send({ path: `/bins/${id}` }));
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body]),
      [
        [503, '<b>busy</b>'],
        [503, '<b>busy</b>'],
        [204, ''],
      ],
    );
    const told = answers[0]?.headers ?? assert.fail();
    assert.deepEqual([told['retry-after'], told['content-type']], ['2', 'text/html']);
    // A bin has the origin of the dashboard.
    assert.match(String(told['content-security-policy']), /sandbox/);
    assert.equal(told['x-content-type-options'], 'nosniff');
    assert.deepEqual(
      (await requestsOf(bench, id)).map(({ answer, answeredMs }) => [answer, answeredMs]),
      [
        [204, 0],
        [503, 0],
        [503, 0],
      ],
    );
  });

  it('comes late where it is to, and not at all to who has left', async (context) => {
    const bench = await openBench(context);
    const id = await scripted(bench, [{ status: 202, delayMs: 3_000 }]);
    const [waits, leaves] = [await sendRaw(bench, postTo(id)), await sendRaw(bench, postTo(id))];
    await untilThere(bench, id, 2);
    leaves.end();
    await untilClosed(leaves);
    await bench.ambient.advance(2_999);
    assert.equal((await requestsOf(bench, id)).filter(({ answeredMs }) => answeredMs === null).length, 1);
    const came = once(waits, 'data') as Promise<[Buffer]>;
    await bench.ambient.advance(1);
    assert.match((await came)[0].toString(), /^HTTP\/1\.1 202 /);
    waits.destroy();
    const ends = (await requestsOf(bench, id)).map(({ answeredMs, gaveUp }) => [answeredMs, gaveUp]);
    assert.deepEqual(ends.toSorted(), [
      [0, true],
      [3_000, false],
    ]);
  });

  it('can be a reset, and is one for the oldest of too many that wait', async (context) => {
    const bench = await openBench(context);
    const reset = await scripted(bench, [{ reset: true }]);
    await assert.rejects(bench.send({ path: `/bins/${reset}` }), { code: 'ECONNRESET' });
    const hanging = await scripted(bench, [{ hang: true }]);
    const first = await sendRaw(bench, postTo(hanging));
    await untilThere(bench, hanging, 1);
    const failed = once(first, 'error') as Promise<[NodeJS.ErrnoException]>;
    const others = await Promise.all(
      Array.from({ length: binWaitingMax }, async () => sendRaw(bench, postTo(hanging))),
    );
    assert.equal((await failed)[0].code, 'ECONNRESET');
    for (const each of others) each.destroy();
  });

  it('holds up no stop', async (context) => {
    const bench = await openBench(context);
    const id = await scripted(bench, [
      { hang: true, times: 1 },
      { status: 200, delayMs: 300_000 },
    ]);
    const sockets = [await sendRaw(bench, postTo(id)), await sendRaw(bench, postTo(id))];
    await untilThere(bench, id, 2);
    const ended = Promise.all(sockets.map(untilClosed));
    // Time stands still: nobody waits for a deadline.
    await bench.server.close();
    assert.deepEqual(await ended, ['', '']);
  });

  it('is waited for longer than any silence that the server bears', async (context) => {
    const timeouts = { ...TIMEOUTS, silenceMs: 100 };
    const bench = await openBench(context, { timeouts });
    const id = await scripted(bench, [{ status: 202, delayMs: 300_000 }]);
    const waits = await sendRaw(bench, postTo(id));
    await untilThere(bench, id, 1);
    const cut = await sendRaw(bench, `POST /bins/${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n`);
    await untilClosed(cut);
    const came = once(waits, 'data') as Promise<[Buffer]>;
    await bench.ambient.advance(300_000);
    assert.match((await came)[0].toString(), /^HTTP\/1\.1 202 /);
  });

  it('ends a hang by itself, in the end', async (context) => {
    const bench = await openBench(context);
    const id = await scripted(bench, [{ hang: true }]);
    const socket = await sendRaw(bench, postTo(id));
    await untilThere(bench, id, 1);
    const closed = untilClosed(socket);
    await bench.ambient.advance(600_000);
    assert.equal(await closed, '');
  });
});

describe('a script over HTTP', () => {
  const refused = async (bench: Bench, id: string, script: unknown): Promise<string> => {
    const answer = await bench.send({ method: 'PATCH', path: `/api/v1/bins/${id}`, body: JSON.stringify({ script }) });
    assert.equal(answer.status, 400, answer.body);
    return (JSON.parse(answer.body) as { error: { message: string } }).error.message;
  };

  it('is refused with what is wrong with it, and leaves the bin as it was', async (context) => {
    const bench = await openBench(context);
    const id = await scripted(bench, [{ status: 201 }]);
    for (const [script, message] of [
      [[{}], /must have one of `status`, `hang`, `reset` and `again`/],
      [[{ status: 199 }], /at least 200/],
      [[{ status: 600 }], /at most 599/],
      [[{ hang: true, body: 'x' }], /together with `hang`/],
      [[{ status: 200, delayMs: 300_001 }], /at most 300000/],
      [[{ again: true }], /`again` stands last/],
      [[{ status: 200, headers: { 'Set-Cookie': 'a=b' } }], /cannot be a header/],
      [[{ status: 200, headers: { 'X-A': 'a\r\nX-B: c' } }], /line break/],
      [[{ status: 200, headers: { 'X A': 'b' } }], /not the name of a header/],
      [[{ status: 200, headers: { 'X-A': 'b'.repeat(1_024) } }], /more than 1024 characters/],
      [[{ status: 200, body: 'x'.repeat(65_537) }], /at most 65536 characters/],
      [Array.from({ length: 21 }, () => ({ status: 200 })), /at most 20 steps/],
      [Array.from({ length: 3 }, () => ({ status: 200, body: 'x'.repeat(50_000) })), /131072 characters in all/],
      [{ status: 200 }, /must be a list/],
    ] as const)
      assert.match(await refused(bench, id, script), message);
    assert.equal((await bench.send({ path: `/bins/${id}` })).status, 201);
  });

  it('is taken back by null, and by nothing', async (context) => {
    const bench = await openBench(context);
    const id = await scripted(bench, [{ status: 500 }]);
    const patch = async (body: string) => bench.send({ method: 'PATCH', path: `/api/v1/bins/${id}`, body });
    assert.deepEqual((JSON.parse((await patch('{}')).body) as { script: unknown }).script, [{ status: 500 }]);
    assert.deepEqual((JSON.parse((await patch('{"script":null}')).body) as { script: unknown }).script, []);
    const answer = await bench.send({ path: `/bins/${id}` });
    assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
  });
});
