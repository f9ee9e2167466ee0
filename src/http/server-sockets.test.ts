import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { makeCertificates } from '../../test/support/certificates.ts';
import { BASIC, openBench, SUCCESS, untilClosed } from '../../test/support/http-bench.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { makeBins } from './bins.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { ServerSockets, TIMEOUTS } from './server-sockets.ts';
import type { HttpServerOptions } from './server.ts';

const { ca, good } = makeCertificates();
const SCHEMES = ['http', 'https'] as const;
type Scheme = (typeof SCHEMES)[number];

/** Short enough to be waited for, and long enough for twenty handshakes at once on a busy machine. */
const SHORT = { headersMs: 600, requestMs: 900, checkMs: 50, keepAliveMs: 100, silenceMs: 1_000 };
/** By when one of these has ended, and Node's second to spare on idle connections, on a busy machine. */
const ENDED_MS = 5_000;

const CALL = JSON.stringify({ userId: 'u', event: 'Bought' });
const HEAD = `POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: ${BASIC.authorization}\r\n`;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const REQUEST = `${HEAD}Content-Length: ${CALL.length}\r\n\r\n${CALL}`;

async function certificateOf(context: TestContext): Promise<CertificateWatch> {
  const watch = await CertificateWatch.open({
    files: { certificate: 'certificate', key: 'key' },
    read: async () => Promise.resolve({ certificate: Buffer.from(good.cert), key: Buffer.from(good.key) }),
    ambient: new SimulatedAmbient(),
    telemetry: { trouble: () => undefined },
    onFailure: (error) => {
      throw error;
    },
  });
  context.after(() => {
    watch.close();
  });
  return watch;
}

async function open(context: TestContext, scheme: Scheme, options: Partial<HttpServerOptions> = {}) {
  const certificate = scheme === 'https' ? await certificateOf(context) : null;
  const bench = await openBench(context, { certificate, ...options });
  /** A connection that can end its own side and go on reading. */
  const dial = async (host = '127.0.0.1'): Promise<Socket> => {
    const place = { host, port: bench.port, allowHalfOpen: true };
    const socket =
      scheme === 'http' ? connect(place) : connectTls({ ...place, ca, servername: 'localhost', minVersion: 'TLSv1.3' });
    socket.on('error', () => undefined).on('end', () => socket.end());
    context.after(() => socket.destroy());
    await once(socket, scheme === 'http' ? 'connect' : 'secureConnect');
    return socket;
  };
  return { ...bench, dial };
}

/** Writes these bytes one by one, for as long as somebody listens. */
function dribble(socket: Socket, bytes: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < bytes.length && socket.writable) socket.write(bytes[sent++]!);
  }, 20);
  socket.once('close', () => {
    clearInterval(timer);
  });
}

