import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { getBuiltinModule } from 'node:process';
import type { CarryError } from '../../../domain/carried.ts';
import { carriedBodyCharsMax } from '../../../domain/limits.ts';

const { request: requestHttp } = getBuiltinModule('node:http');

/** A request as it goes to the program on this machine. */
export interface ForwardedRequest {
  readonly method: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
}

/** What the program answered, or why it did not. */
export type Forwarded = { readonly durationMs: number } & (
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly isCut: boolean;
    }
  | { readonly error: { readonly code: CarryError; readonly message: string } }
);

/** The same without how long it took, as Sluice is told, and shown. */
export function answerIn(forwarded: Forwarded) {
  if ('error' in forwarded) return { error: forwarded.error };
  const { status, headers, body, isCut } = forwarded;
  return { status, headers, body, isCut };
}

export interface ForwardOptions {
  /** For the whole exchange. */
  readonly timeoutMs: number;
  /** Whether a certificate that does not verify is taken: it is a program of one's own. */
  readonly isInsecure: boolean;
}

/** Sends a request to a program, byte for byte as it came, with its headers as they are. Never rejects. */
export async function forward(
  to: URL,
  { method, headers, body }: ForwardedRequest,
  { timeoutMs, isInsecure }: ForwardOptions,
): Promise<Forwarded> {
  const startedMs = performance.now();
  const bytes = Buffer.from(body);
  const own = headers.filter(({ name }) => !OF_THE_CONNECTION.has(name.toLowerCase()));
  const options = {
    method,
    // Names as they are written, and one of a name that comes twice each.
    headers: [
      'Host',
      to.host,
      ...own.flatMap(({ name, value }) => [name, value]),
      'Content-Length',
      String(bytes.length),
    ],
    signal: AbortSignal.timeout(timeoutMs),
    agent: false,
    ...(isInsecure ? { rejectUnauthorized: false } : {}),
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = to.protocol === 'https:' ? requestHttps : requestHttp;
      send(to, options, resolve).once('error', reject).end(bytes);
    });
    return { durationMs: performance.now() - startedMs, ...(await answerOf(response)) };
  } catch (error) {
    return { durationMs: performance.now() - startedMs, error: failureOf(error, to, timeoutMs) };
  }
}

const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/** Its status counts, whatever becomes of the body behind it. */
async function answerOf(response: IncomingMessage) {
  const { text, isCut } = await beginningOf(response);
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return { status: response.statusCode ?? 0, headers, body: text, isCut };
}

async function beginningOf(response: IncomingMessage): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > carriedBodyCharsMax) return { text: text.slice(0, carriedBodyCharsMax), isCut: true };
    }
    return { text: text + decoder.decode(), isCut: false };
  } catch {
    return { text, isCut: true };
  } finally {
    response.destroy();
  }
}

const REFUSED = new Set(['ECONNREFUSED']);
const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

function failureOf(error: unknown, { host }: URL, timeoutMs: number): { code: CarryError; message: string } {
  const { name = '', code = '', message = String(error) } = error as { name?: string; code?: string; message?: string };
  if (name === 'TimeoutError' || name === 'AbortError' || code === 'ABORT_ERR') {
    return { code: 'timeout', message: `${host} did not answer the listener within ${timeoutMs} ms` };
  }
  if (REFUSED.has(code))
    return { code: 'connection_refused', message: `nothing listens at ${host}; start the program` };
  if (RESET.has(code)) return { code: 'connection_reset', message: `${host} closed the connection before it answered` };
  if (code.startsWith('HPE_')) return { code: 'bad_response', message: `${host} answered with what is not HTTP/1.1` };
  return { code: 'connection_failed', message: `${host} cannot be reached: ${message}`.slice(0, 500) };
}
