import { connect } from 'node:net';

/** One HTTP request as its bytes will say it: nothing is added but `Host`, `Connection` and the length of the body. */
export interface WireRequest {
  /** `POST` when it is not given. */
  readonly method?: string;
  /** Path and query as they stand in the first line; `/v1/track` when it is not given. */
  readonly path?: string;
  /** Lines, `Name: value`. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
}

/** What came back, as it was written. */
export interface WireAnswer {
  readonly status: number;
  /** Status line and headers, in lower case. */
  readonly head: string;
  readonly body: string;
  /** The value of a header, in lower case; null where there is none. */
  readonly header: (name: string) => string | null;
}

export interface WriteOptions {
  /** What has to have come before more than the first piece is written. */
  readonly awaited?: RegExp;
  /** Reads one answer alone, where its sender would keep the connection open. */
  readonly isOne?: boolean;
}

/** Writes these pieces to a socket of its own, and reads until the server closes it. */
export async function writePieces(
  url: string,
  pieces: readonly (string | Buffer)[],
  { awaited, isOne = false }: WriteOptions = {},
): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const [first = '', ...others] = pieces;
  socket.write(first);
  let text = '';
  let isWaiting = awaited !== undefined;
  const writeOthers = (): void => {
    for (const piece of others) socket.write(piece);
  };
  if (!isWaiting) writeOthers();
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1');
    if (isWaiting && awaited?.test(text) === true) {
      isWaiting = false;
      text = '';
      writeOthers();
    } else if (isOne && isWhole(text)) {
      // Leaving the loop closes the socket.
      break;
    }
  }
  return answerIn(text);
}

/** By the length that it says it has. */
function isWhole(text: string): boolean {
  const { header, body } = answerIn(text);
  return header('content-length') === String(body.length);
}

/** Writes one request with its body in one piece. */
export async function sendWire(url: string, { body = '', ...request }: WireRequest): Promise<WireAnswer> {
  const headers = [...(request.headers ?? []), `Content-Length: ${Buffer.byteLength(body)}`];
  return writePieces(url, [headOf({ ...request, headers }), body]);
}

export const CHUNKED = 'Transfer-Encoding: chunked';

/** The same with its body in chunks of so many bytes, without a length. */
export async function sendChunked(
  url: string,
  { body = '', ...request }: WireRequest,
  chunkBytes = 50,
): Promise<WireAnswer> {
  const head = headOf({ ...request, headers: [...(request.headers ?? []), CHUNKED] });
  return writePieces(url, [head, ...chunksOf(body, chunkBytes)]);
}

/** First line and headers, with the blank line that ends them. */
export function headOf({ method = 'POST', path = '/v1/track', headers = [] }: WireRequest): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n');
}

function chunksOf(body: string | Buffer, chunkBytes: number): readonly Buffer[] {
  const whole = Buffer.from(body);
  const chunks: Buffer[] = [];
  for (let at = 0; at < whole.length; at += chunkBytes) {
    const chunk = whole.subarray(at, at + chunkBytes);
    chunks.push(Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]));
  }
  return [...chunks, Buffer.from('0\r\n\r\n')];
}

function answerIn(text: string): WireAnswer {
  const [head = '', ...body] = text.split('\r\n\r\n');
  const lines = head.toLowerCase();
  return {
    status: Number(head.slice(9, 12)),
    head: lines,
    body: body.join('\r\n\r\n'),
    header: (name) =>
      new RegExp(`^${name.toLowerCase()}: *(.*?) *$`, 'm').exec(lines.replaceAll('\r', ''))?.[1] ?? null,
  };
}
