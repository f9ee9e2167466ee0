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

/** Makes the oldest that waits of a user due, unless one of theirs has its time: promise 6 of `DeliveryStore`. */
export const NEXT_OF_USER = `
  update parked set due_at = :nowMs where lane = :lane and position = (
    select position from parked where lane = :lane and user = :user and due_at is null order by position limit 1
  ) and not exists (select 1 from parked where lane = :lane and user = :user and due_at is not null)`;
