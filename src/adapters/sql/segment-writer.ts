import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { NewEvent, Position } from '../../domain/event.ts';
import type { SegmentStamp } from './segment-reader.ts';
import { emptyWriteAheadLog, inTransaction, isDiskFull, overwriteDeleted, pageBytesOf } from './sqlite.ts';

/**
 * Bytes of the file for one that a commit is counted as: three for a character in UTF-8, and as much again for the
 * columns, whose texts are in the body too; the rest for pages that are not filled.
 */
const GROWTH_MAX = 8;

/** How long the last checkpoint of a segment waits for those who read in it. */
const FINISH_WAIT_MS = 100;

/** What one commit writes: events at consecutive positions, and what is needed to know them again. */
export interface NewCommit {
  readonly first: Position;
  readonly events: readonly NewEvent[];
  readonly hashes: Float64Array;
  readonly receivedAtMs: number;
}

/** Makes an empty database of the segment schema one of this log's segments. */
export function stampSegment(db: DatabaseSync, { epoch, hashKey, first, createdAtMs }: SegmentStamp): void {
  db.prepare('insert into segment values (?, ?, ?, ?)').run(epoch, hashKey, first, createdAtMs);
}

/** Writes one segment through the one connection that may. */
export class SegmentWriter {
  readonly db: DatabaseSync;
  readonly #insertEvent: StatementSync;
  readonly #insertBatch: StatementSync;
  readonly #pageCount: StatementSync;
  /** What the write-ahead log holds a frame for, with 24 bytes of its own. */
  readonly #pageBytes: number;
  #walBytes = 0;
  /** As what a commit is counted as, for the write-ahead log. */
  #untilAsked = 0;

  constructor(db: DatabaseSync) {
    this.db = db;
    // Whoever commits would otherwise now and then have to copy a thousand pages while everybody waits.
    db.exec('pragma wal_autocheckpoint = 0');
    overwriteDeleted(db);
    this.#insertEvent = db.prepare('insert into event values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#insertBatch = db.prepare('insert into batch values (?, ?, ?)');
    this.#pageCount = db.prepare('pragma page_count');
    this.#pageCount.setReturnArrays(true);
    this.#pageBytes = pageBytesOf(db);
  }

  /**
   * Whether the segment is of this size with what is still in the write-ahead log. SQLite takes 3 µs to tell, so it is
   * asked again only after as much was written as could reach it.
   */
  hasReached(bytesMax: number): boolean {
    if (this.#untilAsked > 0) return false;
    const [pages] = this.#pageCount.get() as unknown as [number];
    const bytesLeft = bytesMax - pages * this.#pageBytes;
    this.#untilAsked = bytesLeft / GROWTH_MAX;
    return bytesLeft <= 0;
  }

  /** About how much the write-ahead log holds that was not checkpointed. */
  get walBytes(): number {
    return this.#walBytes;
  }

  /** All or nothing; on disk once it returns. */
  write({ first, events, hashes, receivedAtMs }: NewCommit): void {
    inTransaction(this.db, () => {
      events.forEach((event, index) => {
        this.#insert(first + index, event);
      });
      this.#insertBatch.run(first, receivedAtMs, new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength));
    });
    // Each table's newest page, and the events themselves. Their other columns weigh little beside the bodies.
    const bytes = events.reduce((sum, { body }) => sum + body.length, 2 * this.#pageBytes);
    this.#walBytes += bytes;
    this.#untilAsked -= bytes;
  }

  /**
   * Takes out of these events all that came from a sender, and returns once no file holds it any more: deleted
   * content is overwritten, and the write-ahead log, which still has it, is emptied.
   *
   * @throws SluiceError `file_pinned` while a backup reads in the segment: to be asked for again, with the same events
   */
  erase(positions: readonly Position[]): void {
    const erase = this.db.prepare(
      `update event set message_id = '', name = null, user = null, integrations = null, body = '' where position = ?`,
    );
    inTransaction(this.db, () => {
      for (const position of positions) erase.run(position);
    });
    emptyWriteAheadLog(this.db);
    this.#walBytes = 0;
  }

  /**
   * Copies what it can from the write-ahead log into the file. Once all is copied and nobody reads in it, the next
   * write begins it anew.
   */
  checkpoint(): void {
    this.#checkpointIfRoom('passive');
  }

  /** Empties the write-ahead log where it can, so that a segment which is written no more takes no room for it. */
  finish(): void {
    // A backup may read in it for seconds, and appends wait for this: rather keep that room until the next start.
    this.db.exec(`pragma busy_timeout = ${FINISH_WAIT_MS}`);
    this.#checkpointIfRoom('truncate');
  }

  /** A full disk leaves the write-ahead log as it is: it is sound, and read from. */
  #checkpointIfRoom(mode: 'passive' | 'truncate'): void {
    try {
      this.#walBytes = this.#checkpoint(mode).pagesLeft * this.#pageBytes;
    } catch (error) {
      if (!isDiskFull(error, this.db)) throw error;
    }
  }

  #insert(position: Position, event: NewEvent): void {
    this.#insertEvent.run(
      position,
      event.source,
      event.type,
      event.messageId,
      event.name,
      event.user,
      event.receivedAtMs,
      event.integrations,
      event.body,
    );
  }

  #checkpoint(mode: 'passive' | 'truncate'): { readonly pagesLeft: number } {
    const statement = this.db.prepare(`pragma wal_checkpoint(${mode})`);
    statement.setReturnArrays(true);
    const [, pages, copied] = statement.get() as unknown as [busy: number, pages: number, copied: number];
    return { pagesLeft: Math.max(pages - copied, 0) };
  }
}
