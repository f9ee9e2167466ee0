import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { assertError, BASIC, openBench, SUCCESS, untilClosed } from '../../test/support/http-bench.ts';
import { SluiceError } from '../domain/errors.ts';

/** For what waits for a fact that has no bound of its own. */
const ENDED_MS = 20_000;

describe('the status contract', () => {
  const codes = ['log_busy', 'log_full'] as const;
  for (const code of codes) {
    it(`is 503 with Retry-After for ${code}, on every route`, async (context) => {
      const { send, log } = await openBench(context);
      log.append = async () => Promise.reject(new SluiceError(code));
      for (const path of ['/v1/track', '/v1/t']) {
        const answer = await send({ path });
        assertError(answer, 503, code);
        assert.match(answer.headers['retry-after'] ?? '', /^[1-9]\d*$/);
      }
    });
  }

  it('is 500 for a bug, which is handed on and not shown', async (context) => {
    const { send, log, failures } = await openBench(context);
    const bug = new TypeError('secret detail');
    log.append = async () => Promise.reject(bug);
    const answer = await send();
    assertError(answer, 500, 'internal');
    assert.equal(answer.body.includes('secret'), false);
    assert.deepEqual(failures, [bug]);
  });

  it('is 404 for what is not there', async (context) => {
    const { send, failures } = await openBench(context);
    for (const path of [
      '/nothing',
      '/v1',
      '/v1/nothing',
      '/v1/delete',
      '/v1/pixel/delete',
      '/v1/track//',
      '/v1/track/x',
      '/%zz',
    ]) {
      assertError(await send({ path }), 404, 'not_found');
      assertError(await send({ path, method: 'GET', body: '' }), 404, 'not_found');
    }
    assert.deepEqual(failures, []);
  });

  it('reaches whoever sent a body that nobody wanted to read', async (context) => {
    const { send } = await openBench(context);
    const body = 'x'.repeat(6 * 1024 * 1024);
    for (let count = 0; count < 5; count += 1) assertError(await send({ path: '/v1/nothing', body }), 404, 'not_found');
  });

  it('waits for no more of a body than anybody needs to send', { timeout: ENDED_MS }, async (context) => {
    const { port } = await openBench(context);
    const socket = connect(port, '127.0.0.1');
    const answer = untilClosed(socket);
    socket.write('POST /v1/track HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const mebibyte = 1_048_576;
    for (const length of [...Array.from({ length: 8 }, () => mebibyte), 1])
      socket.write(`${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`);
    assert.match(await answer, /^HTTP\/1\.1 400 .*"code":"call_too_large"/s);
  });

  it('is 405 for another method, with those that are allowed', async (context) => {
    const { send } = await openBench(context);
    for (const method of ['GET', 'DELETE', 'PATCH']) {
      const answer = await send({ method, body: '' });
      assertError(answer, 405, 'method_not_allowed');
      assert.equal(answer.headers.allow, 'POST, PUT');
    }
  });

  it('is JSON too for what is not HTTP, and for headers too large', async (context) => {
    const { port } = await openBench(context);
    for (const [sent, status, code] of [
      ['no http\r\n\r\n', 400, 'malformed_request'],
      [
        'POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
        400,
        'malformed_request',
      ],
      ['POST /v1/track HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400, 'malformed_request'],
      [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ] as const) {
      const socket = connect(port, '127.0.0.1');
      const answer = untilClosed(socket);
      socket.write(sent);
      const text = await answer;
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
      const body = JSON.parse(text.split('\r\n\r\n')[1] ?? '') as Record<string, unknown>;
      assert.deepEqual([body.success, body.code], [false, code]);
    }
  });

  it('takes a request without a Host header', async (context) => {
    const { port } = await openBench(context);
    const socket = connect(port, '127.0.0.1');
    const answer = untilClosed(socket);
    socket.write('GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n');
    assert.match(await answer, /^HTTP\/1\.1 200 .*\{"status":"ok"\}$/s);
  });

  it('tells of a call whose sender went away, and goes on', { timeout: ENDED_MS }, async (context) => {
    const { port, send, refused, failures } = await openBench(context);
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a"');
    await once(socket, 'connect');
    socket.resetAndDestroy();
    assert.equal((await send()).status, 200);
    while (refused.length === 0) await send({ path: '/livez', method: 'GET' });
    assert.deepEqual([refused, failures], [['request_aborted'], []]);
  });
});

describe('the server', () => {
  it('says that it lives', async (context) => {
    const { send } = await openBench(context);
    const answer = await send({ method: 'GET', path: '/livez', headers: {}, body: '' });
    assert.deepEqual([answer.status, answer.body], [200, '{"status":"ok"}']);
  });

  it('answers only under the names that it is given', async (context) => {
    const { send } = await openBench(context, { allowedHosts: ['localhost', '127.0.0.1'] });
    for (const host of ['127.0.0.1:8080', 'LocalHost']) {
      assert.equal((await send({ headers: { ...BASIC, host } })).status, 200);
    }
    for (const path of ['/v1/track', '/livez', '/nothing', '/bins/a']) {
      assertError(await send({ path, headers: { ...BASIC, host: 'evil.example' } }), 403, 'host_not_allowed');
    }
  });

  it('says that its port is taken', async (context) => {
    const { port } = await openBench(context);
    await assert.rejects(openBench(context, { port }), { code: 'address_in_use' });
  });

  it('says why it cannot have its address', async (context) => {
    await assert.rejects(openBench(context, { host: '203.0.113.1' }), { code: 'address_unusable' });
  });

  it('answers what is under way when it closes, and takes no connection', { timeout: ENDED_MS }, async (context) => {
    const { server, send, log } = await openBench(context);
    const appending = Promise.withResolvers<Float64Array>();
    const reached = Promise.withResolvers<undefined>();
    log.append = async () => {
      reached.resolve(undefined);
      return appending.promise;
    };
    const underWay = send({ headers: { ...BASIC, connection: 'keep-alive' } });
    await reached.promise;
    const closing = server.close();
    await assert.rejects(send(), { code: 'ECONNREFUSED' });
    appending.resolve(new Float64Array(1));
    const answer = await underWay;
    assert.deepEqual([answer.status, answer.body, answer.headers.connection], [200, SUCCESS, 'close']);
    await closing;
  });

  it('refuses with shutting_down what still comes on an open connection', async (context) => {
    const { server, port, send, events } = await openBench(context);
    const socket = connect(port, '127.0.0.1');
    const answer = untilClosed(socket);
    socket.write(`POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: ${BASIC.authorization}\r\n`);
    await send({ method: 'GET', path: '/livez', body: '' });
    const closing = server.close();
    socket.write('Content-Length: 27\r\n\r\n{"userId":"u","event":"xy"}');
    const text = await answer;
    assert.match(text, /^HTTP\/1\.1 503 .*"code":"shutting_down"/s);
    assert.match(text, /\r\nRetry-After: 1\r\n/);
    assert.match(text, /\r\nConnection: close\r\n/i);
    assert.deepEqual(events, []);
    await closing;
  });

  it('cuts off who is still sending some seconds after it began to close', async (context) => {
    const { server, port, ambient, send } = await openBench(context);
    const socket = connect(port, '127.0.0.1');
    const cut = untilClosed(socket);
    socket.write('POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a"');
    await send({ method: 'GET', path: '/livez', body: '' });
    const closing = server.close();
    await ambient.advance(60_000);
    assert.equal(await cut, '');
    await closing;
  });
});
