import type { DatabaseSync } from 'node:sqlite';
import type { DayBytes } from '../../domain/disk.ts';
import { beforeBySize, type MinuteBytes } from '../../domain/retention.ts';

/**
 * What a row takes in the delivery store's file with its share of pages and indexes, measured over 400,000 attempts of
 * 20 lanes, of `ended`, `owed` and `error` over as many minutes. A detail takes the length of its exchange besides. The migration that made
 * the table has the same numbers.
 */
export const ROW_BYTES = { attempt: 30, detail: 42, finished: 55, count: 50, ended: 20, owed: 40, error: 40 } as const;

const MINUTE_MS = 60_000;

/**
 * Adds up what the history of each minute takes, as it is written: one statement for each minute of a settlement. What
 * is pruned is not taken off row by row: its minutes go as a whole, with what cannot be pruned yet, so that deliveries
 * which wait for days crowd out no history.
 */
export class HistoryBytes {
  readonly #add: ReturnType<DatabaseSync['prepare']>;
  readonly #bytesByMinute = new Map<number, number>();
  /** Counts that have their row, of the newest minute: adding to one takes nothing. */
  #counts = { minute: 0, keys: new Set<string>() };

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      'insert into history_minute values (?, ?) on conflict do update set bytes = bytes + excluded.bytes',
    );
  }

  /** Rows that were written, of something that was at this time. */
  add(atMs: number, bytes: number): void {
    if (bytes > 0) this.#addTo(Math.floor(atMs / MINUTE_MS), bytes);
  }

  /** A count was added to, whose row takes so much and may have been there. */
  addCount(minute: number, key: string, bytes: number): void {
    if (minute > this.#counts.minute) this.#counts = { minute, keys: new Set() };
    if (minute === this.#counts.minute && this.#counts.keys.has(key)) return;
    if (minute === this.#counts.minute) this.#counts.keys.add(key);
    this.#addTo(minute, bytes);
  }

  /** Inside the transaction that wrote the rows. */
  write(): void {
    for (const [minute, bytes] of this.#bytesByMinute) this.#add.run(minute, bytes);
    this.#bytesByMinute.clear();
  }

  /** Nothing of it was written. */
  rolledBack(): void {
    this.#bytesByMinute.clear();
    this.#counts = { minute: 0, keys: new Set() };
  }

  #addTo(minute: number, bytes: number): void {
    this.#bytesByMinute.set(minute, (this.#bytesByMinute.get(minute) ?? 0) + bytes);
  }
}

/**
 * See `beforeBySize`: before which time a history goes that may take so much. It costs 4 ms for thirty days, which have
 * 43,200 minutes.
 */
export function historyBeforeBySize(db: DatabaseSync, bytesMax: number): number {
  const { sum } = db.prepare('select coalesce(sum(bytes), 0) as sum from history_minute').get() as { sum: number };
  const oldest = db.prepare('select minute, bytes from history_minute order by minute').iterate();
  return beforeBySize(oldest as unknown as Iterable<MinuteBytes>, sum - bytesMax);
}

/** What the history of each day takes, oldest first. */
export function historyDays(db: DatabaseSync): readonly DayBytes[] {
  const rows = db.prepare('select minute / 1440 as day, sum(bytes) as bytes from history_minute group by 1 order by 1');
  return rows.all().map((row) => ({ ...row })) as unknown as readonly DayBytes[];
}
