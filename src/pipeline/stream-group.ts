import {
  streamCharsBurstMax,
  streamCharsPerSecondMax,
  streamEventsBurstMax,
  streamEventsPerSecondMax,
  streamStuckMs,
  streamWaitingBytesMax,
} from '../domain/limits.ts';
import type { StreamQuery } from '../domain/stream-query.ts';
import { Allowance } from '../lib/allowance.ts';
import type { Ambient } from '../ports/ambient.ts';
import { Gap, type GapReport } from './stream-gap.ts';
import { isItemWanted, type StreamItem, type StreamShown } from './stream-item.ts';
import { KeptMessages } from './stream-kept.ts';

/** Whoever reads the live stream. */
export interface StreamReader {
  /** Never waits: what was not taken yet is counted by `waitingBytes`. The same bytes go to many, and are not changed. */
  write(bytes: Uint8Array): void;
  readonly waitingBytes: number;
  /** Whether who opened it may still read. Asked once a minute. */
  isStillAllowed(): boolean;
  /** Ends it, without waiting for what was not taken. */
  end(): void;
}

/** How things are written. Each answers a whole message, which stands on its own. */
export interface StreamFrames {
  /** @param id where the reader is once it has this */
  item(item: StreamShown, id: string): string;
  gap(report: GapReport, id: string): string;
  /** The first message of all: that there is a stream. */
  opening(): string;
  /** Nothing but that there is a stream still, and where the reader is. */
  mark(id: string): string;
}

/** What groups have in common. */
export interface StreamContext {
  readonly frames: StreamFrames;
  readonly ambient: Pick<Ambient, 'nowMs' | 'elapsedMs'>;
  /** A number above all others. */
  readonly nextNumber: () => number;
  readonly idOf: (number: number) => string;
}

const ENCODER = new TextEncoder();

/**
 * A reader's place.
 *
 *     opening ──its attempts are watched──▶ behind ──told what it missed──▶ live ──does not take it──▶ stuck
 *                                                                            ▲                          │ └─too long─▶ ended
 *                                                                            └────took it: told a gap───┘
 */
export class StreamSeat {
  readonly reader: StreamReader;
  readonly group: StreamGroup;
  state: 'opening' | 'behind' | 'live' | 'stuck' | 'ended' = 'opening';
  /** What it has not been told while it is stuck. */
  readonly #context: StreamContext;
  #missed = new Gap();
  #stuckAtMs = 0;
  #writtenAtMs: number;
  #allowedAtMs: number;

  constructor(reader: StreamReader, group: StreamGroup, context: StreamContext) {
    this.reader = reader;
    this.group = group;
    this.#context = context;
    this.#writtenAtMs = context.ambient.elapsedMs();
    this.#allowedAtMs = this.#writtenAtMs;
  }

  /** Null while it is not stuck. */
  get missed(): Gap | null {
    return this.state === 'stuck' ? this.#missed : null;
  }

  write(bytes: Uint8Array): void {
    this.#writtenAtMs = this.#context.ambient.elapsedMs();
    this.reader.write(bytes);
  }

  writeText(text: string): void {
    this.write(ENCODER.encode(text));
  }

  /** Looks whether the reader takes what it is sent. */
  look(): void {
    const { ambient, frames, idOf } = this.#context;
    const { waitingBytes } = this.reader;
    if (this.state === 'live' && waitingBytes > streamWaitingBytesMax) {
      this.state = 'stuck';
      this.#missed = new Gap();
      this.#stuckAtMs = ambient.elapsedMs();
    } else if (this.state === 'stuck' && waitingBytes <= streamWaitingBytesMax / 4) {
      this.state = 'live';
      if (!this.#missed.isEmpty) this.writeText(frames.gap(this.#missed.report('not_read'), idOf(this.group.told)));
    } else if (this.state === 'stuck' && ambient.elapsedMs() - this.#stuckAtMs > streamStuckMs) this.end();
  }

  /** Says that there is a stream when nothing else did for so long. */
  beat(everyMs: number): void {
    if (this.state !== 'live' || this.#context.ambient.elapsedMs() - this.#writtenAtMs < everyMs) return;
    this.writeText(this.#context.frames.mark(this.#context.idOf(this.group.told)));
  }

  /** Ends it when who opened it may not read any more, which is asked every so often. */
  check(everyMs: number): void {
    const nowMs = this.#context.ambient.elapsedMs();
    if (nowMs - this.#allowedAtMs < everyMs) return;
    this.#allowedAtMs = nowMs;
    if (!this.reader.isStillAllowed()) this.end();
  }

  end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.reader.end();
  }
}

/** Readers that want the same: what they are told is chosen, written and encoded once. */
export class StreamGroup {
  readonly key: number;
  readonly query: StreamQuery;
  readonly seats = new Set<StreamSeat>();
  readonly kept: KeptMessages;
  /** Attempts that it wants come here once this resolves. */
  ready: Promise<void> = Promise.resolve();
  /** Since when nobody reads; null while somebody does. */
  emptySinceMs: number | null = null;
  /** Up to which number everything was told, or told to be left out. */
  told: number;
  readonly #context: StreamContext;
  readonly #events: Allowance;
  readonly #chars: Allowance;

  constructor(key: number, query: StreamQuery, context: StreamContext) {
    this.key = key;
    this.query = query;
    this.#context = context;
    // A number of its own, since what came before is not known here, not even that it was nothing.
    this.told = context.nextNumber();
    this.kept = new KeptMessages(this.told);
    const nowMs = context.ambient.elapsedMs();
    this.#events = new Allowance({ perSecond: streamEventsPerSecondMax, most: streamEventsBurstMax }, nowMs);
    this.#chars = new Allowance({ perSecond: streamCharsPerSecondMax, most: streamCharsBurstMax }, nowMs);
  }

  /** Tells what of these is wanted, as far as readers are told so much. @param upTo the last one's number, or higher */
  tell(items: readonly StreamItem[], upTo: number): void {
    for (const seat of this.seats) seat.look();
    const stuck = [...this.seats].map(({ missed }) => missed).filter((missed) => missed !== null);
    const nowMs = this.#context.ambient.elapsedMs();
    const leftOut = new Gap();
    let text = '';
    for (const item of items) {
      if (!isItemWanted(item, this.key, this.query)) continue;
      for (const missed of stuck) missed.add(item);
      const shown = this.#shown(item, nowMs);
      if (shown === null) {
        leftOut.add(item);
        continue;
      }
      text += shown;
      this.kept.add(item.number, shown, nowMs);
    }
    this.told = upTo;
    if (!leftOut.isEmpty) text += this.#leftOut(leftOut, nowMs);
    if (text === '' || this.seats.size === 0) return;
    const bytes = ENCODER.encode(text);
    for (const seat of this.seats) if (seat.state === 'live') seat.write(bytes);
  }

  #shown(item: StreamItem, nowMs: number): string | null {
    if (item.kind === 'left out' || (item.kind === 'refused' && item.sample === null)) return null;
    if (item.kind === 'event' && !this.#events.isThere(nowMs)) return null;
    if (!this.#chars.isThere(nowMs)) return null;
    item.text ??= this.#context.frames.item(item, this.#context.idOf(item.number));
    if (item.kind === 'event') this.#events.spend(1);
    this.#chars.spend(item.text.length);
    return item.text;
  }

  #leftOut(leftOut: Gap, nowMs: number): string {
    const { nextNumber, frames, idOf } = this.#context;
    this.told = nextNumber();
    const text = frames.gap(leftOut.report('too_fast'), idOf(this.told));
    this.kept.add(this.told, text, nowMs);
    return text;
  }
}
