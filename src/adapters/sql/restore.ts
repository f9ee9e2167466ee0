import { constants } from 'node:fs';
import { copyFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SluiceError } from '../../domain/errors.ts';
import type { Position } from '../../domain/event.ts';
import type { CopyOptions } from './backup.ts';
import {
  type BackupFile,
  type BackupManifest,
  DATABASES,
  type KeyPlace,
  kindOf,
  LOG_FOLDER,
  readManifest,
} from './backup-manifest.ts';
import { finishCopy } from './copied-file.ts';
import { makeFolderIn, makeNewFolder, syncFolder } from './new-folder.ts';
import { RESTORED_MARK } from './segment-folder.ts';

export interface RestoreOptions extends CopyOptions {
  /** The backup. */
  readonly from: string;
  /** The data folder to be made: must not exist, or be empty. */
  readonly folder: string;
}

export interface RestoreSummary {
  readonly files: number;
  readonly bytes: number;
  readonly end: Position;
  /** When the backup was made, in ISO 8601. */
  readonly takenAt: string;
  readonly secretsKey: KeyPlace;
}

/** Where the folder was there before, each file comes to its place by itself: which is last makes no difference. */
const LAST_FILE = 'workspace.db';

/**
 * Makes a data folder from a backup, every file of it checked on its way: that it is what the backup says, that SQLite
 * finds it sound, and that this program knows its schema. The next start goes on far ahead (`goOnFarAhead`), since the
 * mark for it is among the files.
 *
 * @throws SluiceError `not_a_backup`, `backup_too_new`, `backup_damaged`, `restore_target_taken`, `folder_too_new`,
 *   `disk_too_small`, `target_not_writable`
 */
export async function restore({ from, folder, signal, onProgress }: RestoreOptions): Promise<RestoreSummary> {
  const source = resolve(from);
  const manifest = await readManifest(source);
  checkWhole(source, manifest);
  const { files, end, takenAt, secretsKey } = manifest;
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const asked = { folder, takenCode: 'restore_target_taken', bytes: totalBytes, lastFile: LAST_FILE } as const;
  await makeNewFolder(asked, async (unfinished) => {
    const log = await makeFolderIn(unfinished, LOG_FOLDER);
    let doneBytes = 0;
    for (const file of files) {
      onProgress({ path: file.path, doneBytes, totalBytes, isComplete: false });
      await restoreFile(source, unfinished, file, signal);
      doneBytes += file.bytes;
      onProgress({ path: file.path, doneBytes, totalBytes, isComplete: true });
    }
    await syncFolder(log);
  });
  return { files: files.length, bytes: totalBytes, end, takenAt, secretsKey };
}

/** A manifest that was edited could otherwise lead to a folder in which something is quietly missing. */
function checkWhole(folder: string, { files }: BackupManifest): void {
  const paths = new Set(files.map(({ path }) => path));
  const required = [...DATABASES.filter(({ isRequired }) => isRequired).map(({ path }) => path), markPath()];
  const missing = required.find((path) => !paths.has(path));
  if (missing !== undefined) throw new SluiceError('not_a_backup', { folder, reason: `it lists no ${missing}` });
  if ([...paths].some((path) => kindOf(path) === 'segment')) return;
  throw new SluiceError('not_a_backup', { folder, reason: 'it lists no part of a log' });
}

function markPath(): string {
  return `${LOG_FOLDER}/${RESTORED_MARK}`;
}

async function restoreFile(source: string, target: string, file: BackupFile, signal: AbortSignal): Promise<void> {
  const { path, bytes, sha256 } = file;
  const damaged = (reason: string): SluiceError =>
    new SluiceError('backup_damaged', { folder: source, file: path, reason });
  const found = await stat(join(source, path)).catch(() => null);
  if (found === null) throw damaged('is missing');
  if (found.size !== bytes) throw damaged(`has ${found.size} bytes instead of ${bytes}`);
  await copyFile(join(source, path), join(target, path), constants.COPYFILE_EXCL);
  const copied = await checked(target, path, signal, damaged);
  if (copied.sha256 !== sha256) throw damaged('is not what was backed up');
}

/** What SQLite finds damaged is told of the backup, whose copy it is. */
async function checked(
  target: string,
  path: string,
  signal: AbortSignal,
  damaged: (reason: string) => SluiceError,
): Promise<BackupFile> {
  try {
    return await finishCopy(target, path, signal);
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'file_corrupt') throw error;
    const { reason } = error.details;
    throw damaged(`is not sound (${typeof reason === 'string' ? reason : error.message})`);
  }
}
