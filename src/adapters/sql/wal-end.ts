import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/** https://sqlite.org/fileformat2.html#the_write_ahead_log */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** With a checksum of little-endian words; the last bit set means big-endian ones. */
const MAGIC = 0x377f0682;

/**
 * Whether the write-ahead log of a database has lost commits that had been synced.
 *
 * SQLite reads one up to the first frame whose checksum is wrong, since that is where a commit was cut short by a power
 * cut; garbage in the middle looks the same to it, and what follows is forgotten without a word. But a commit is only
 * begun when the one before is synced: so where frames of this log follow on the end of a commit that SQLite did not
 * take, that commit was whole once. It may also have been rejected by a full disk, which is rare and told for nothing.
 *
 * The last commit can be lost without a trace. It costs a read of 24 bytes for each frame that SQLite did not take.
 *
 * @param db a connection that nobody has written through yet
 */
export function hasLostCommits(db: DatabaseSync, file: string): boolean {
  const wal = `${file}-wal`;
  const bytes = statSync(wal, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes <= HEADER_BYTES) return false;
  const statement = db.prepare('pragma wal_checkpoint(noop)');
  statement.setReturnArrays(true);
  const [, taken] = statement.get() as unknown as [busy: number, frames: number, copied: number];
  const descriptor = openSync(wal, 'r');
  try {
    const header = readAt(descriptor, 0, HEADER_BYTES);
    // The header is synced before any frame is written.
    return !isSound(header) || hasCommitBehind(descriptor, header, Math.max(taken, 0), bytes);
  } finally {
    closeSync(descriptor);
  }
}

function hasCommitBehind(descriptor: number, header: Buffer, taken: number, bytes: number): boolean {
  const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  const salt = header.subarray(16, 24);
  let hasEnded = false;
  for (let at = HEADER_BYTES + taken * frameBytes; at + frameBytes <= bytes; at += frameBytes) {
    const frame = readAt(descriptor, at, FRAME_HEADER_BYTES);
    // Of an earlier use of the file, all of which was copied.
    if (!frame.subarray(8, 16).equals(salt)) continue;
    if (hasEnded) return true;
    hasEnded = frame.readUInt32BE(4) !== 0;
  }
  return false;
}

/** Zeros stand for a header that was never synced, and so for a log in which nothing was committed. */
function isSound(header: Buffer): boolean {
  if (header.every((byte) => byte === 0)) return true;
  const magic = header.readUInt32BE(0);
  if ((magic & ~1) !== MAGIC) return false;
  const word = (at: number): number => ((magic & 1) === 1 ? header.readUInt32BE(at) : header.readUInt32LE(at));
  let [first, second] = [0, 0];
  for (let at = 0; at < 24; at += 8) {
    first = (first + word(at) + second) >>> 0;
    second = (second + word(at + 4) + first) >>> 0;
  }
  return first === header.readUInt32BE(24) && second === header.readUInt32BE(28);
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  readSync(descriptor, buffer, 0, length, position);
  return buffer;
}
