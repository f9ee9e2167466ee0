import { createReadStream, type ReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandFailure } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';

const CHUNK_BYTES = 256 * 1024;

/** A file that is read from its beginning, once. */
export interface OpenFile {
  /** What is in it, unpacked. */
  readonly chunks: AsyncIterable<Buffer>;
  /** How much of the file was read, packed as it may be. */
  readonly readBytes: () => number;
  /** Null for what has no size, such as a pipe. */
  readonly bytes: number | null;
  readonly close: () => void;
}

/** @throws CommandFailure when it is not there, or no file */
export function checkReadable(file: string): void {
  if (file === '-') return;
  try {
    if (!statSync(file).isDirectory()) return;
  } catch (error) {
    throw unreadable(file, error);
  }
  throw new CommandFailure('usage', `${printable(file, 200)} is a folder; name the files in it`);
}

/** Opens a file, stdin for `-`. Whether it is gzip, its first bytes tell, and not its name. */
export function openFile(file: string): OpenFile {
  const stream =
    file === '-' ? (process.stdin as unknown as ReadStream) : createReadStream(file, { highWaterMark: CHUNK_BYTES });
  let read = 0;
  const counted = async function* (): AsyncGenerator<Buffer, void> {
    try {
      for await (const chunk of stream) {
        read += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    } catch (error) {
      throw unreadable(file, error);
    }
  };
  const stat = file === '-' ? null : statSync(file);
  return {
    chunks: unpacked(counted(), file),
    readBytes: () => read,
    bytes: stat?.isFile() === true ? stat.size : null,
    close: () => {
      stream.destroy();
    },
  };
}

async function* unpacked(packed: AsyncGenerator<Buffer, void>, file: string): AsyncGenerator<Buffer, void> {
  const head = await headOf(packed);
  const whole = joined(head, packed);
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* withoutMark(whole);
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const source = Readable.from(whole, { objectMode: true });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    yield* withoutMark(gunzip as AsyncIterable<Buffer>);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure('failed', `${printable(file, 200)} is gzip and broken, or cut off: ${printable(reason)}`, [
      'with a whole copy in its place, the same command goes on where this ended',
    ]);
  }
}

/** As much as tells gzip from text. */
async function headOf(chunks: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* joined(head: Buffer, rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  if (head.length > 0) yield head;
  yield* rest;
}

/** Some programs begin a file with a byte order mark. */
async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let isFirst = true;
  for await (const chunk of chunks) {
    const hasMark = isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    isFirst = false;
    yield hasMark ? chunk.subarray(3) : chunk;
  }
}

function unreadable(file: string, error: unknown): CommandFailure {
  const reason = error instanceof Error ? error.message : String(error);
  return new CommandFailure('usage', `cannot read ${printable(file, 200)}: ${printable(reason, 200)}`);
}
