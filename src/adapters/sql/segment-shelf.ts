import type { Position } from '../../domain/event.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { SegmentReader } from './segment-reader.ts';

/** Segments that one thread keeps open: each costs up to three file descriptors and a cache. */
const OPEN_MAX = 16;
/** Segments are mostly read from one end to the other, for which a cache is of no use: a quarter of SQLite's usual. */
const CACHE_KIB = 512;

/** The segments of a log for one thread that reads: opened when they are read, closed when others need the place. */
export class SegmentShelf {
  readonly #folder: SegmentFolder;
  #firsts: readonly Position[] = [];
  /** The longest unused comes first. */
  readonly #open = new Map<Position, SegmentReader>();

  constructor(folder: SegmentFolder) {
    this.#folder = folder;
  }

  /** The first positions of the segments, rising. */
  get firsts(): readonly Position[] {
    return this.#firsts;
  }

  /** Takes over what segments there are now; those that were pruned are closed. */
  update(firsts: readonly Position[]): void {
    // They only ever go at the front and come at the end.
    const isSame = firsts.length === this.#firsts.length && firsts.at(-1) === this.#firsts.at(-1);
    if (isSame) return;
    this.#firsts = firsts;
    const kept = new Set(firsts);
    for (const first of [...this.#open.keys()]) if (!kept.has(first)) this.#close(first);
  }

  /** Which segment a position is in; null below the oldest. */
  firstAt(position: Position): Position | null {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] as Position) <= position) low = middle + 1;
      else high = middle;
    }
    return this.#firsts[low - 1] ?? null;
  }

  /** The last position that can be in the segment which begins there: the newest is open-ended. */
  lastOf(first: Position): Position {
    const next = this.#firsts[this.#firsts.indexOf(first) + 1];
    return next === undefined ? Infinity : next - 1;
  }

  /** Null when it was pruned and the news of it is still on its way. */
  open(first: Position): SegmentReader | null {
    const known = this.#open.get(first);
    if (known !== undefined) {
      this.#open.delete(first);
      this.#open.set(first, known);
      return known;
    }
    const db = this.#folder.openForReading(first);
    if (db === null) return null;
    db.exec(`pragma cache_size = -${CACHE_KIB}`);
    const opened = new SegmentReader(db, this.#folder.fileOf(first));
    this.#open.set(first, opened);
    const [oldest] = this.#open.keys();
    if (this.#open.size > OPEN_MAX && oldest !== undefined) this.#close(oldest);
    return opened;
  }

  close(): void {
    for (const first of [...this.#open.keys()]) this.#close(first);
  }

  #close(first: Position): void {
    const segment = this.#open.get(first);
    if (segment !== undefined) this.#folder.release(segment.db);
    this.#open.delete(first);
  }
}
