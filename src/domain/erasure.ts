import type { Position } from './event.ts';

/** What an operator can name a person by. Whichever it is, the id is looked for in every field of `peopleOf`. */
export const PERSON_ID_FIELDS = ['userId', 'anonymousId'] as const;
export type PersonIdField = (typeof PERSON_ID_FIELDS)[number];

export interface ErasureRequest {
  readonly field: PersonIdField;
  readonly person: string;
  /** Take no more events of this person from now on. */
  readonly suppress: boolean;
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
  readonly state: ErasureState;
  readonly atMs: number;
  readonly finishedAtMs: number | null;
  /** Events of this person that were found so far, and those of them that are gone. */
  readonly found: number;
  readonly erased: number;
  /** Samples of refused calls that were forgotten because they named this person. */
  readonly refused: number;
}

export type ErasureState = 'waiting' | 'running' | 'finished';

/** An erasure that is not finished. */
export interface OpenErasure extends Erasure {
  /** Null: all was erased, the id in the record included. */
  readonly person: string | null;
  /** Below which position it still has to look. Null: it has not begun. */
  readonly downTo: Position | null;
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
