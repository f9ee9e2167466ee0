import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Answer, Wire } from './library.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
/** Longer than any answer takes: a library would have given up before. */
const ANSWER_MS = 10_000;

/** A connection as a library holds one: what is sent on it is answered before the next is sent. */
export class Connection implements Disposable {
  /** What was agreed on for the connection; null without TLS. */
  readonly protocol: string | null;
  readonly #socket: Socket;
  /** What was read and is not part of an answer that was given out. */
  readonly #reads: Buffer[] = [];
  #wake: () => void = () => undefined;
  #isEnded = false;

  /** @param ca of whom the certificate of an `https:` URL is; OkHttp's offer of protocols is made to it */
  static async open(url: string, ca?: string): Promise<Connection> {
    const { hostname, port, protocol } = new URL(url);
    const place = { host: hostname, port: Number(port) };
    const socket =
      protocol === 'https:' ? connectTls({ ...place, ca, ALPNProtocols: ['h2', 'http/1.1'] }) : connectTcp(place);
    await once(socket, protocol === 'https:' ? 'secureConnect' : 'connect');
    return new Connection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.protocol = socket instanceof TLSSocket ? socket.alpnProtocol || null : null;
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer came in time')));
    const end = (): void => {
      this.#isEnded = true;
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#reads.push(chunk);
      this.#wake();
    });
    // A reset ends it too: what was read before it is what a library has.
    socket.on('error', end).on('close', end);
  }

  /** Sends a request, and reads the whole answer to it. @throws Error when the connection ends before that */
  async exchange({ head, body, awaitsContinue = false }: Wire): Promise<Answer> {
    if (!awaitsContinue) {
      this.#socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
      return this.#answer();
    }
    this.#socket.write(head, 'latin1');
    await this.#until(() => this.#text().includes('\r\n\r\n'));
    // A server may refuse at once instead: then the body is not sent at all.
    if (!this.#text().startsWith(CONTINUE)) return this.#answer();
    this.#skip(CONTINUE.length);
    this.#socket.write(body);
    return this.#answer();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #answer(): Promise<Answer> {
    await this.#until(() => isWhole(this.#text()));
    const firstRead = this.#reads[0]?.toString('latin1') ?? '';
    const text = this.#text();
    this.#reads.length = 0;
    return { ...parsed(text), firstRead };
  }

  #text(): string {
    return Buffer.concat(this.#reads).toString('latin1');
  }

  #skip(bytes: number): void {
    const rest = Buffer.concat(this.#reads).subarray(bytes);
    this.#reads.length = 0;
    if (rest.length > 0) this.#reads.push(rest);
  }

  async #until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.#isEnded) throw new Error(`the connection ended after: ${this.#text()}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** One request on a connection of its own. */
export async function exchangeOnce(url: string, wire: Wire, ca?: string): Promise<Answer> {
  using connection = await Connection.open(url, ca);
  // Awaited here, since the connection ends with this function.
  return await connection.exchange(wire);
}

/** Every answer of Sluice has its length. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /^content-length: *(\d+)$/im.exec(text.slice(0, end).replaceAll('\r', ''))?.[1];
  return text.length >= end + 4 + Number(length ?? Number.POSITIVE_INFINITY);
}

function parsed(text: string): Omit<Answer, 'firstRead'> {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = lines.map((each): [string, string] => {
    const colon = each.indexOf(':');
    return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()];
  });
  return {
    status: Number(line.split(' ')[1]),
    headers: new Map(headers),
    body: Buffer.from(text.slice(end + 4), 'latin1').toString(),
  };
}
