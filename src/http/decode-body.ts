import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SluiceError } from '../domain/errors.ts';

/** How much a body may hold, and what its sender is told when it holds more. */
export interface BodyLimit {
  readonly bytesMax: number;
  readonly code: 'call_too_large' | 'batch_too_large' | 'bin_request_too_large';
}

/** What gzip adds at most to what does not compress: 18 bytes, 5 for each 16 KiB, and to spare for a file name. */
const GZIP_BYTES_MAX = 1_024;

/**
 * How much of an oversize body is read and thrown away before it is answered: a sender that is still sending when the
 * connection closes sees a reset in place of the answer, and sends it all again.
 */
const DISCARDED_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Reads a request's JSON body: whatever its `Content-Type` says, decompressed, without a byte order mark.
 *
 * The limit holds for the decompressed bytes, while they are made. Bytes that are not UTF-8 are refused and not
 * repaired: an event is delivered as it was sent, or not at all.
 *
 * @throws SluiceError `malformed_json`, `malformed_gzip`, `unsupported_encoding`, `request_aborted`, the limit's
 */
export async function readJson(request: IncomingMessage, limit: BodyLimit): Promise<{ value: unknown; bytes: number }> {
  const isCompressed = isGzip(request.headers['content-encoding']);
  const sent = await readBytes(request, limit, isCompressed ? GZIP_BYTES_MAX : 0);
  const bytes = isCompressed ? await inflated(sent, limit) : sent;
  return { value: parseJson(bytes), bytes: bytes.length };
}

/**
 * Reads a request's body as it was sent.
 *
 * @param spareBytes by which the body may be over the limit
 * @throws SluiceError `request_aborted`, the limit's
 */
export async function readBytes(request: IncomingMessage, limit: BodyLimit, spareBytes = 0): Promise<Buffer> {
  const bytesMax = limit.bytesMax + spareBytes;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > DISCARDED_BYTES_MAX) throw tooLarge(limit);
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else chunks = [];
      if (bytes > DISCARDED_BYTES_MAX) reject(tooLarge(limit));
    });
    request.on('end', () => {
      if (bytes > bytesMax) reject(tooLarge(limit));
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes));
    });
    // It follows every end; one that came before the end has cut the body off.
    request.on('close', () => {
      if (!request.complete) reject(new SluiceError('request_aborted'));
    });
  });
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

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new SluiceError('malformed_json');
  const hasMark = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  try {
    return JSON.parse(bytes.toString('utf8', hasMark ? 3 : 0));
  } catch (error) {
    throw new SluiceError('malformed_json', {}, error);
  }
}
