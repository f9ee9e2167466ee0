import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { untilClosed } from '../../test/support/http-bench.ts';
import { makePassOn } from './pass-on.ts';
import { PassedSockets } from './passed-sockets.ts';
import { reset } from './server-sockets.ts';

const MIB = 1024 * 1024;
const NOTHING = { open: () => undefined, refuse: () => undefined, close: async () => Promise.resolve() };

/** A server that passes all on, and behind it one that answers as a test says. */
async function open(context: TestContext, onRequest: RequestListener) {
  const { port1, port2 } = new MessageChannel();
  const inner = new PassedSockets('http', { ...NOTHING, cutOff: () => undefined }, [port1]);
  inner.makeServer(onRequest);
  inner.open();
  const passOn = makePassOn((passed, port) => {
    port2.postMessage(passed, [port]);
  });
  const outer = createServer({ requireHostHeader: false }, passOn).listen(0, '127.0.0.1');
  (outer as typeof outer & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  await once(outer, 'listening');
  const { port } = outer.address() as AddressInfo;
  context.after(() => {
    outer.closeAllConnections();
    outer.close();
    port1.close();
  });
  const dial = async (): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('error', () => undefined).on('end', () => socket.end());
    context.after(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { port, dial };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('a request that is passed on to another thread', () => {
  it('comes there as it was sent, from the peer that sent it', async (context) => {
    const seen: unknown[] = [];
    const { port, dial } = await open(context, (request, response) => {
      void bytesOf(request).then((body) => {
        const { method, url, rawHeaders, socket } = request;
        const { remoteAddress, remotePort, localPort } = socket;
        seen.push({ method, url, rawHeaders, body: body.toString(), remoteAddress, remotePort, localPort });
        response.end();
      });
    });
    const socket = await dial();
    const peer = { remoteAddress: '127.0.0.1', remotePort: socket.localPort, localPort: port };
    socket.write('PUT /a?b=%20c HTTP/1.1\r\nHOST: x\r\nx-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 4\r\n\r\nbody');
    await once(socket, 'data');
    socket.end('GET / HTTP/1.0\r\n\r\n');
    await untilClosed(socket);
    const rawHeaders = ['HOST', 'x', 'x-Twice', '1', 'X-Twice', '2', 'Content-Length', '4'];
    assert.deepEqual(seen, [
      { method: 'PUT', url: '/a?b=%20c', rawHeaders, body: 'body', ...peer },
      { method: 'GET', url: '/', rawHeaders: [], body: '', ...peer },
    ]);
  });

  it('gets its answer as it was given, and then the next on its connection', async (context) => {
    const { dial } = await open(context, ({ url }, response) => {
      if (url === '/length')
        response.writeHead(418, 'Short', ['X-A', '1', 'x-a', '2', 'Content-Length', '3']).end('tea');
      else {
        response.write('chu');
        response.end('nks');
      }
    });
    const socket = await dial();
    const asked = (method: string, path: string, version = '1.1'): string =>
      `${method} ${path} HTTP/${version}\r\nHost: x\r\n\r\n`;
    socket.end(asked('GET', '/length') + asked('HEAD', '/length') + asked('GET', '/none', '1.0'));
    const text = (await untilClosed(socket)).replaceAll(/Date: .*\r\n/g, '');
    const head = 'HTTP/1.1 418 Short\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n';
    const kept = 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n';
    assert.equal(text, `${head}${kept}tea${head}${kept}HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nchunks`);
  });

  it('is answered while it is still being sent, and while nothing more is to be said', async (context) => {
    const { dial } = await open(context, (request, response) => {
      response.writeHead(200);
      response.flushHeaders();
      request.on('data', (chunk: Buffer) => response.write(chunk));
    });
    const socket = await dial();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 OK\r\n/);
    socket.write('4\r\nping\r\n');
    assert.match(String((await once(socket, 'data'))[0]), /ping/);
  });

  it('may be large, and so may its answer, to who reads late', async (context) => {
    const { port } = await open(context, (request, response) => {
      void bytesOf(request).then((body) => response.end(body));
    });
    const body = Buffer.alloc(8 * MIB, 'abc');
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
    assert.ok(body.equals(Buffer.from(await answer.arrayBuffer())));
  });

  it('ends there when its sender leaves, and when nothing more will come of it', async (context) => {
    const ended: string[] = [];
    const both = Promise.withResolvers<null>();
    const { dial } = await open(context, ({ url, socket }, response) => {
      const end = (how: string): void => {
        if (ended.push(`${url} ${how}`) === 2) both.resolve(null);
      };
      if (url === '/leaves')
        response.once('close', () => {
          end('closed');
        });
      else
        socket.once('end', () => {
          end('ended');
        });
    });
    const leaving = await dial();
    leaving.write('GET /leaves HTTP/1.1\r\nHost: x\r\n\r\n');
    (await dial()).end('GET /half HTTP/1.1\r\nHost: x\r\n\r\n');
    setImmediate(() => leaving.resetAndDestroy());
    await both.promise;
    assert.deepEqual(ended.sort(), ['/half ended', '/leaves closed']);
  });

  it('is reset, or ended without an answer, where that is done to it there', async (context) => {
    const { dial } = await open(context, ({ url, socket }) => {
      if (url === '/reset') reset(socket);
      else socket.destroy();
    });
    for (const [path, code] of [
      ['/reset', 'ECONNRESET'],
      ['/destroyed', null],
    ] as const) {
      const socket = await dial();
      let error: unknown = null;
      socket.on('error', (met: NodeJS.ErrnoException) => (error = met.code));
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      assert.equal(await untilClosed(socket), '');
      assert.equal(error, code);
    }
  });

  it('may keep its connection silent for as long as is wanted there', async (context) => {
    const asked = Promise.withResolvers<null>();
    const { port } = await open(context, ({ socket }, response) => {
      socket.setTimeout(50);
      asked.resolve(null);
      setTimeout(() => response.end('late'), 5_000).unref();
    });
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    await asked.promise;
  });
});
