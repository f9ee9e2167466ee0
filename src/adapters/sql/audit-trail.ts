import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry, NewAuditEntry } from '../../domain/audit.ts';
import { auditEntriesMax } from '../../domain/limits.ts';
import type { JsonObject } from '../../lib/json-object.ts';
import type { AuditAsk, AuditTrail } from '../../ports/audit-trail.ts';
import { makeAuditWriter } from './audit-rows.ts';
import { explained, inTransaction, openSqlite } from './sqlite.ts';

export interface AuditTrailOptions {
  /** That of the workspace, which writes its own entries here. */
  readonly file: string;
  readonly max?: number;
}

/**
 * Opens the audit trail in the file of the workspace, by a connection of its own.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function openSqliteAuditTrail({ file, max = auditEntriesMax }: AuditTrailOptions): AuditTrail {
  return new SqliteAuditTrail(openSqlite(file, { synchronous: 'full', kind: 'workspace' }), file, max);
}

class SqliteAuditTrail implements AuditTrail {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #write: ReturnType<typeof makeAuditWriter>;
  readonly #list: ReturnType<typeof prepareLists>;

  constructor(db: DatabaseSync, file: string, max: number) {
    this.#db = db;
    this.#file = file;
    this.#write = makeAuditWriter(db, max);
    this.#list = prepareLists(db);
  }

  async append({ before, after, ...entry }: NewAuditEntry): Promise<void> {
    const row = { ...entry, before: textOf(before), after: textOf(after) };
    explained(this.#file, () => {
      inTransaction(this.#db, () => {
        this.#write(row);
      });
    });
    return Promise.resolve();
  }

  async list({ before = Number.MAX_SAFE_INTEGER, max, subject, by }: AuditAsk): Promise<readonly AuditEntry[]> {
    const rows = explained(this.#file, () => {
      if (subject !== undefined) return this.#list.ofSubject.all(subject, by ?? null, before, max);
      return by !== undefined ? this.#list.ofActor.all(by, before, max) : this.#list.all.all(before, max);
    });
    return Promise.resolve((rows as unknown as readonly AuditRow[]).map(entryOf));
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
    return Promise.resolve();
  }
}

interface AuditRow {
  readonly number: number;
  readonly at: number;
  readonly by: string;
  readonly action: NewAuditEntry['action'];
  readonly subject: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly version: number | null;
}

function entryOf({ number, at, before, after, by, action, subject, version }: AuditRow): AuditEntry {
  return { number, atMs: at, by, action, subject, before: objectOf(before), after: objectOf(after), version };
}

function textOf(object: JsonObject | null): string | null {
  return object === null ? null : JSON.stringify(object);
}

function objectOf(text: string | null): JsonObject | null {
  return text === null ? null : (JSON.parse(text) as JsonObject);
}

/** An index ends with the row's number, so that each of these reads what it answers and nothing before it. */
function prepareLists(db: DatabaseSync) {
  return {
    all: db.prepare('select * from audit where number < ? order by number desc limit ?'),
    // The plus keeps SQLite from the index of actors, of whom one has most of the rows.
    ofSubject: db.prepare(`
      select * from audit where subject = ?1 and (?2 is null or +by = ?2) and number < ?3
      order by number desc limit ?4`),
    ofActor: db.prepare('select * from audit where by = ? and number < ? order by number desc limit ?'),
  };
}
