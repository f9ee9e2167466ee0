import type { NewEvent, Position } from '../domain/event.ts';
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
import type { StreamEvent, StreamItem, StreamShown } from './stream-item.ts';
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

/** An event that goes to several groups. */
export interface ComingEvent {
  readonly event: NewEvent;
  readonly position: Position;
  /** The one item that it is for all of them. */
  item(): StreamEvent;
}

/** What groups have in common. */
export interface StreamContext {
  readonly frames: StreamFrames;
  readonly ambient: Pick<Ambient, 'nowMs' | 'elapsedMs'>;
  /** A number above all others. */
  readonly nextNumber: () => number;
  readonly idOf: (number: number) => string;
  /** A group has something to tell, once it is finished. */
  readonly onOpen: () => void;
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
  /** From its first item on until it is finished: */
  #isOpen = false;
  /** what those miss who take nothing; */
  #stuck: readonly Gap[] = [];
  /** what all of them miss; */
  #leftOut = new Gap();
  /** no more can be told of events; */
  #isSpent = false;
  /** what they are told, */
  #text = '';
  /** and when. */
  #nowMs = 0;

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

  /**
   * Tells this event, if readers are told so much. Answers whether none is told any more, by anybody, until it is
   * finished: then events may be counted elsewhere, and left out by `leaveOut`.
   *
   * @param coming the same for all that want it, so that it is made an item by the first who tells it
   */
  takeEvent(coming: ComingEvent): boolean {
    if (!this.#isOpen) this.#open();
    const { position, event } = coming;
    for (const missed of this.#stuck) missed.addEvent(position, event.receivedAtMs);
    if (!this.#isSpent) {
      this.#show(coming.item());
      return false;
    }
    this.#leftOut.addEvent(position, event.receivedAtMs);
    return this.#stuck.length === 0;
  }

  leaveOut(counted: Gap): void {
    this.#leftOut.addAll(counted);
  }

  /** The same for anything. What is handed here is what the query wants. */
  take(item: StreamItem): void {
    if (!this.#isOpen) this.#open();
    for (const missed of this.#stuck) missed.add(item);
    this.#show(item);
  }

  /** Has readers told what was taken. @param upTo the last number that there is */
  finish(upTo: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.told = upTo;
    if (!this.#leftOut.isEmpty) this.#tellLeftOut();
    const text = this.#text;
    this.#text = '';
    if (text === '' || this.seats.size === 0) return;
    const bytes = ENCODER.encode(text);
    for (const seat of this.seats) if (seat.state === 'live') seat.write(bytes);
  }

  #open(): void {
    this.#isOpen = true;
    for (const seat of this.seats) seat.look();
    this.#stuck = [...this.seats].map(({ missed }) => missed).filter((missed) => missed !== null);
    this.#leftOut = new Gap();
    this.#nowMs = this.#context.ambient.elapsedMs();
    this.#isSpent = !this.#mayShow();
    this.#context.onOpen();
  }

  #show(item: StreamItem): void {
    const text = this.#shown(item);
    if (text === null) {
      this.#leftOut.add(item);
      return;
    }
    this.#text += text;
    this.kept.add(item.number, text, this.#nowMs);
    this.#chars.spend(text.length);
    if (item.kind === 'event') this.#events.spend(1);
    this.#isSpent = !this.#mayShow();
  }

  #shown(item: StreamItem): string | null {
    if (item.kind === 'left out' || (item.kind === 'refused' && item.sample === null)) return null;
    if (item.kind === 'event' ? this.#isSpent : !this.#chars.isThere(this.#nowMs)) return null;
    return (item.text ??= this.#context.frames.item(item, this.#context.idOf(item.number)));
  }

  /** Of events. */
  #mayShow(): boolean {
    return this.#events.isThere(this.#nowMs) && this.#chars.isThere(this.#nowMs);
  }

  #tellLeftOut(): void {
    const { nextNumber, frames, idOf } = this.#context;
    this.told = nextNumber();
    const text = frames.gap(this.#leftOut.report('too_fast'), idOf(this.told));
    this.#text += text;
    this.kept.add(this.told, text, this.#nowMs);
  }
}
