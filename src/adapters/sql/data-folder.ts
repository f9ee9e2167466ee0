import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pid } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../../domain/errors.ts';
import { isNoSpace } from './disk-space.ts';
import { UNFINISHED } from './new-folder.ts';
import { damageOf, isDiskFull, sqliteCodeOf } from './sqlite.ts';

/** Where everything that one Sluice keeps is. */
export interface DataFiles {
  /** Absolute. */
  readonly path: string;
  readonly logFolder: string;
  readonly deliveryFile: string;
  readonly workspaceFile: string;
  readonly refusalFile: string;
  readonly replayFile: string;
  /** Made anew from the log where it is missing. */
  readonly indexFile: string;
  readonly erasureFile: string;
  readonly apiTokenFile: string;
  /** What secrets are sealed with, unless the configuration says it. */
  readonly secretsKeyFile: string;
}

/** The same, while this process owns it. */
export interface DataFolder extends DataFiles {
  /** Lets another process have the folder. To be called last, when all that is in it is closed. */
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Opens the data folder for this process alone, and creates it, readable by nobody else, where there is none.
 *
 * The lock is SQLite's own on a file that holds nothing: the system lets go of it however the process ends, `kill -9`
 * included, and it also excludes a second opening by the same process. That file must never be opened by other means:
 * closing it would end the lock (POSIX locks belong to a process and a file, not to an open file). So the owner's
 * process id is in a file beside it; it may be stale, and is read only when the lock is taken. On a full disk it is
 * empty: that is no reason not to start.
 *
 * @throws SluiceError `folder_in_use`, `folder_not_writable`, `disk_full`, `restore_cut_short`
 */
export function openDataFolder(folder: string): DataFolder {
  const files = dataFilesIn(folder);
  const { path, logFolder } = files;
  const ownerFile = join(path, 'lock.pid');
  writable(path, () => mkdirSync(logFolder, { recursive: true, mode: 0o700 }));
  checkWhole(path);
  const lock = writable(path, () => takeLock(path, ownerFile));
  try {
    writable(path, () => {
      noteOwner(ownerFile);
    });
  } catch (error) {
    lock.close();
    throw error;
  }
  const release = (): void => {
    if (!lock.isOpen) return;
    // While the lock is still held: afterwards the file may be the next owner's.
    rmSync(ownerFile, { force: true });
    lock.close();
  };
  return { ...files, release };
}

/** Where things are in a data folder, whoever owns it. */
export function dataFilesIn(folder: string): DataFiles {
  const path = resolve(folder);
  return {
    path,
    logFolder: join(path, 'log'),
    deliveryFile: join(path, 'delivery.db'),
    workspaceFile: join(path, 'workspace.db'),
    refusalFile: join(path, 'refused.db'),
    replayFile: join(path, 'replays.db'),
    indexFile: join(path, 'index.db'),
    erasureFile: join(path, 'erasure.db'),
    apiTokenFile: join(path, 'admin.token'),
    secretsKeyFile: join(path, 'secrets.key'),
  };
}

/** Where a restore was cut short, some of the files are those of the backup and others would be made anew. */
function checkWhole(folder: string): void {
  const left = writable(folder, () => readdirSync(folder)).find((name) => name.startsWith(UNFINISHED));
  if (left !== undefined) throw new SluiceError('restore_cut_short', { folder, left });
}

function takeLock(folder: string, ownerFile: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    // In memory, so that the lock writes nothing and can be had on a full disk.
    lock.exec('pragma journal_mode = memory; begin exclusive;');
    return lock;
  } catch (error) {
    lock.close();
    if (sqliteCodeOf(error) !== SQLITE_BUSY) throw error;
    throw new SluiceError('folder_in_use', { folder, owner: ownerIn(ownerFile) }, error);
  }
}

function noteOwner(file: string): void {
  try {
    writeFileSync(file, `${pid}\n`, { mode: 0o600 });
  } catch (error) {
    if (!isNoSpace(error)) throw error;
  }
}

/** How the message names the owner: nothing when it has not said yet who it is. */
function ownerIn(file: string): string {
  try {
    const owner = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(owner) ? ` (process ${owner})` : '';
  } catch {
    return '';
  }
}

function writable<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    if (isDiskFull(error, join(folder, 'lock.db'))) throw new SluiceError('disk_full', { folder }, error);
    const damage = damageOf(join(folder, 'lock.db'), error);
    if (damage !== null) throw damage;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SluiceError('folder_not_writable', { folder, reason }, error);
  }
}
