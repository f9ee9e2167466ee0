import type { DiskUse } from '../../domain/disk.ts';
import type { LoggedEvent, Position, Slice } from '../../domain/event.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { EventKeeper, EventReader, Extent, Tail } from '../../ports/event-log.ts';
import { horizonOf } from './log-horizon.ts';
import { LogUse } from './log-use.ts';
import type { LogNews } from './log-writer.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { Page } from './segment-reader.ts';
import { SegmentShelf } from './segment-shelf.ts';

/**
 * Positions looked at between two pauses for whatever else the thread does: at 0.3 µs for an event that is passed
 * over, 5 ms.
 */
const SPAN = 16_384;
/** A slice of the tail: at 1.3 µs an event, 1.3 ms. */
const SLICE = { eventsMax: 1_024, charsMax: 4 * 1024 * 1024 };

export interface LogReaderOptions {
  readonly folder: SegmentFolder;
  readonly ambient: Pick<Ambient, 'soon'>;
  readonly news: LogNews;
  /** Told when the tail cannot be read: the process should end. */
  readonly onFailure: (error: unknown) => void;
  readonly onClose?: () => void;
}

/**
 * Reads the log through connections of its own, in whichever thread it is made, and hears from the writer how far
 * the log is durable.
 *
 * SQLite shows a commit to other connections only once it is on disk: `walFrames` of https://sqlite.org/src/file/src/wal.c
 * syncs the write-ahead log before `walIndexWriteHdr` publishes the new end. Nothing is read beyond the writer's word
 * all the same, so that all readers of a thread agree where the log ends.
 */
export class LogReader implements EventReader {
  readonly epoch: number;
  readonly #folder: SegmentFolder;
  readonly #soon: (run: () => void) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #onClose: (() => void) | undefined;
  readonly #shelf: SegmentShelf;
  readonly #use: LogUse;
  readonly #followers = new Set<Follower>();
  #end: Position;
  #isPumping = false;

