import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';

/** One request as it came off the wire. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they were written. */
  readonly rawHeaders: readonly string[];
  readonly rawBody: Buffer;
  readonly body: string;
  readonly receivedAtMs: number;
}

/** `hang` never answers; `reset` ends the connection with a TCP reset. Nothing given is an empty 200. */
export type Answer =
  | 'hang'
  | 'reset'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
      readonly delayMs?: number;
    };
export type Script = Answer | ((request: ReceivedRequest) => Answer | Promise<Answer>);

/** A real endpoint on a free port, that keeps what it got and answers what a test says. */
export interface Receiver {
  url(path?: string): string;
  readonly port: number;
  /** Every request so far, in order of arrival. */
  readonly requests: readonly ReceivedRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Resolves as soon as so many connections have ended. */
  closed(n: number): Promise<void>;
  /** The oldest request that `next` has not given out yet, as soon as there is one. */
  next(): Promise<ReceivedRequest>;
  /** Resolves to the first `n` requests as soon as so many came. */
  count(n: number): Promise<readonly ReceivedRequest[]>;
  /** From now on: each script answers one request, in order, and the last one all that follow. */
  answer(...scripts: readonly [Script, ...Script[]]): void;
  /** Ends every connection, answered or not. */
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** Speaks HTTPS with this certificate. */
  readonly tls?: TlsOptions;
  /** Address to listen on. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

export async function openReceiver({ tls, host = '127.0.0.1', port = 0 }: ReceiverOptions = {}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const facts = new Facts();
  let scripts: readonly Script[] = [{}];
  let taken = 0;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await read(incoming);
    requests.push(request);
    const script = scripts[0] ?? {};
    if (scripts.length > 1) scripts = scripts.slice(1);
    facts.changed();
    write(response, typeof script === 'function' ? await script(request) : script);
  };
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    // A sender that gives up in the middle of its request is no request.
    serve(incoming, response).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  const listening = await listen(server, host, port, facts);
  const scheme = tls === undefined ? 'http' : 'https';
  return {
    url: (path = '/') => `${scheme}://${host.includes(':') ? `[${host}]` : host}:${listening.port}${path}`,
    port: listening.port,
    requests,
    get connections() {
      return listening.connections();
    },
    closed: listening.untilClosed,
    async next() {
      const index = taken++;
      await facts.until(() => requests.length > index, `request ${index + 1}`);
      return requests[index]!;
    },
    async count(n) {
      await facts.until(() => requests.length >= n, `${n} requests`);
      return requests.slice(0, n);
    },
    answer(...given) {
      scripts = given;
    },
    close: listening.close,
  };
}

/** A bare TCP server, for what no HTTP server would do. */
export interface RawReceiver {
  url(path?: string): string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Resolves as soon as so many connections were accepted. */
  accepted(n: number): Promise<void>;
  /** Resolves as soon as so many connections have ended. */
  closed(n: number): Promise<void>;
  close(): Promise<void>;
}

/** @param onSocket runs for each connection; errors of its socket are already listened to */
export async function openRawReceiver(onSocket: (socket: Socket) => void): Promise<RawReceiver> {
  const facts = new Facts();
  const server = createTcpServer(onSocket);
  const listening = await listen(server, '127.0.0.1', 0, facts);
  return {
    url: (path = '/') => `http://127.0.0.1:${listening.port}${path}`,
    port: listening.port,
    get connections() {
      return listening.connections();
    },
    accepted: async (n) => facts.until(() => listening.connections() >= n, `${n} connections`),
    closed: listening.untilClosed,
    close: listening.close,
  };
}

interface Listening {
  readonly port: number;
  readonly connections: () => number;
  readonly untilClosed: (n: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function listen(server: Server, host: string, port: number, facts: Facts): Promise<Listening> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      facts.changed();
    });
    facts.changed();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => accepted,
    untilClosed: async (n) => facts.until(() => accepted - sockets.size >= n, `${n} ended connections`),
    close: async () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const receivedAtMs = Date.now();
  const rawBody = Buffer.concat((await incoming.toArray()) as Buffer[]);
  const { method = '', url = '', headers, rawHeaders } = incoming;
  return { method, url, headers, rawHeaders, rawBody, body: rawBody.toString(), receivedAtMs };
}

function write(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status = 200, headers = {}, body = '', delayMs = 0 } = answer;
  const send = (): void => {
    response.writeHead(status, headers).end(body);
  };
  if (delayMs === 0) send();
  else setTimeout(send, delayMs);
}

/** What a test waits for: looked at again whenever something changed. Not coming is told instead of hanging. */
class Facts {
  readonly #waiting = new Set<() => void>();

  changed(): void {
    for (const look of this.#waiting) look();
  }

  async until(isTrue: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`the receiver waited ${WAIT_MS} ms for ${what} in vain`));
      }, WAIT_MS);
      const look = (): void => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

const WAIT_MS = 10_000;
