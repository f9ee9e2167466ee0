import { randomBytes, randomInt } from 'node:crypto';
import type { DiskState } from '../../domain/disk.ts';
import type { NewEvent, Position } from '../../domain/event.ts';
import { DedupeWindow } from './dedupe-window.ts';
import { DiskReserve } from './disk-reserve.ts';
import { recoverLog } from './log-recovery.ts';
import { dedupeKeyOf, HASH_KEY_BYTES, makeKeyedHash } from './keyed-hash.ts';
import type { LostEvents, RecoveredLog } from './recovered-log.ts';
import { goOnFarAhead } from './restored-log.ts';
import type { SegmentFolder } from './segment-folder.ts';
import type { SegmentStamp } from './segment-reader.ts';
import { SegmentShelf } from './segment-shelf.ts';
import { SegmentWriter } from './segment-writer.ts';
import { isDiskFull } from './sqlite.ts';

const EPOCH_MAX = 2 ** 40;

export interface LogWriterLimits {
  /** A segment that reached this size takes no further commit. One commit may take it past. */
  readonly segmentBytesMax: number;
  readonly segmentMs: number;
  readonly dedupeMs: number;
  readonly dedupeKeysMax: number;
  /** Of free disk that no append may take. */
  readonly reserveBytes: number;
}

/** What readers need to know of a log: how far it is durable, and which segments it has. */
export interface LogNews {
  readonly epoch: number;
  /** The newest durable position. */
  readonly end: Position;
  /** First positions, rising. */
  readonly segments: readonly Position[];
}

/**
 * Writes the log, synchronously, in whichever thread it is opened in; there is one per log.
 *
 * Its time is that of the events: how long ago a message id was seen is counted to the latest event received, so the
 * window means the same after a restart, and a clock that is set back forgets nothing early.
 */
export class LogWriter {
  /** What was found missing when it was opened. */
  readonly lost: readonly LostEvents[];
  readonly #folder: SegmentFolder;
  readonly #limits: LogWriterLimits;
  readonly #shelf: SegmentShelf;
  readonly #window: DedupeWindow;
  readonly #reserve: DiskReserve;
  readonly #hash: (dedupeKey: string) => number;
  #stamp: SegmentStamp;
  #newest: SegmentWriter;
  #end: Position;
  #receivedAtMs: number;

  /**
   * @param reach the highest position that anybody is known to have met: where the log ends before, it has lost its
   *   end, and goes on far ahead, so that no other event gets one of these positions
   * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
   */
  constructor(folder: SegmentFolder, limits: LogWriterLimits, nowMs: number, reach: Position = 0) {
    this.#folder = folder;
    this.#limits = limits;
    this.#reserve = new DiskReserve(folder, limits.reserveBytes);
    this.#window = new DedupeWindow({ ms: limits.dedupeMs, keysMax: limits.dedupeKeysMax });
    const left = recoverLog(folder, this.#window, limits) ?? createLog(folder, nowMs);
    const missing = reach - left.end;
    const within = left.lost.filter(({ after }) => after < left.end);
    this.lost = missing > 0 ? [...within, { after: left.end, count: missing }] : left.lost;
    const goesAhead = missing > 0 || left.hasLostEnd || folder.isRestored();
    const { stamp, db, end, receivedAtMs } = goesAhead ? goOnFarAhead(folder, left, nowMs) : left;
    this.#stamp = stamp;
    this.#newest = new SegmentWriter(db);
    this.#end = end;
    this.#receivedAtMs = receivedAtMs;
    this.#hash = makeKeyedHash(stamp.hashKey);
    this.#shelf = new SegmentShelf(folder);
    this.#shelf.update(folder.firsts());
  }

  /** The newest durable position. */
  get end(): Position {
    return this.#end;
  }

  get news(): LogNews {
    return { epoch: this.#stamp.epoch, end: this.#end, segments: this.#shelf.firsts };
  }

  /** As of the last look. */
  get disk(): DiskState {
    return this.#reserve.state;
  }

  /** The newest segment's file. */
  get file(): string {
    return this.#folder.fileOf(this.#stamp.first);
  }

  /** About how much of its write-ahead log is not checkpointed. */
  get walBytes(): number {
    return this.#newest.walBytes;
  }

  /**
   * One commit: all of it or nothing. Answers per event its position, or 0 for a duplicate, of which the original is
   * durable by then. After a rejection nothing is known of these events, and the log goes on.
   *
   * @throws SluiceError `log_full`; any other error means that the log must not be written by this process any more
   */
  append(events: readonly NewEvent[], nowMs: number): Float64Array {
    const receivedAtMs = events.reduce((latest, event) => Math.max(latest, event.receivedAtMs), this.#receivedAtMs);
    this.#window.expire(receivedAtMs);
    const { fresh, hashes, positions } = this.#sift(events);
    if (fresh.length > 0) {
      const first = this.#end + 1;
      this.#reserve.admit(bytesOf(fresh) + this.#newest.walBytes);
      this.#roomFor(() => {
        if (this.#isOver(nowMs)) this.#roll(nowMs);
        this.#newest.write({ first, events: fresh, hashes, receivedAtMs });
      });
      this.#window.add(first, hashes, receivedAtMs);
      this.#end += fresh.length;
      this.#receivedAtMs = receivedAtMs;
    }
    return positions;
  }

  /**
   * Where the newest segment is to go as well, another is begun in its place, after the older ones have made room.
   *
   * @throws SluiceError `log_full`
   */
  prune(before: Position, nowMs: number): void {
    this.#removeBelow(before);
    if (before <= this.#end || this.#end < this.#stamp.first) return;
    this.#roomFor(() => {
      this.#roll(nowMs);
    });
    this.#removeBelow(before);
  }

  erase(positions: readonly Position[]): void {
    const bySegment = Map.groupBy(positions, (position) => this.#shelf.firstAt(position));
    this.#roomFor(() => {
      for (const [first, ofSegment] of bySegment) if (first !== null) this.#eraseFrom(first, ofSegment);
    });
  }

