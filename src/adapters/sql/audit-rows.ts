import type { DatabaseSync } from 'node:sqlite';
import type { NewAuditEntry } from '../../domain/audit.ts';

/** A row of the audit trail that is about to be written: `before` and `after` are JSON already. */
export interface NewAuditRow extends Omit<NewAuditEntry, 'before' | 'after'> {
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * How rows get into the audit trail, and the oldest out of it beyond `max`. To be called within a transaction: that of
 * the change, where it is in the same file.
 */
export function makeAuditWriter(db: DatabaseSync, max: number): (row: NewAuditRow) => void {
  const insert = db.prepare(`
    insert into audit (at, by, action, subject, before, after, version)
    values (:atMs, :by, :action, :subject, :before, :after, :version)`);
  // Numbers have no gaps: only the oldest ever go.
  const trim = db.prepare('delete from audit where number <= ?');
  return (row) => {
    const { lastInsertRowid } = insert.run({ ...row });
    trim.run(Number(lastInsertRowid) - max);
  };
}
