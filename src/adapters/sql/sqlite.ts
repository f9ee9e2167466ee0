import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../../domain/errors.ts';

export interface OpenOptions {
  /** `full`: a commit survives a power cut. `normal`: it survives the process; a power cut takes the newest back. */
  readonly synchronous: 'full' | 'normal';
  /** Folder below `migrations/` that makes and upgrades this kind of file. */
  readonly kind: 'segment' | 'delivery' | 'workspace';
}

/** How long a connection waits for another one's lock before it gives up. Only start and shutdown ever meet one. */
const BUSY_MS = 5_000;

/**
 * Opens a database file for writing, creates or upgrades it, or opens one in memory for `:memory:`.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`
 */
export function openSqlite(file: string, { synchronous, kind }: OpenOptions): DatabaseSync {
  return explained(file, () => {
    const db = new DatabaseSync(file, { timeout: BUSY_MS });
    try {
      db.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; pragma foreign_keys = on;`);
      migrate(db, file, kind);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

/** Opens a file that another connection writes. */
export function openSqliteReadOnly(file: string): DatabaseSync {
  return explained(file, () => new DatabaseSync(file, { timeout: BUSY_MS, readOnly: true }));
}

/**
 * Runs `write` as one transaction. It must not await: statements of a stranger would slip in, and be rolled back
 * with it.
 */
export function inTransaction<T>(db: DatabaseSync, write: () => T): T {
  db.exec('begin immediate');
  try {
    const result = write();
    db.exec('commit');
    return result;
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

/** `pragma user_version` counts the migrations that a file has had. */
function migrate(db: DatabaseSync, file: string, kind: string): void {
  const migrations = migrationsOf(kind);
  const found = (db.prepare('pragma user_version').get() as { user_version: number }).user_version;
  if (found > migrations.length) {
    throw new SluiceError('folder_too_new', { file, found, known: migrations.length });
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < found) continue;
    inTransaction(db, () => {
      db.exec(sql);
      db.exec(`pragma user_version = ${index + 1}`);
    });
  }
}

const migrationsByKind = new Map<string, readonly string[]>();

/** Their names begin with their number, from 0001 without gaps, so that sorted order is the order of application. */
function migrationsOf(kind: string): readonly string[] {
  const known = migrationsByKind.get(kind);
  if (known !== undefined) return known;
  const folder = join(import.meta.dirname, 'migrations', kind);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const read = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  migrationsByKind.set(kind, read);
  return read;
}

const CORRUPT = new Set([11 /* SQLITE_CORRUPT */, 26 /* SQLITE_NOTADB */]);
const NOT_WRITABLE = new Set([8 /* SQLITE_READONLY */, 14 /* SQLITE_CANTOPEN */]);

/** SQLite's primary result code of an error, or null for an error that is not SQLite's. */
export function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** The disk has no room for the write, of which nothing was written: it may be asked for again later. */
export function isDiskFull(error: unknown): boolean {
  return sqliteCodeOf(error) === 13; /* SQLITE_FULL */
}

/** The error of a file that is damaged; null for one that has another cause. */
export function damageOf(file: string, error: unknown): SluiceError | null {
  const code = sqliteCodeOf(error);
  if (code === null || !CORRUPT.has(code)) return null;
  return new SluiceError('file_corrupt', { file, reason: reasonOf(error) }, error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tells what is wrong with a file and the way out, where SQLite only has a code. */
function explained<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const code = sqliteCodeOf(error);
    if (code !== null && NOT_WRITABLE.has(code)) {
      const reason = `${basename(file)}: ${reasonOf(error)}`;
      throw new SluiceError('folder_not_writable', { folder: file, reason }, error);
    }
    throw damageOf(file, error) ?? error;
  }
}
