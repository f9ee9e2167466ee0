import type { MessagePort } from 'node:worker_threads';
import type { DiskState } from '../../domain/disk.ts';
import type { NewEvent, Position } from '../../domain/event.ts';
import { EVENT_VALUES, eventAt, type EventValue, pushEvent } from '../../domain/event-values.ts';
import type { LostEvents } from './recovered-log.ts';
import type { LogNews, LogWriterLimits } from './log-writer.ts';

/** What the writer's thread is started with. */
export interface WriterThreadStart {
  readonly folder: string;
  readonly limits: LogWriterLimits;
  readonly nowMs: number;
  /** See `LogWriter`. */
  readonly reach: Position;
}

/** What the writer's thread is asked for. Each is answered once, in order. */
export type WriterAsk =
  | AppendAsk
  | { readonly kind: 'prune'; readonly before: Position; readonly nowMs: number }
  | { readonly kind: 'erase'; readonly positions: readonly Position[] }
  | { readonly kind: 'tail'; readonly port: MessagePort }
  | { readonly kind: 'look' }
  | { readonly kind: 'close' };

/** The one ask that is made thousands of times a second: when it is, then the values of each event (`pushEvent`). */
export type AppendAsk = readonly [nowMs: number, ...values: EventValue[]];

/** The first answer is to the start. An append that is all that happened is answered as an `AppendAnswer`. */
export interface WriterAnswer {
  /** Of an append: a position per event. */
  readonly positions: readonly Position[] | null;
  /** What it was refused with, packed by `errorCodec`; null if it was not. The log goes on. */
  readonly refusal: unknown;
  /** Null where nothing changed. */
  readonly news: LogNews | null;
  /** Null unless it was asked for, or has become full or has room again. */
  readonly disk: DiskState | null;
  /** How long the write and the sync of an append took; null where nothing was appended. */
  readonly commitMs: number | null;
  /** What was found missing at the start; null in all other answers. */
  readonly lost: readonly LostEvents[] | null;
}

/**
 * How long the write and the sync took, where the log ends now, and a position per event: flat as events are, which
 * makes 1.5 µs of 4.
 */
export type AppendAnswer = readonly [commitMs: number, end: Position, ...positions: Position[]];

export function packAppend(events: readonly NewEvent[], nowMs: number): AppendAsk {
  const ask: [number, ...EventValue[]] = [nowMs];
  for (const event of events) pushEvent(ask, event);
  return ask;
}

export function unpackAppend(ask: AppendAsk): { readonly events: NewEvent[]; readonly nowMs: number } {
  const events: NewEvent[] = [];
  for (let at = 1; at < ask.length; at += EVENT_VALUES) events.push(eventAt(ask, at));
  return { events, nowMs: ask[0] };
}

export function isAppend(ask: WriterAsk): ask is AppendAsk {
  return Array.isArray(ask);
}

export function isAppendAnswer(answer: WriterAnswer | AppendAnswer): answer is AppendAnswer {
  return Array.isArray(answer);
}
