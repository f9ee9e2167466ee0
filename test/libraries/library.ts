import { gzipSync } from 'node:zlib';

/** What there is to send. `many` is one of each that the library has, in one request. */
export const KINDS = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type Kind = (typeof KINDS)[number];

/** An answer as it came off the wire: what the libraries read of one, and each reads something else. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** What the first read of the socket got, beginning at the status line. */
  readonly firstRead: string;
}

/**
 * What a library does with its calls after an answer.
 *
 * - `delivered`: forgets them, and they are safe;
 * - `dropped`: forgets them, and tells its program or its log at most;
 * - `kept`: sends them again, after its own wait or, with `afterS`, after so many seconds that the answer asked for;
 * - `unseen`: forgets them without having looked at the answer;
 * - `loops`: sends them again at once and without an end.
 */
export type Outcome =
  | { readonly is: 'delivered' | 'dropped' | 'unseen' | 'loops' }
  | { readonly is: 'kept'; readonly afterS: number | null };

export const DELIVERED: Outcome = { is: 'delivered' };
export const DROPPED: Outcome = { is: 'dropped' };
export const UNSEEN: Outcome = { is: 'unseen' };
export const LOOPS: Outcome = { is: 'loops' };

export function kept(afterS: number | null = null): Outcome {
  return { is: 'kept', afterS };
}

/** A request as bytes. */
export interface Wire {
  readonly head: string;
  readonly body: Buffer;
  /** The body goes out only after `100 Continue`. */
  readonly awaitsContinue?: boolean;
}

/** An event as a webhook is to get it, without what the server adds. */
export type Expected = Readonly<Record<string, unknown>>;

export interface LibraryRequest {
  readonly kind: Kind | 'many';
  /** The body before it is compressed and framed; of a GET, the query. */
  readonly text: string;
  /** By user id, which no two calls share. */
  readonly events: readonly Expected[];
  /** The request with this text for its body, and at another path if one is given. */
  readonly wire: (text: string, path?: string) => Wire;
}

/** What a fixture needs to know for one round of requests. */
export interface Sending {
  /** For the Host header. */
  readonly host: string;
  readonly writeKey: string;
  readonly nowMs: number;
  /** A user id that no call had so far, for the call of a kind. */
  readonly user: (kind: Kind) => string;
  /** A UUID, as the libraries make message ids. */
  readonly uuid: () => string;
}

/** One Segment library: its requests, byte for byte as far as they are known, and how it reads an answer. */
export interface Library {
  /** What it is called in names of tests: the language or platform, and what tells several of one apart. */
  readonly id: string;
  readonly name: string;
  /** Its number in the table of section 7.1 of the protocol. */
  readonly sdkNumber: string;
  readonly version: string;
  /**
   * `run`: the bytes were compared with those that the real library sent. `source`: they follow from its source, and
   * the order and spelling of headers that its HTTP client adds from what that client is known to do.
   */
  readonly evidence: 'run' | 'source';
  /** It takes no host without `https://`. */
  readonly needsTls: boolean;
  /** Empty where the library has no batches and no such kind. */
  readonly requests: (sending: Sending) => readonly LibraryRequest[];
  readonly outcome: (answer: Answer) => Outcome;
}

/** A call's own fields; what a kind does not have is undefined. */
export interface Sample {
  readonly type: Kind;
  readonly userId: string;
  readonly event?: string;
  readonly name?: string;
  readonly category?: string;
  readonly groupId?: string;
  readonly previousId?: string;
  readonly traits?: object;
  readonly properties?: object;
}

/** With characters that the serialisers spell differently: beyond ASCII, slashes, and what HTML would escape. */
export const TRAITS = { email: 'ada@example.com', name: 'Zoë <Lovelace> & Söhne', plan: 'Pro' };
export const PROPERTIES = { url: 'https://example.com/ü?a=1&b=<2>', price: 19.5, quantity: 3, tags: ['new', 'sale'] };

/** What is sent of each kind. */
export function sampleOf(type: Kind, userId: string): Sample {
  switch (type) {
    case 'identify':
      return { type, userId, traits: TRAITS };
    case 'track':
      return { type, userId, event: 'Order Completed', properties: PROPERTIES };
    case 'page':
      return { type, userId, name: 'Docs', category: 'Help', properties: PROPERTIES };
    case 'screen':
      return { type, userId, name: 'Settings', category: 'Help', properties: PROPERTIES };
    case 'group':
      return { type, userId, groupId: 'g-1', traits: { name: 'Initech', employees: 420 } };
    case 'alias':
      return { type, userId, previousId: 'anonymous-before' };
  }
}

/** The values of these keys that are there, in this order: libraries differ in the order of their keys. */
export function inOrder(keys: readonly string[], values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])));
}

/** `Name: value` lines around a body: the length stands where the library writes it. */
export function headOf(line: string, headers: readonly string[]): string {
  return [line, ...headers, '', ''].join('\r\n');
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The value of the header by which most libraries say their write key. */
export const basic = (writeKey: string): string => `Basic ${base64(`${writeKey}:`)}`;

/** What the header of gzip says of who wrote it. */
export interface GzipHeader {
  readonly atMs?: number;
  readonly xfl?: number;
  /** 3, the default, is Unix; 255 is who does not know. */
  readonly os?: number;
}

export function gzipped(text: string, { atMs = 0, xfl = 0, os = 3 }: GzipHeader = {}): Buffer {
  const bytes = gzipSync(text);
  bytes.writeUInt32LE(Math.floor(atMs / 1_000), 4);
  bytes[8] = xfl;
  bytes[9] = os;
  return bytes;
}

/** A body in chunks, as an output stream that is flushed now and then writes it. */
export function chunked(body: Buffer, chunkBytes = 1_024): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

/** The seconds of a `Retry-After`, when it is a whole number of them. */
export function retryAfterS({ headers }: Answer, maxS = 300): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d+$/.test(text) ? Math.min(Number(text), maxS) : null;
}

/** Of 4xx, those that newer libraries of every language take for a passing failure. */
const PASSING_4XX = [408, 410, 429, 460];
/** Of 5xx, those that they take for a final one. */
const FINAL_5XX = [501, 505, 511];

/** Whether a status is worth another attempt, by the rules that Segment's newer libraries share. */
export function isPassing(status: number): boolean {
  return PASSING_4XX.includes(status) || (status >= 500 && status < 600 && !FINAL_5XX.includes(status));
}

/** The older rule of nearly all of them: 429 and 5xx. */
export function isLimitedOrBroken(status: number): boolean {
  return status === 429 || (status >= 500 && status < 600);
}

/** How the libraries for iOS and Android read an answer, the classic ones and Kotlin's, when no settings say otherwise. */
export function outcomeOnPhones({ status }: Answer): Outcome {
  if (status < 300) return DELIVERED;
  return status >= 400 && status < 500 && status !== 429 ? DROPPED : kept();
}
