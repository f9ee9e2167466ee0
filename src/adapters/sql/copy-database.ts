import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, type DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../../domain/errors.ts';
import { damageOf, isDiskFull, openSqliteReadOnly, pageBytesOf } from './sqlite.ts';

/** Copied at a time, 1 or 2 MiB: few enough that commits of the running Sluice come between without waiting long. */
const STEP_PAGES = 256;
/**
 * How much a write-ahead log may grow while a snapshot keeps it from beginning anew. A target that takes longer is too
 * slow for what is being written.
 */
const WAL_GROWTH_MAX = 1024 ** 3;

export interface CopyWatch {
  readonly signal: AbortSignal;
  /** Told after each step. */
  readonly onBytes: (bytes: number) => void;
}

/** A database as it was at one moment, by a connection that writes nothing. To be released soon; twice is harmless. */
export interface Snapshot {
  readonly file: string;
  readonly db: DatabaseSync;
  release(): void;
}

/** Null when the file is gone. */
export function takeSnapshot(file: string): Snapshot | null {
  const db = openIfThere(file);
  if (db === null) return null;
  try {
    db.exec('begin');
    // A transaction begins with its first statement.
    db.prepare('select count(*) from sqlite_schema').get();
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    file,
    db,
    release: () => {
      if (db.isOpen) db.close();
    },
  };
}

/**
 * Copies what is in the snapshot, whatever is written meanwhile.
 *
 * SQLite's online backup begins anew whenever another process has written, which under load is before every step; it
 * would never end. Where its source connection is within a read transaction it copies that (`sqlite3_backup_step` of
 * https://sqlite.org/src/file/src/backup.c begins one only where there is none). The price is that the write-ahead log
 * grows until the snapshot is released.
 *
 * @throws SluiceError `backup_too_slow`; whatever aborts the signal
 */
export async function copySnapshot({ file, db }: Snapshot, target: string, watch: CopyWatch): Promise<void> {
  const wal = `${file}-wal`;
  const limit = bytesOf(wal) + WAL_GROWTH_MAX;
  await copy(db, target, watch, () => {
    if (bytesOf(wal) > limit) throw new SluiceError('backup_too_slow', { file, grown: '1 GiB' });
  });
}

/**
 * Copies a database that hardly ever changes, holding it for no longer than a step: where it changes all the same,
 * SQLite begins anew. Answers false when the file is gone.
 */
export async function copyQuiet(file: string, target: string, watch: CopyWatch): Promise<boolean> {
  const db = openIfThere(file);
  if (db === null) return false;
  try {
    await copy(db, target, watch, () => undefined);
  } finally {
    db.close();
  }
  return true;
}

export function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function copy(
  db: DatabaseSync,
  target: string,
  { signal, onBytes }: CopyWatch,
  check: () => void,
): Promise<void> {
  signal.throwIfAborted();
  try {
    const pageBytes = pageBytesOf(db);
    await backup(db, target, {
      rate: STEP_PAGES,
      progress: ({ totalPages, remainingPages }) => {
        signal.throwIfAborted();
        check();
        onBytes((totalPages - remainingPages) * pageBytes);
      },
    });
  } catch (error) {
    if (!isDiskFull(error, target)) throw damageOf(db.location() ?? target, error) ?? error;
    throw new SluiceError('target_not_writable', { folder: dirname(target), reason: 'the disk is full' }, error);
  }
  signal.throwIfAborted();
}

function openIfThere(file: string): DatabaseSync | null {
  try {
    return openSqliteReadOnly(file);
  } catch (error) {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
    throw error;
  }
}
