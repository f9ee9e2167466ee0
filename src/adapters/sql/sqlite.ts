import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { SluiceError } from '../../domain/errors.ts';
import { isNoSpace, systemCodeOf, writeProblem } from './disk-space.ts';

export interface OpenOptions {
  /** `full`: a commit survives a power cut. `normal`: it survives the process; a power cut takes the newest back. */
  readonly synchronous: 'full' | 'normal';
  /** Folder below `migrations/` that makes and upgrades this kind of file. */
  readonly kind: 'segment' | 'delivery' | 'workspace' | 'refusal' | 'event-index' | 'replay' | 'erasure' | 'access';
}

/**
 * Bytes of a page, for files that are made from now on: SQLite's own measure where it is not said. Events are so large
 * that few fit into one, and what is left is lost (docs/decisions/0042-segment-pages.md).
 */
const PAGE_BYTES: Partial<Record<OpenOptions['kind'], number>> = { segment: 8_192 };

/** How long a connection waits for another one's lock before it gives up. Only start and shutdown ever meet one. */
const BUSY_MS = 5_000;

/**
 * Opens a database file for writing, creates or upgrades it, or opens one in memory for `:memory:`.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function openSqlite(file: string, { synchronous, kind }: OpenOptions): DatabaseSync {
  return explained(file, () => {
    // SQLite would open it for reading alone, and say so at the first write.
    if (existsSync(file)) accessSync(file, constants.W_OK);
    const db = new DatabaseSync(file, { timeout: BUSY_MS });
    try {
      const pageBytes = PAGE_BYTES[kind];
      // Before the journal's mode, which makes the file.
      if (pageBytes !== undefined) db.exec(`pragma page_size = ${pageBytes}`);
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
 * Opens a file that nobody else has and nobody writes. SQLite then neither locks it nor makes anything beside it, and
 * reads no write-ahead log.
 */
export function openSqliteImmutable(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return explained(file, () => new DatabaseSync(url, { readOnly: true }));
}

/**
 * Runs `write` as one transaction. It must not await: statements of a stranger would slip in, and be rolled back
 * with it.
 */
