import type { AuditEntry, NewAuditEntry } from '../domain/audit.ts';

/**
 * Every change that an operator made, or had made: who, when, what, before and after.
 *
 * Every implementation promises, and `test/conformance/audit-trail.suite.ts` checks:
 *
 * 1. **Durable.** What resolved is there after a power cut.
 * 2. **Complete.** What is committed to the workspace has its entries here, by the same transaction, without anybody
 *    appending them: one for each source and destination that it touched.
 * 3. **Newest first, and pages are stable**: what is appended or forgotten meanwhile shifts nothing.
 * 4. **Bounded.** Beyond `max` entries the oldest are forgotten; numbers are never given twice.
 *
 * It takes what it is given: masking secrets, and leaving people out, is its callers' part.
 */
export interface AuditTrail {
  /** Notes what is about to be done (`Noted`). Rejects `disk_full`: nothing was written. */
  append(entry: NewAuditEntry): Promise<void>;
  /** Those before a number, of one subject, by one actor: all that is asked for. `max` at most. */
  list(ask: AuditAsk): Promise<readonly AuditEntry[]>;
  close(): Promise<void>;
}

export interface AuditAsk {
  readonly before?: number;
  readonly max: number;
  readonly subject?: string;
  readonly by?: string;
}
