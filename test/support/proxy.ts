import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A real HTTP proxy on a free port that tunnels, and keeps what it was asked. */
export interface TestProxy {
  readonly url: string;
  readonly port: number;
  /** What `CONNECT` named, in order. */
  readonly asked: readonly string[];
  /** The `Proxy-Authorization` of each. */
  readonly credentials: readonly (string | undefined)[];
  /** Requests of any other method. */
  readonly others: readonly string[];
  close(): Promise<void>;
}

/** @param answer instead of a tunnel, for what was asked: this text, and the end; null for a tunnel */
export async function openProxy(answer: (authority: string) => string | null = () => null): Promise<TestProxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const others: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    others.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(405).end();
  });
  server.on('connection', (socket: Socket) => {
    keep(sockets, socket);
  });
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    const authority = request.url ?? '';
    asked.push(authority);
    credentials.push(request.headers['proxy-authorization']);
    const instead = answer(authority);
    if (instead !== null) {
      client.end(instead);
      return;
    }
    const { hostname, port } = new URL(`http://${authority}`);
    const upstream = connect(Number(port === '' ? 80 : port), hostname.replace(/^\[|\]$/g, ''), () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    keep(sockets, upstream);
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    credentials,
    others,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function keep(sockets: Set<Duplex>, socket: Duplex): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
}
