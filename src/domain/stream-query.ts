import type { AttemptRecord, Outcome } from './attempt.ts';
import { type EventQuery, isMatch } from './event-query.ts';
import type { EventType, NewEvent, Position } from './event.ts';

export const STREAM_KINDS = ['event', 'attempt', 'refused'] as const;
/** What the live stream tells of: events that were accepted, attempts to deliver them, and calls that were refused. */
export type StreamKind = (typeof STREAM_KINDS)[number];

export const GAP_REASONS = ['too_fast', 'not_read', 'restarted', 'too_old'] as const;
/** Why a reader of the live stream is not told something. */
export type GapReason = (typeof GAP_REASONS)[number];

/** What somebody wants to see live: these kinds, and of them what is as given in all that is given. */
export interface StreamQuery {
  readonly kinds: readonly StreamKind[];
  /**
   * What an event is; of an attempt, one of its events. Of a refused call source, type and message id are known, and
   * its source is '' where no source has the write key.
   */
  readonly of: Omit<EventQuery, 'fromMs' | 'toMs'>;
  /** This event, or attempts that carry it. */
  readonly event?: Position;
  /** Id of an attempt's destination. */
  readonly destination?: string;
  /** URL of an attempt's endpoint. */
  readonly endpoint?: string;
  readonly outcome?: Outcome;
}

/** What can be asked of each kind. A kind of which something given cannot be asked has nothing that is so. */
const ASKED_OF: Readonly<Record<StreamKind, ReadonlySet<string>>> = {
  event: new Set(['source', 'type', 'name', 'user', 'messageId', 'event']),
  attempt: new Set([
    ...['source', 'type', 'name', 'user', 'messageId', 'event'],
    ...['destination', 'endpoint', 'outcome'],
  ]),
  refused: new Set(['source', 'type', 'messageId']),
};

/** The kinds of which all of this can be asked. */
export function kindsWith(asked: readonly string[]): readonly StreamKind[] {
  return STREAM_KINDS.filter((kind) => asked.every((name) => ASKED_OF[kind].has(name)));
}

/** Whether the event is what is asked, whatever is asked of it: that it was accepted, or that it is attempted. */
export function isEventOf(event: NewEvent, position: Position, query: StreamQuery): boolean {
  return (query.event === undefined || query.event === position) && isMatch(event, query.of);
}

/** An attempt, and where it went. */
export interface AttemptSeen {
  readonly destination: string;
  readonly attempt: Pick<AttemptRecord, 'endpoint' | 'outcome'>;
}

/** Whether the attempt is what is asked, whatever its events are. */
export function isAttemptOf({ destination, attempt }: AttemptSeen, query: StreamQuery): boolean {
  return (
    (query.destination === undefined || query.destination === destination) &&
    (query.outcome === undefined || query.outcome === attempt.outcome) &&
    (query.endpoint === undefined || query.endpoint === attempt.endpoint)
  );
}

/** What is known of a refused call. */
export interface RefusedSeen {
  readonly source: string | null;
  readonly type: EventType | null;
  readonly messageId: string | null;
}

export function isRefusalOf({ source, type, messageId }: RefusedSeen, { of }: StreamQuery): boolean {
  return (
    (of.source === undefined || of.source === (source ?? '')) &&
    (of.type === undefined || of.type === type) &&
    (of.messageId === undefined || of.messageId === messageId)
  );
}

/** The same text for queries that want the same. */
export function streamQueryKey({ kinds, of, ...rest }: StreamQuery): string {
  const given = Object.entries({ ...of, ...rest }).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([STREAM_KINDS.filter((kind) => kinds.includes(kind)), given]);
}
