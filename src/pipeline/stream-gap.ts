import type { Position } from '../domain/event.ts';
import type { GapReason } from '../domain/stream-query.ts';
import type { StreamItem } from './stream-item.ts';

/** What a reader of the live stream is not shown, counted: no entry of a kind is none. */
export interface GapCounts {
  readonly event: number;
  readonly attempt: number;
  readonly refused: number;
}

/** Where a reader has to ask for the past instead. */
export interface GapReport {
  /**
   * `too_fast`: more came than a reader is shown; `not_read`: the reader did not take what it was sent; `restarted`: it
   * comes from another process; `too_old`: what it missed is not kept any more.
   */
  readonly reason: GapReason;
  /** Null where nobody knows. */
  readonly counts: GapCounts | null;
  /** Of the events that were left out, the first and the last. */
  readonly first: Position | null;
  readonly last: Position | null;
  /** When they, or the events of attempts, were received, or calls refused: at that time or later, and before that. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Adds up what is left out. */
export class Gap {
  #events = 0;
  #attempts = 0;
  #refused = 0;
  #first: Position | null = null;
  #last: Position | null = null;
  #fromMs = Infinity;
  #toMs = 0;

  get isEmpty(): boolean {
    return this.#events + this.#attempts + this.#refused === 0;
  }

  addEvent(position: Position, receivedAtMs: number): void {
    this.#events += 1;
    this.#first ??= position;
    this.#last = position;
    this.#cover(receivedAtMs, receivedAtMs);
  }

  /** All that another one counts. */
  addAll(other: Gap): void {
    this.#events += other.#events;
    this.#attempts += other.#attempts;
    this.#refused += other.#refused;
    this.#first = this.#first === null ? other.#first : Math.min(this.#first, other.#first ?? Infinity);
    if (other.#last !== null) this.#last = Math.max(this.#last ?? 0, other.#last);
    this.#cover(other.#fromMs, other.#toMs);
  }

  add(item: StreamItem): void {
    switch (item.kind) {
      case 'event':
        this.addEvent(item.position, item.event.receivedAtMs);
        return;
      case 'attempt':
        this.#attempts += 1;
        this.#cover(item.report.receivedAtMs, item.toMs);
        return;
      case 'left out':
        this.#attempts += item.count;
        this.#cover(item.fromMs, item.toMs);
        return;
      case 'refused':
        this.#refused += 1;
        this.#cover(item.atMs, item.atMs);
    }
  }

  report(reason: GapReason): GapReport {
    const [first, last] = [this.#first, this.#last];
    const counts = { event: this.#events, attempt: this.#attempts, refused: this.#refused };
    if (this.isEmpty) return { reason, counts, first, last, fromMs: null, toMs: null };
    return { reason, counts, first, last, fromMs: this.#fromMs, toMs: this.#toMs + 1 };
  }

  #cover(fromMs: number, toMs: number): void {
    if (fromMs < this.#fromMs) this.#fromMs = fromMs;
    if (toMs > this.#toMs) this.#toMs = toMs;
  }
}

/** How far what is told may lag behind when it was received: a wait for the disk, and for a tick. */
const LAG_MS = 10_000;

/** The gap of a reader that comes back to where nobody can tell what it missed. @param sinceMs when it was told last */
export function unknownGap(reason: 'restarted' | 'too_old', sinceMs: number | null, nowMs: number): GapReport {
  const fromMs = sinceMs === null ? null : Math.max(0, sinceMs - LAG_MS);
  return { reason, counts: null, first: null, last: null, fromMs, toMs: nowMs };
}