export function inTransaction<T>(db: DatabaseSync, write: () => T): T {
  const { begin, commit } = boundsOf(db);
  begin.run();
  try {
    const result = write();
    commit.run();
    return result;
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

/** Of each connection: to begin and to commit takes 1.5 µs less of 4 where both are prepared once. */
const transactionBounds = new WeakMap<
  DatabaseSync,
  { readonly begin: StatementSync; readonly commit: StatementSync }
>();

function boundsOf(db: DatabaseSync) {
  let bounds = transactionBounds.get(db);
  if (bounds === undefined) {
    bounds = { begin: db.prepare('begin immediate'), commit: db.prepare('commit') };
    transactionBounds.set(db, bounds);
  }
  return bounds;
}

/**
 * The same for what an operator asks, and can ask again.
 *
 * @throws SluiceError `store_full` when the disk has no room for it; nothing of it was written
 */
export function inTransactionOrFull<T>(db: DatabaseSync, write: () => T): T {
  try {
    return inTransaction(db, write);
  } catch (error) {
    if (isDiskFull(error, db)) throw new SluiceError('store_full', {}, error);
    throw error;
  }
}

/** Of a database, which keeps those that it was made with. */
export function pageBytesOf(db: DatabaseSync): number {
  return (db.prepare('pragma page_size').get() as { page_size: number }).page_size;
}

/** From now on what is deleted is overwritten, so that what is erased is not left where a row was before. */
export function overwriteDeleted(db: DatabaseSync): void {
  db.exec('pragma secure_delete = on');
}

/** How long the emptying of a write-ahead log waits for those who read in it: whoever writes waits with it. */
const EMPTY_WAIT_MS = 100;

/**
 * Empties the write-ahead log, so that nothing that was deleted or overwritten is left in it.
 *
 * @throws SluiceError `file_pinned` while another connection reads what is in it: to be tried again
 */
export function emptyWriteAheadLog(db: DatabaseSync): void {
  const statement = db.prepare('pragma wal_checkpoint(truncate)');
  statement.setReturnArrays(true);
  db.exec(`pragma busy_timeout = ${EMPTY_WAIT_MS}`);
  try {
    const [busy] = statement.get() as unknown as [busy: number];
    if (busy !== 0) throw new SluiceError('file_pinned', { file: db.location() ?? ':memory:' });
  } finally {
    db.exec(`pragma busy_timeout = ${BUSY_MS}`);
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

/** What a database takes on disk with what SQLite puts beside it; 0 where there is none. */
export function databaseBytes(file: string): number {
  const sizes = ['', '-wal', '-shm'].map((suffix) => statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size);
}

/** What of a database's pages holds something, and what nothing: those are written to before the file grows. */
export function pageBytes(db: DatabaseSync): { readonly usedBytes: number; readonly unusedBytes: number } {
  const { size, all, free } = db
    .prepare(
      `select page_size as size, page_count as "all", freelist_count as free
      from pragma_page_size(), pragma_page_count(), pragma_freelist_count()`,
    )
    .get() as { readonly size: number; readonly all: number; readonly free: number };
  return { usedBytes: (all - free) * size, unusedBytes: free * size };
}

/** The schema that files of this kind have once this program has opened them. */
export function newestSchemaOf(kind: OpenOptions['kind']): number {
  return migrationsOf(kind).length;
}

/**
 * Sees that a file which is only read has the schema that this program knows.
 *
 * @throws SluiceError `folder_too_old`, `folder_too_new`
 */
export function checkNewest(db: DatabaseSync, file: string, kind: OpenOptions['kind']): void {
  const { user_version: found } = db.prepare('pragma user_version').get() as { user_version: number };
  const known = newestSchemaOf(kind);
  if (found < known) throw new SluiceError('folder_too_old', { file, found, known });
  if (found > known) throw new SluiceError('folder_too_new', { file, found, known });
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
const FULL = 13; // SQLITE_FULL
/**
 * What SQLite says when the system refused to write or to make a file and its reason was not ENOSPC, or was lost: a
 * quota and the largest size of a file (IOERR_WRITE), the wal-index that cannot grow (IOERR_SHMSIZE, so that no write
 * to its mapping meets a full disk, which would be a SIGBUS) or be made (IOERR_SHMOPEN), a companion that cannot be
 * made. A failed fsync is not among them: what it left on the disk nobody knows.
 */
const PERHAPS_FULL = new Set([778, 4874, 4618, 14]);
/** What a write needs at least: SQLite makes a wal-index of this size before anything else. */
const LEAST_BYTES = 32_768;
/** The system's words for no more file descriptors: of this process, and of the machine. */
const NO_MORE_FILES = new Set(['EMFILE', 'ENFILE']);

/** SQLite's primary result code of an error, or null for an error that is not SQLite's. */
export function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/**
 * The disk has no room for the write, of which nothing was written: it may be asked for again later.
 *
 * @param file that was written or made, or the connection to it
 */
export function isDiskFull(error: unknown, file: string | DatabaseSync): boolean {
  if (error instanceof SluiceError) return error.code === 'disk_full';
  if (sqliteCodeOf(error) === FULL || isNoSpace(error)) return true;
  const path = typeof file === 'string' ? file : file.location();
  return path !== null && isPerhapsFull(error) && isNoSpace(writeProblem(dirname(path), LEAST_BYTES));
}

function isPerhapsFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && PERHAPS_FULL.has(error.errcode as number);
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

/** Tells what is wrong with a file and the way out, where SQLite only has a code. For what is done at a start. */
export function explained<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    const folder = dirname(file);
    if (isDiskFull(error, file)) throw new SluiceError('disk_full', { folder }, error);
    const code = sqliteCodeOf(error);
    const isRefused = systemCodeOf(error) !== null || (code !== null && NOT_WRITABLE.has(code));
    if (!isRefused) throw damageOf(file, error) ?? error;
    const problem = accessProblem(file);
    if (NO_MORE_FILES.has(systemCodeOf(problem) ?? '')) throw new SluiceError('files_exhausted', {}, error);
    throw new SluiceError('folder_not_writable', { folder, reason: problem?.message ?? inFile(file, error) }, error);
  }
}

/** A database in WAL mode has three files open: itself, the log, the index. */
const FILES_OF_DATABASE = 3;

/**
 * Why the system does not let a file be opened for writing, which SQLite does not tell; null where it would. It must
 * not be found out by opening it: closing it again would end the locks of this process on it.
 */
function accessProblem(file: string): Error | null {
  try {
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
    openSeveral(dirname(file), FILES_OF_DATABASE);
    return writeProblem(dirname(file), 0);
  } catch (error) {
    return error instanceof Error ? error : null;
  }
}

/** Fails where the process may not open so many more files. */
function openSeveral(folder: string, count: number): void {
  const descriptors: number[] = [];
  try {
    while (descriptors.length < count) descriptors.push(openSync(folder, 'r'));
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

function inFile(file: string, error: unknown): string {
  return `${basename(file)}: ${reasonOf(error)}`;
}
