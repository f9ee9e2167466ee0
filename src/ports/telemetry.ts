import type { AttemptRecord } from '../domain/attempt.ts';
import type { EndpointStanding } from '../domain/endpoint-standing.ts';
import type { DeliveryKey } from '../domain/delivery-id.ts';
import type { CallType, EventType, LoggedEvent, NewEvent } from '../domain/event.ts';
import type { ReplayId } from '../domain/replay.ts';

/**
 * What the inside tells whoever watches: the log, the terminal of `sluice dev`, later metrics and the live stream.
 * Fire and forget: no method throws or waits, and nothing depends on who listens.
 */
export interface Telemetry {
  /** Events that are durable, in the log of this epoch. `positions` has 0 for a duplicate. */
  accepted(epoch: number, events: readonly NewEvent[], positions: Float64Array): void;
  /** A call that was answered and not accepted, or not answered with 200. */
  refused(refusal: Refusal): void;
  /** One exchange, or an attempt that was skipped; in the thread that made it, with the events that it carried. */
  attempted(report: AttemptReport, events?: readonly LoggedEvent[]): void;
  /** A delivery is dead: no further attempt will be made by itself. */
  died(destination: string, eventId: string, reason: string): void;
  /** That many events went past the retention of the log while this destination still waited for them. */
  expired(destination: string, count: number): void;
  /** The destination's filter kept an event away from it. Told for each one: whoever listens does no more than count. */
  filtered(destination: string): void;
  /** An endpoint is held or paused, or open again. */
  endpointChanged(report: EndpointReport): void;
  /** Something is wrong here that an operator should know; the program goes on. */
  trouble(what: string, details: Readonly<Record<string, unknown>>): void;
}

export interface Refusal {
  readonly atMs: number;
  /** Null when the write key is unknown or missing. */
  readonly source: string | null;
  /** A reason code of the protocol (section 3.2) or of the catalogue of errors. */
  readonly reason: string;
  readonly type: CallType | null;
  /** A sentence in plain words. */
  readonly message: string;
  /** How many calls it is about: all of a batch that was refused as a whole, else 1. */
  readonly count: number;
  readonly route: CallType | 'batch';
  /** As it was sent; null when none was found. To be masked wherever it is shown: it may be another system's secret. */
  readonly writeKey: string | null;
  /** What was refused, as parsed JSON; the body's first bytes where it could not be parsed; null where none were read. */
  readonly subject: unknown;
}

export interface EndpointReport extends EndpointStanding {
  readonly destination: string;
  /** The endpoint's URL. */
  readonly endpoint: string;
}

export interface AttemptReport {
  readonly destination: string;
  /** Of the delivery, or of each of a batch's. */
  readonly lane: DeliveryKey['lane'];
  /** Null for what is no replay. */
  readonly replay: ReplayId | null;
  /** Of the batch, where it carried several events. */
  readonly eventId: string;
  /** How many it carried: more than one in a batch. Type, name and time are the oldest's. */
  readonly events: number;
  readonly type: EventType;
  readonly name: string | null;
  readonly attempt: AttemptRecord;
  /** What an operator reads about a failure: a sentence, or null after a success. */
  readonly message: string | null;
  /** Its batch is tried again at once, in halves. */
  readonly isSplit: boolean;
  /** When the next attempt is due, or null when there is none. */
  readonly retryAtMs: number | null;
  /** What this attempt decided of its delivery; null when it decided nothing. */
  readonly decided: 'delivered' | 'dead' | null;
  /** When the event was received. */
  readonly receivedAtMs: number;
}