  checkpoint(): void {
    this.#newest.checkpoint();
  }

  /** Looks how much room there is, and whether that is enough again. */
  look(): void {
    this.#reserve.look();
  }

  close(): void {
    this.#newest.finish();
    this.#shelf.close();
    this.#folder.release(this.#newest.db);
    this.#folder.close();
  }

  /** Parts what is new from what was seen, in this write or before. */
  #sift(events: readonly NewEvent[]): { fresh: NewEvent[]; hashes: Float64Array; positions: Float64Array } {
    const fresh: NewEvent[] = [];
    const hashes = new Float64Array(events.length);
    const positions = new Float64Array(events.length);
    const seen = new Set<string>();
    events.forEach((event, index) => {
      const key = dedupeKeyOf(event.source, event.messageId);
      const hash = this.#hash(key);
      if (seen.has(key) || this.#isKnown(event, hash)) return;
      seen.add(key);
      hashes[fresh.length] = hash;
      fresh.push(event);
      positions[index] = this.#end + fresh.length;
    });
    return { fresh, hashes: hashes.subarray(0, fresh.length), positions };
  }

  /**
   * A hash that was seen is a reason to look: only the same source and message id make a duplicate. An event that was
   * erased or pruned has neither any more, so nothing is a duplicate of it.
   */
  #isKnown({ source, messageId }: NewEvent, hash: number): boolean {
    return this.#window.find(hash).some((position) => {
      const first = this.#shelf.firstAt(position);
      const sender = first === null ? null : this.#shelf.open(first)?.sender(position);
      return sender?.[0] === source && sender[1] === messageId;
    });
  }

  /** The age counts either way, so that a clock which was wrong for a while leaves no segment that never ends. */
  #isOver(nowMs: number): boolean {
    if (this.#end < this.#stamp.first) return false;
    const { segmentBytesMax, segmentMs } = this.#limits;
    return this.#newest.hasReached(segmentBytesMax) || Math.abs(nowMs - this.#stamp.createdAtMs) >= segmentMs;
  }

  #roll(nowMs: number): void {
    const stamp = { ...this.#stamp, first: this.#end + 1, createdAtMs: nowMs };
    const next = new SegmentWriter(this.#folder.create(stamp));
    this.#newest.finish();
    this.#folder.release(this.#newest.db);
    this.#newest = next;
    this.#stamp = stamp;
    this.#shelf.update([...this.#shelf.firsts, stamp.first]);
  }

  #removeBelow(before: Position): void {
    const { firsts } = this.#shelf;
    const kept = firsts.filter((_, index) => (firsts[index + 1] ?? Infinity) > before);
    if (kept.length === firsts.length) return;
    this.#shelf.update(kept);
    for (const first of firsts) if (first < (kept[0] as Position)) this.#folder.remove(first);
  }

  #eraseFrom(first: Position, positions: readonly Position[]): void {
    if (first === this.#stamp.first) {
      this.#newest.erase(positions);
      return;
    }
    const db = this.#folder.openForWriting(first);
    try {
      new SegmentWriter(db).erase(positions);
    } finally {
      this.#folder.release(db);
    }
  }

  #roomFor(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isDiskFull(error, this.file)) throw error;
      this.#reserve.foundNone();
      throw this.#reserve.refusal(error);
    }
    this.#reserve.wrote();
  }
}

/**
 * About what a commit takes: in the write-ahead log, and later, when that is copied, in the segment. What earlier
 * commits still owe to the segment is counted by the write-ahead log's size.
 */
function bytesOf(events: readonly NewEvent[]): number {
  return 2 * events.reduce((sum, { body }) => sum + body.length, 0);
}

function createLog(folder: SegmentFolder, nowMs: number): RecoveredLog {
  const stamp = { epoch: randomInt(1, EPOCH_MAX), hashKey: randomBytes(HASH_KEY_BYTES), first: 1, createdAtMs: nowMs };
  return { stamp, db: folder.create(stamp), end: 0, receivedAtMs: 0, lost: [], hasLostEnd: false };
}
