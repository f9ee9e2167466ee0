import type { Position } from './event.ts';

/** What an operator can name a person by. Whichever it is, the id is looked for in every field of `peopleOf`. */
export const PERSON_ID_FIELDS = ['userId', 'anonymousId'] as const;
export type PersonIdField = (typeof PERSON_ID_FIELDS)[number];

export interface ErasureRequest {
  readonly field: PersonIdField;
  readonly person: string;
  /** Take no more events of this person from now on. */
  readonly suppress: boolean;
  /** Tell destinations, once the events are erased, to delete what they have. */
  readonly notify: boolean;
}

/**
 * What became of a request to erase somebody. It does not say whom: the id is kept only until it is finished, and
 * afterwards a fingerprint, by which one can ask about a person whose id one knows.
 */
export interface Erasure {
  /** Rises, from 1. */
  readonly number: number;
  readonly field: PersonIdField;
  readonly suppress: boolean;
  readonly notify: boolean;
  readonly state: ErasureState;
  readonly atMs: number;
  readonly finishedAtMs: number | null;
  /** Events of this person that were found so far, and those of them that are gone. */
  readonly found: number;
  readonly erased: number;
  /** Samples of refused calls that were forgotten because they named this person. */
  readonly refused: number;
  /** Null: destinations are not to be told, or some of them wait. */
  readonly notified: Notified | null;
}

/** How many destinations were told to delete somebody, and how many will not be. */
export interface Notified {
  readonly delivered: number;
  readonly failed: number;
}

export const ERASURE_STATES = ['waiting', 'running', 'notifying', 'finished'] as const;
/** `notifying`: all is erased here, and destinations are being told. */
export type ErasureState = (typeof ERASURE_STATES)[number];

/** An erasure that is not finished. */
export interface OpenErasure extends Erasure {
  /** Null: all was erased, the id in the record included. */
  readonly person: string | null;
  /** Below which position it still has to look. Null: it has not begun. */
  readonly downTo: Position | null;
  /** What tells destinations; null: that has not begun, or is not asked for. */
  readonly notices: readonly Notice[] | null;
}

/** An event of type `delete` of one source, for the destinations that get that source's events. */
export interface Notice {
  readonly source: string;
  /** Random, so that no library can have sent it before: the log would then take the notice for a duplicate. */
  readonly messageId: string;
  /** Ids of the destinations that it was meant for when it was planned. */
  readonly destinations: readonly string[];
  /** Null: it is not known to be in the log. */
  readonly position: Position | null;
}

/** Our id of an erasure, `ers_…`. */
export function erasureIdOf(number: number): string {
  return `ers_${number.toString(36)}`;
}

/** Null for any other text. */
export function erasureNumberOf(id: string): number | null {
  const [, digits] = /^ers_([1-9a-z][0-9a-z]{0,9})$/.exec(id) ?? [];
  return digits === undefined ? null : parseInt(digits, 36);
}
