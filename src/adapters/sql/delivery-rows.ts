import type { Outcome } from '../../domain/attempt.ts';
import type { Parked } from '../../domain/delivery.ts';

/** How an outcome is written in an attempt's row: these numbers are on disk and never change. */
export const OUTCOME_CODES = { succeeded: 0, failed: 1, rejected: 2, skipped: 3 } as const satisfies Record<
  Outcome,
  number
>;

/** A row of the table `parked`. */
export interface ParkedRow {
  readonly position: number;
  readonly attempts: number;
  readonly user: string | null;
  readonly batch: string | null;
  readonly due_at: number | null;
  readonly suspicion: number;
}

export function parkedOf(row: ParkedRow): Parked {
  const { position, attempts, user, batch, due_at: dueAtMs, suspicion } = row;
  return { position, attempts, user, batch, dueAtMs, suspicion };
}
