import { existsSync, readdirSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SluiceError } from '../../domain/errors.ts';
import type { Position } from '../../domain/event.ts';
import { assert } from '../../lib/assert.ts';
import type { Ambient } from '../../ports/ambient.ts';
import {
  type BackupFile,
  DATABASES,
  type KeyPlace,
  LOG_FOLDER,
  MANIFEST_FILE,
  manifestText,
  PRIVATE_FILES,
} from './backup-manifest.ts';
import { LogCopy } from './backup-log.ts';
import { bytesOf, copySnapshot, type CopyWatch, type Snapshot, takeSnapshot } from './copy-database.ts';
import { finishCopy } from './copied-file.ts';
import { makeFolderIn, makeNewFolder, syncFolder } from './new-folder.ts';

/** What a long copy tells on its way. */
export interface CopyProgress {
  readonly path: string;
  /** Of all files together. The total is an estimate while a Sluice runs. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** This file is complete, checked and on disk. */
  readonly isComplete: boolean;
}

export interface CopyOptions {
  /** Ends it early; nothing of it is left. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
}

export interface BackupOptions extends CopyOptions {
  /** The data folder. */
  readonly folder: string;
  /** Where the backup is made: must not exist, or be empty. */
  readonly target: string;
  readonly version: string;
  /** Where the key is that the secrets of a folder were sealed with, by what is in it. */
  readonly keyPlaceOf: (folder: string) => KeyPlace;
  readonly ambient: Pick<Ambient, 'nowMs'>;
}

export interface BackupSummary {
  readonly files: number;
  readonly bytes: number;
  /** The newest position in it. */
  readonly end: Position;
  /** The latest time at which one of its events was received; null in a log that holds none. */
  readonly endAtMs: number | null;
  readonly secretsKey: KeyPlace;
}

/**
 * Makes a backup of a data folder, whether a Sluice runs in it or not; neither ingest nor delivery stops.
 *
 * What matters is the order. A lane's floor says that nothing below it is owed; restored beside a log that ends
 * earlier, it would skip events. So the delivery store's moment comes first and the log's last. What was delivered
 * between the two is delivered again after a restore, under the same event id. The workspace is of the delivery
 * store's moment, so that every destination in it has its lane.
 *
 * @throws SluiceError `not_a_data_folder`, `backup_target_taken`, `disk_too_small`, `target_not_writable`,
 *   `backup_too_slow`, `file_corrupt`
 */
export async function backUp(options: BackupOptions): Promise<BackupSummary> {
  const folder = resolve(options.folder);
  checkDataFolder(folder);
  const asked = { folder: options.target, takenCode: 'backup_target_taken', lastFile: MANIFEST_FILE } as const;
  return makeNewFolder({ ...asked, bytes: sizeOf(folder) }, async (unfinished) =>
    new Backup(folder, unfinished, options).run(),
  );
}

class Backup {
  readonly #source: string;
  readonly #target: string;
  readonly #options: BackupOptions;
  readonly #files = new Map<string, BackupFile>();
  #doneBytes = 0;
  /** As it was when the file being copied was begun: looking at all files is too much for each step. */
  #sourceBytes = 0;

  constructor(source: string, target: string, options: BackupOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  async run(): Promise<BackupSummary> {
    const takenAt = new Date(this.#options.ambient.nowMs()).toISOString();
    await this.#copyDatabases();
    for (const path of PRIVATE_FILES) await this.#copyPrivateFile(path);
    // Of the copies: between the two a start may have changed the key.
    const secretsKey = this.#options.keyPlaceOf(this.#target);
    const { epoch, end, endAtMs } = await this.#copyLog();
    const files = [...this.#files.values()];
    const manifest = manifestText({ version: this.#options.version, takenAt, epoch, end, secretsKey, files });
    await writeFile(join(this.#target, MANIFEST_FILE), manifest, { mode: 0o600, flush: true });
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { files: files.length, bytes, end, endAtMs, secretsKey };
  }

  /** All of one moment: of the first one, since what is pinned costs only what is written meanwhile. */
  async #copyDatabases(): Promise<void> {
    const snapshots: (readonly [path: string, snapshot: Snapshot])[] = [];
    try {
      for (const { path, isRequired } of DATABASES) {
        const snapshot = takeSnapshot(join(this.#source, path));
        if (snapshot !== null) snapshots.push([path, snapshot]);
        else if (isRequired) throw missing(this.#source, path);
      }
      for (const [path, snapshot] of snapshots) {
        await copySnapshot(snapshot, join(this.#target, path), this.#watch(path));
        snapshot.release();
        await this.#complete(path);
      }
    } finally {
      for (const [, snapshot] of snapshots) snapshot.release();
    }
  }

  async #copyPrivateFile(path: string): Promise<void> {
    if (!existsSync(join(this.#source, path))) return;
    await copyFile(join(this.#source, path), join(this.#target, path));
    await this.#complete(path);
  }

  async #copyLog(): Promise<ReturnType<LogCopy['end']>> {
    const folder = await makeFolderIn(this.#target, LOG_FOLDER);
    const log = new LogCopy(join(this.#source, LOG_FOLDER), folder, {
      watch: (name) => this.#watch(`${LOG_FOLDER}/${name}`),
      complete: async (name) => this.#complete(`${LOG_FOLDER}/${name}`),
      forget: (name) => this.#files.delete(`${LOG_FOLDER}/${name}`),
    });
    await log.run();
    await syncFolder(folder);
    return log.end();
  }

  #watch(path: string): CopyWatch {
    const { signal } = this.#options;
    this.#sourceBytes = sizeOf(this.#source);
    return {
      signal,
      onBytes: (bytes) => {
        this.#tell(path, this.#doneBytes + bytes, false);
      },
    };
  }

  async #complete(path: string): Promise<void> {
    const file = await finishCopy(this.#target, path, this.#options.signal);
    this.#files.set(path, file);
    this.#doneBytes += file.bytes;
    this.#tell(path, this.#doneBytes, true);
  }

  #tell(path: string, doneBytes: number, isComplete: boolean): void {
    const totalBytes = Math.max(this.#sourceBytes, doneBytes);
    this.#options.onProgress({ path, doneBytes, totalBytes, isComplete });
  }
}

function checkDataFolder(folder: string): void {
  const required = [...DATABASES.filter(({ isRequired }) => isRequired).map(({ path }) => path), LOG_FOLDER];
  for (const path of required) if (!existsSync(join(folder, path))) throw missing(folder, path);
  assert(readdirSync(join(folder, LOG_FOLDER)).length > 0, 'a log has at least one segment');
}

function missing(folder: string, path: string): SluiceError {
  return new SluiceError('not_a_data_folder', { folder, missing: path });
}

/** About what a backup of it will take. */
function sizeOf(folder: string): number {
  const segments = readdirSync(join(folder, LOG_FOLDER)).map((name) => join(folder, LOG_FOLDER, name));
  const databases = DATABASES.map(({ path }) => join(folder, path));
  const files = [...segments, ...databases].filter((file) => file.endsWith('.db'));
  return files.reduce((sum, file) => sum + Math.max(bytesOf(file), bytesOf(`${file}-wal`)), 0);
}
