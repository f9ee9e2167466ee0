import type { EventType, NewEvent, Position } from '../domain/event.ts';
import type { RefusedSample } from '../ports/refusal-store.ts';
import type { LeftOutAttempts, WatchedAttempt } from './watched-attempts.ts';

interface Numbered {
  /** Rises over all that one process tells. */
  readonly number: number;
  /** As it is shown, once somebody wanted it. */
  text: string | null;
}

export interface StreamEvent extends Numbered {
  readonly kind: 'event';
  readonly event: NewEvent;
  readonly position: Position;
}

export interface StreamAttempt extends Numbered, WatchedAttempt {
  readonly kind: 'attempt';
}

export interface StreamRefusal extends Numbered {
  readonly kind: 'refused';
  readonly atMs: number;
  readonly source: string | null;
  readonly type: EventType | null;
  readonly messageId: string | null;
  /** Null: it is counted and not shown. */
  readonly sample: RefusedSample | null;
}

/** Attempts that were left out before they got here. */
export interface StreamLeftOut extends Numbered, LeftOutAttempts {
  readonly kind: 'left out';
}

/** What can be shown. */
export type StreamShown = StreamEvent | StreamAttempt | StreamRefusal;
export type StreamItem = StreamShown | StreamLeftOut;
