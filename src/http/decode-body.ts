import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SluiceError } from '../domain/errors.ts';
import { batchBytesMax, callBytesMax, readingBytesMax, refusedSampleBytesMax } from '../domain/limits.ts';

/** How much a body may hold, and what its sender is told when it holds more. */
export interface BodyLimit {
  readonly bytesMax: number;
  readonly code: 'call_too_large' | 'batch_too_large' | 'bin_request_too_large' | 'body_too_large';
}

export const CALL_LIMIT: BodyLimit = { bytesMax: callBytesMax, code: 'call_too_large' };
export const BATCH_LIMIT: BodyLimit = { bytesMax: batchBytesMax, code: 'batch_too_large' };

/** What gzip adds at most to what does not compress: 18 bytes, 5 for each 16 KiB, and to spare for a file name. */
const GZIP_BYTES_MAX = 1_024;

/**
 * How much of an oversize body is read and thrown away before it is answered: a sender that is still sending when the
 * connection closes sees a reset in place of the answer, and sends it all again.
 */
const DISCARDED_BYTES_MAX = 8 * 1024 * 1024;

/**
 * What all requests together hold of bodies that are still being read, so that thousands of slow senders cannot fill
 * the memory, however little each of them sends.
 */
export class ReadingRoom {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Answers whether there was room for so much more. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

const room = new ReadingRoom(readingBytesMax);

/** Requests of whose bodies so much was thrown away that an answer waits for no more. */
const givenUp = new WeakSet<IncomingMessage>();

/** The first bytes of a body, for whoever wants to see what was refused: inflated as soon as the whole was. */
export class BodyHead {
  /** At most `refusedSampleBytesMax`; null before there are any. */
  bytes: Uint8Array | null = null;

  /** Keeps the beginning of the first that is given. What is gzip shows nothing. */
  offer(chunk: Buffer): void {
    if (this.bytes === null && !(chunk[0] === 0x1f && chunk[1] === 0x8b)) this.replace(chunk);
  }

  replace(bytes: Buffer): void {
    this.bytes = bytes.subarray(0, refusedSampleBytesMax);
  }

  /** Nobody wants to see them: they would keep all of the first chunk for as long as its request. */
  forget(): void {
    this.bytes = null;
  }
}

/**
 * Reads a request's JSON body: whatever its `Content-Type` says, decompressed, without a byte order mark.
 *
 * The limit holds for the decompressed bytes, while they are made. Bytes that are not UTF-8 are refused and not
 * repaired: an event is delivered as it was sent, or not at all.
 *
 * @param head has the first bytes of a body that is refused
 * @throws SluiceError `malformed_json`, `malformed_gzip`, `unsupported_encoding`, `request_aborted`, `log_busy`, the
 *   limit's
 */
export async function readJson(
  request: IncomingMessage,
  limit: BodyLimit,
  head: BodyHead,
): Promise<{ value: unknown; bytes: number }> {
  const isCompressed = isGzip(request.headers['content-encoding']);
  const sent = await readBytes(request, limit, { head, spareBytes: isCompressed ? GZIP_BYTES_MAX : 0 });
  const bytes = isCompressed ? await inflated(sent, limit) : sent;
  if (isCompressed) head.replace(bytes);
  const value = parseJson(bytes);
  head.forget();
  return { value, bytes: bytes.length };
}

export interface ReadingOptions {
  /** By which the body may be over the limit. */
  readonly spareBytes?: number;
  readonly reading?: ReadingRoom;
  readonly head?: BodyHead;
}

/**
 * Reads a request's body as it was sent.
 *
 * @throws SluiceError `request_aborted`, `log_busy`, the limit's
 */
export async function readBytes(
  request: IncomingMessage,
  limit: BodyLimit,
  { spareBytes = 0, reading = room, head }: ReadingOptions = {},
): Promise<Buffer> {
  const bytesMax = limit.bytesMax + spareBytes;
  if (isNotWorthReading(request)) throw tooLarge(limit);
  const held = new HeldBody(reading);
  await new Promise<void>((resolve, reject) => {
    let bytes = 0;
    let isRefused = false;
    // What is refused is read on and thrown away, so that the sender gets to read why.
    const refuse = (error: SluiceError): void => {
      isRefused = true;
      held.drop();
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      if (bytes === 0) head?.offer(chunk);
      bytes += chunk.length;
      if (bytes > DISCARDED_BYTES_MAX) {
        givenUp.add(request);
        refuse(tooLarge(limit));
      } else if (bytes > bytesMax) held.drop();
      else if (!isRefused && !held.add(chunk)) refuse(new SluiceError('log_busy'));
    });
    request.on('end', () => {
      if (bytes > bytesMax) refuse(tooLarge(limit));
      else resolve();
    });
    // It follows every end; one that came before the end has cut the body off.
    request.on('close', () => {
      if (!request.complete) refuse(new SluiceError('request_aborted'));
    });
  });
  // Not by that promise: it lives as long as the request, with what listens to that, and would keep the body.
  return held.whole();
}

/**
 * Reads what is left of a body and throws it away, so that its sender gets to read the answer. Resolves when that was
 * all, or more than anybody needs to send.
 */
export async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed || givenUp.has(request) || isNotWorthReading(request)) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    request.on('data', ({ length }: Buffer) => {
      bytes += length;
      if (bytes > DISCARDED_BYTES_MAX) resolve();
    });
    request.on('end', resolve).on('close', resolve);
  });
}

/** By its own word. */
function isNotWorthReading({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > DISCARDED_BYTES_MAX;
}

/** What is held of one body while it is read. */
class HeldBody {
  readonly #room: ReadingRoom;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(room: ReadingRoom) {
    this.#room = room;
  }

  /** Answers whether there was room. */
  add(chunk: Buffer): boolean {
    if (!this.#room.take(chunk.length)) return false;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    return true;
  }

  /** Hands over all of it, and holds nothing any more. */
  whole(): Buffer {
    const [first, ...others] = this.#chunks;
    const whole = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.drop();
    return whole;
  }

  drop(): void {
    this.#room.give(this.#bytes);
    this.#chunks = [];
    this.#bytes = 0;
  }
}

function tooLarge({ code, bytesMax }: BodyLimit): SluiceError {
  return new SluiceError(code, { bytesMax });
}

function isGzip(header: string | undefined): boolean {
  const encoding = (header ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new SluiceError('unsupported_encoding', { encoding });
}

const gunzipped = promisify(gunzip);

async function inflated(compressed: Buffer, limit: BodyLimit): Promise<Buffer> {
  try {
    return await gunzipped(compressed, { maxOutputLength: limit.bytesMax });
  } catch (error) {
    const isOver = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isOver ? tooLarge(limit) : new SluiceError('malformed_gzip', {}, error);
  }
}

/** @throws SluiceError `malformed_json` */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new SluiceError('malformed_json');
  const hasMark = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  try {
    return JSON.parse(bytes.toString('utf8', hasMark ? 3 : 0));
  } catch (error) {
    throw new SluiceError('malformed_json', {}, error);
  }
}
