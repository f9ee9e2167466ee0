/** A place in one event log: a safe integer that rises in order of acceptance, with gaps. The first is 1. */
export type Position = number;

/** The calls that libraries send. */
export const CALL_TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type CallType = (typeof CALL_TYPES)[number];

/** `delete` is made by Sluice alone: it tells destinations that somebody is to be erased. */
export const EVENT_TYPES = [...CALL_TYPES, 'delete'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * A call once accepted and normalised. Nobody parses `body` again, so all that lanes match or order by stands
 * beside it. The columns are well-formed Unicode (lone surrogates replaced); the body keeps them escaped.
 */
export interface NewEvent {
  /** Id of the source that the write key belongs to. */
  readonly source: string;
  readonly type: EventType;
  readonly messageId: string;
  /** The `event` of a track call, the `name` of a page or screen. */
  readonly name: string | null;
  /** `userId`, else `anonymousId`: who the event is about, and whose order is kept. */
  readonly user: string | null;
  readonly receivedAtMs: number;
  /** The sender's `integrations` as JSON; null when none was sent or it is empty. */
  readonly integrations: string | null;
  /**
   * The JSON that is stored, signed and sent, byte for byte once encoded as UTF-8. A string, because it is made by
   * `JSON.stringify` and bound, hashed and written by native code that takes strings: as buffers the whole was slower.
   */
  readonly body: string;
}

/** An event with its place. Erased events have an empty body. */
export interface LoggedEvent extends NewEvent {
  readonly position: Position;
}

/** All events in (after, upTo]: a reader may move on to `upTo` even where `events` is empty. */
export interface Slice {
  readonly after: Position;
  readonly upTo: Position;
  readonly events: readonly LoggedEvent[];
}

const POSITION_DIGITS = 11; // 36^11 > 2^53

/**
 * Our id of an event, `evt_…`: log epoch and position in base 36, so that looking one up needs no index. Ids of one
 * log sort like their positions. Contains no dot (Standard Webhooks).
 */
export function eventIdOf(epoch: number, position: Position): string {
  return prefixOf(epoch) + position.toString(36).padStart(POSITION_DIGITS, '0');
}

/** That of the log whose ids were made last: a process has one log, and spelling its epoch is half of an id's cost. */
let latest = { epoch: 0, prefix: 'evt_0' };

function prefixOf(epoch: number): string {
  if (latest.epoch !== epoch) latest = { epoch, prefix: `evt_${epoch.toString(36)}` };
  return latest.prefix;
}

/** The position of an event id made by the log of this epoch; null for any other text. */
export function positionOf(epoch: number, eventId: string): Position | null {
  const prefix = prefixOf(epoch);
  const digits = eventId.slice(prefix.length);
  if (!eventId.startsWith(prefix) || digits.length !== POSITION_DIGITS || !/^[0-9a-z]+$/.test(digits)) return null;
  const position = parseInt(digits, 36);
  return Number.isSafeInteger(position) ? position : null;
}