  constructor({ folder, ambient, news, onFailure, onClose }: LogReaderOptions) {
    this.epoch = news.epoch;
    this.#folder = folder;
    this.#soon = (run) => {
      ambient.soon(run);
    };
    this.#onFailure = onFailure;
    this.#onClose = onClose;
    this.#shelf = new SegmentShelf(folder);
    this.#shelf.update(news.segments);
    this.#use = new LogUse(this.#shelf, folder);
    this.#end = news.end;
  }

  /** Takes the writer's word. Followers hear of it soon, so that what comes meanwhile shares a slice. */
  announce({ end, segments }: LogNews): void {
    this.#shelf.update(segments);
    this.#end = end;
    this.#pumpSoon();
  }

  async follow(onSlice: (slice: Slice) => void, wanted?: () => ReadonlySet<string>): Promise<Tail> {
    const follower = { upTo: this.#end, onSlice, wanted };
    this.#followers.add(follower);
    return Promise.resolve({
      after: this.#end,
      stop: () => {
        this.#followers.delete(follower);
      },
    });
  }

  async read(ask: Parameters<EventReader['read']>[0]): Promise<Slice> {
    const { sources = null, after } = ask;
    const last = Math.max(Math.min(ask.upTo ?? this.#end, this.#end), after);
    const page = new Page(ask);
    let upTo = this.#look(page, after, last, sources);
    while (upTo < last && page.room > 0) {
      await this.#pause();
      upTo = this.#look(page, upTo, last, sources);
    }
    return { after, upTo, events: page.events };
  }

  async get(positions: readonly Position[]): Promise<ReadonlyMap<Position, LoggedEvent>> {
    const found = new Map<Position, LoggedEvent>();
    for (const position of positions) {
      const first = position > this.#end ? null : this.#shelf.firstAt(position);
      const event = first === null ? null : this.#shelf.open(first)?.event(position);
      if (event) found.set(position, event);
    }
    return Promise.resolve(found);
  }

  /** Halves the segments, since the latest time so far never falls, then looks into one. */
  async seek(atMs: number): Promise<Position> {
    const { firsts } = this.#shelf;
    let low = 0;
    let high = firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const segment = this.#shelf.open(firsts[middle] as Position);
      // Only the newest may be empty, and what comes in it will be later than all that is there.
      const isReached = segment !== null && (segment.latestAtMs() ?? Infinity) >= atMs;
      if (isReached) high = middle;
      else low = middle + 1;
    }
    const first = firsts[low];
    const position = first === undefined ? null : (this.#shelf.open(first)?.seek(atMs) ?? null);
    return Promise.resolve(Math.min(position ?? Infinity, this.#end + 1));
  }

  async count({ sources, after, upTo }: Parameters<EventReader['count']>[0]): Promise<number> {
    const last = Math.min(upTo, this.#end);
    let count = 0;
    let looked = after;
    while (looked < last) {
      const range = this.#nextRange(looked, last);
      if (range.first !== null) count += this.#shelf.open(range.first)?.count(sources, looked, range.upTo) ?? 0;
      looked = range.upTo;
      if (looked < last) await this.#pause();
    }
    return count;
  }

  async extent(): Promise<Extent> {
    const { firsts } = this.#shelf;
    const first = firsts[0] ?? 1;
    const oldestAtMs = this.#shelf.open(first)?.oldestAtMs() ?? null;
    return Promise.resolve({ first, end: this.#end, bytes: this.#folder.bytes(), oldestAtMs });
  }

  async use(): Promise<DiskUse> {
    return this.#use.look(async () => this.#pause());
  }

  async horizon(ask: Parameters<EventKeeper['horizon']>[0]): Promise<Position> {
    return Promise.resolve(horizonOf(this.#shelf, this.#folder, this.#end, ask));
  }

  async close(): Promise<void> {
    this.#followers.clear();
    this.#shelf.close();
    this.#onClose?.();
    return Promise.resolve();
  }

  /** Answers how far it looked: at most one span, and not beyond one segment. */
  #look(page: Page, after: Position, last: Position, sources: ReadonlySet<string> | null): Position {
    if (after >= last) return last;
    const { first, upTo } = this.#nextRange(after, last);
    const segment = first === null ? null : this.#shelf.open(first);
    return segment === null ? upTo : segment.fill(page, { after, upTo, sources });
  }

  /** What comes after this position within one segment; without a segment it is known to be empty. */
  #nextRange(after: Position, last: Position): { readonly first: Position | null; readonly upTo: Position } {
    const first = this.#shelf.firstAt(after + 1);
    if (first === null) return { first, upTo: Math.min(last, (this.#shelf.firsts[0] ?? Infinity) - 1) };
    const upTo = Math.min(last, this.#shelf.lastOf(first));
    return this.#isGap(first, after, upTo) ? { first: null, upTo } : { first, upTo: Math.min(upTo, after + SPAN) };
  }

  /** Whether the segment ends before: a log that was restored goes on so far ahead that it must not be walked. */
  #isGap(first: Position, after: Position, upTo: Position): boolean {
    return upTo - after > SPAN && (this.#shelf.open(first)?.last() ?? 0) <= after;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#soon(resolve);
    });
  }

  #pumpSoon(): void {
    if (this.#isPumping || this.#followers.size === 0) return;
    this.#isPumping = true;
    this.#soon(() => {
      this.#isPumping = false;
      try {
        this.#pump();
      } catch (error) {
        this.#onFailure(error);
      }
    });
  }

  /** One slice for each follower that is behind; the next ones after a pause. */
  #pump(): void {
    for (const follower of this.#followers) {
      const after = follower.upTo;
      if (after >= this.#end) continue;
      const page = new Page(SLICE);
      const sources = follower.wanted?.() ?? null;
      follower.upTo = sources?.size === 0 ? this.#end : this.#look(page, after, this.#end, sources);
      follower.onSlice({ after, upTo: follower.upTo, events: page.events });
      if (follower.upTo < this.#end) this.#pumpSoon();
    }
  }
}

interface Follower {
  upTo: Position;
  readonly onSlice: (slice: Slice) => void;
  readonly wanted: (() => ReadonlySet<string>) | undefined;
}
