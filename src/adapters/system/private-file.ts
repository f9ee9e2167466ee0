import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorCode, SluiceError } from '../../domain/errors.ts';

/** What is in a file that holds one secret, without the white space around it; null where there is no file. */
export function readPrivateFile(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * Makes a file that only its owner can read, with the text as its one line. It is there whole and on disk, by its name
 * too, or not at all: it is written under another name first, since a crash or a full disk must leave no half of a
 * secret. Only one process at a time may ask: the owner of the data folder.
 */
export function makePrivateFile(file: string, text: string): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, `${text}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/**
 * What `ask` answers of a private file.
 *
 * @throws SluiceError `disk_full`, and with what else the system has against it `code`, which tells `file` and `reason`
 */
export function usable<T>(code: ErrorCode, file: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) {
      throw new SluiceError('disk_full', { folder: dirname(file) }, error);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new SluiceError(code, { file, reason }, error);
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