for (const scheme of SCHEMES) {
  describe(`a connection that its client half-closes, by ${scheme}`, () => {
    it('gets its answer, and ends', async (context) => {
      const { dial, events } = await open(context, scheme);
      const socket = await dial();
      socket.end(REQUEST);
      assert.match(await untilClosed(socket), /^HTTP\/1\.1 200 OK\r\n.*\{"success":true\}$/s);
      assert.equal(events.length, 1);
    });

    it('gets the answers to all that it sent', async (context) => {
      const { dial, events } = await open(context, scheme);
      const socket = await dial();
      socket.end(REQUEST.repeat(3));
      assert.equal((await untilClosed(socket)).split(SUCCESS).length - 1, 3);
      assert.equal(events.length, 3);
    });

    it('is answered also when the event takes its time', async (context) => {
      const { dial, log } = await open(context, scheme);
      const appending = Promise.withResolvers<Float64Array>();
      const reached = Promise.withResolvers<undefined>();
      log.append = async () => {
        reached.resolve(undefined);
        return appending.promise;
      };
      const socket = await dial();
      const answer = untilClosed(socket);
      socket.end(REQUEST);
      await reached.promise;
      appending.resolve(new Float64Array(1));
      assert.match(await answer, /\{"success":true\}$/);
    });

    it('ends when it asked for nothing, or for the half of something', async (context) => {
      const { dial, events, failures } = await open(context, scheme);
      for (const [sent, answer] of [
        ['', /^$/],
        [HEAD, /^HTTP\/1\.1 400 .*"code":"malformed_request"/s],
        [`${HEAD}Content-Length: 100\r\n\r\n${CALL}`, /^HTTP\/1\.1 400 .*"code":"malformed_request"/s],
        [`${HEAD}${UPGRADE}Content-Length: 100\r\n\r\n${CALL}`, /^HTTP\/1\.1 400 .*"code":"malformed_request"/s],
      ] as const) {
        const socket = await dial();
        socket.end(sent);
        assert.match(await untilClosed(socket), answer, sent);
      }
      assert.deepEqual([events, failures], [[], []]);
    });

    it('is not kept when nobody reads what it asked for', { timeout: ENDED_MS }, async (context) => {
      const { dial, server } = await open(context, scheme, { timeouts: SHORT });
      const socket = await dial();
      const begun = once(socket, 'readable');
      // Some twenty megabytes of answers: more than there is room for on the way.
      socket.end('GET /analytics.js/v1/wk_web/analytics.min.js HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
      await begun;
      // By standing time nobody is cut off: it waits until the connection has ended by itself.
      await server.close();
    });
  });

  describe(`a slow sender, by ${scheme}`, () => {
    const slow: readonly (readonly [what: string, act: (socket: Socket) => void, answer: RegExp])[] = [
      ['that says nothing', () => undefined, /^HTTP\/1\.1 408 .*"code":"request_timeout"/s],
      [
        'of headers',
        (socket) => {
          dribble(socket, HEAD);
        },
        /^HTTP\/1\.1 408 .*"code":"request_timeout"/s,
      ],
      [
        'of a body',
        (socket) => {
          socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`);
          dribble(socket, CALL.padEnd(1_000));
        },
        /^HTTP\/1\.1 408 .*"code":"request_timeout"/s,
      ],
      [
        'whose body stops',
        (socket) => {
          socket.write(`${HEAD}Content-Length: 1000\r\n\r\n{"userId":`);
        },
        /^HTTP\/1\.1 408 .*"code":"request_timeout"/s,
      ],
      [
        'of chunks',
        (socket) => {
          socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
          dribble(socket, '1\r\n \r\n'.repeat(1_000));
        },
        /^HTTP\/1\.1 408 .*"code":"request_timeout"/s,
      ],
      [
        'that sends nothing after its answer',
        (socket) => {
          socket.write(REQUEST);
        },
        /^HTTP\/1\.1 200 [^]*\{"success":true\}$/,
      ],
    ];
    for (const [what, act, answer] of slow) {
      it(`${what} is told and disconnected, and holds nobody up`, async (context) => {
        const { dial } = await open(context, scheme, { timeouts: SHORT });
        const startedAtMs = performance.now();
        const sockets = await Promise.all(Array.from({ length: 20 }, async () => dial()));
        const ended = Promise.all(sockets.map(async (socket) => untilClosed(socket)));
        for (const socket of sockets) act(socket);
        const quick = await dial();
        quick.end(REQUEST);
        assert.match(await untilClosed(quick), /\{"success":true\}$/);
        for (const text of await ended) assert.match(text, answer);
        assert.ok(performance.now() - startedAtMs < ENDED_MS);
      });
    }
  });
}

describe('a handshake', () => {
  it('that never comes ends in time', async (context) => {
    const { port } = await open(context, 'https', { timeouts: SHORT });
    const socket = connect(port, '127.0.0.1');
    assert.equal(await untilClosed(socket), '');
  });
});

describe('the time for a request', () => {
  it('is enough for a batch over a bad connection, and ends before those of whoever waits for it', () => {
    const { headersMs, requestMs, checkMs, keepAliveMs, silenceMs } = TIMEOUTS;
    assert.ok(requestMs >= (512_000 * 8) / 70_000 - 1_500);
    assert.ok(headersMs + checkMs < requestMs);
    assert.ok(keepAliveMs > 60_000 && silenceMs > keepAliveMs && silenceMs > requestMs + checkMs);
  });
});

for (const scheme of SCHEMES) {
  describe(`localhost, by ${scheme}`, () => {
    it('is both of its addresses, with one port, of which each is treated alike', async (context) => {
      const { dial, events, failures } = await open(context, scheme, { host: 'localhost' });
      for (const host of ['127.0.0.1', '::1']) {
        const socket = await dial(host);
        socket.end('no http\r\n\r\n');
        assert.match(await untilClosed(socket), /^HTTP\/1\.1 400 .*"code":"malformed_request"/s, host);
        const expecting = await dial(host);
        expecting.end(REQUEST.replace('Host: x', 'Host: x\r\nExpect: y'));
        assert.match(await untilClosed(expecting), /\{"success":true\}$/, host);
      }
      assert.deepEqual([events.length, failures], [2, []]);
    });

    it('is closed at both, and nobody is left connected', async (context) => {
      const { dial, server, ambient } = await open(context, scheme, { host: 'localhost' });
      const sockets = [await dial('127.0.0.1'), await dial('::1')];
      for (const socket of sockets) socket.write(HEAD);
      const ended = Promise.all(sockets.map(async (socket) => untilClosed(socket)));
      const closing = server.close();
      await assert.rejects(dial('::1'), { code: 'ECONNREFUSED' });
      await ambient.advance(60_000);
      await ended;
      await closing;
    });
  });
}

for (const scheme of SCHEMES) {
  describe(`a request bin that resets, by ${scheme}`, () => {
    it('has its sender hear of a reset, and answers the next', async (context) => {
      const bins = makeBins({ ambient: new SimulatedAmbient(), ids: { make: () => 'b', isOne: () => true } });
      bins.script('b', [{ reset: true, times: 1 }]);
      const { dial } = await open(context, scheme, { bins });
      const request = 'GET /bins/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      const socket = await dial();
      const failed = once(socket, 'close', { signal: AbortSignal.timeout(ENDED_MS) });
      let code: unknown = null;
      socket.on('error', (error: NodeJS.ErrnoException) => {
        code = error.code;
      });
      socket.write(request);
      await failed.catch(() => undefined);
      assert.equal(code, 'ECONNRESET');
      const next = await dial();
      next.write(request);
      assert.match(await untilClosed(next), /^HTTP\/1\.1 200 OK/);
    });
  });
}

describe('a port', () => {
  it('of localhost that is taken at one of its addresses is refused', async (context) => {
    const other = createServer();
    context.after(() => other.close());
    await new Promise<void>((resolve) => {
      other.listen(0, '::1', resolve);
    });
    const { port } = other.address() as { port: number };
    await assert.rejects(openBench(context, { host: 'localhost', port }), { code: 'address_in_use' });
    const again = await openBench(context, { port });
    assert.equal(again.port, port);
  });
});

describe('sockets behind which nobody answers yet', () => {
  it('has what is asked wait, on each of its addresses, until it is opened', async () => {
    const sockets = new ServerSockets(null);
    const port = await sockets.listen('localhost', 0);
    const answers = ['127.0.0.1', 'localhost'].map(async (host) => fetch(`http://${host}:${port}/`));
    const asked: string[] = [];
    sockets.makeServer(({ headers }, response) => {
      asked.push(headers.host ?? '');
      response.end('answered');
    });
    // A connection of later is there after those before it.
    const late = connect(port, '127.0.0.1');
    await once(late, 'connect');
    late.destroy();
    assert.deepEqual(asked, []);
    sockets.open();
    for (const answer of answers) assert.equal(await (await answer).text(), 'answered');
    assert.equal(asked.length, 2);
    sockets.cutOff();
    await sockets.close();
  });
});
