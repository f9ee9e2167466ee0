import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ErrorCode, SluiceError } from '../../domain/errors.ts';
import { freeBytesOf, systemCodeOf } from './disk-space.ts';

export interface NewFolderOptions {
  /** Where nothing is yet, or an empty folder. */
  readonly folder: string;
  /** Told with the folder when something is there. */
  readonly takenCode: ErrorCode;
  /** About what will be put into it. */
  readonly bytes: number;
  /** Comes to its place last where the folder was there before. */
  readonly lastFile: string;
}

/** What else the file system may need: for names, for what a running Sluice writes meanwhile. */
const ROOM_BYTES = 64 * 1024 * 1024;
/** In the name of a folder that is being filled; one that is left was cut short by a kill, and can be removed. */
export const UNFINISHED = '.unfinished-';

/**
 * Makes a folder, readable by its owner alone, that is there whole and on disk, or not at all.
 *
 * It is filled under another name beside its place and renamed when all is synced. Where the folder exists and is
 * empty it may be the root of a file system of its own (a volume of a container), into which nothing can be renamed
 * from outside: there it is filled in a folder inside, and what is complete is moved up, entry by entry.
 *
 * @throws SluiceError `takenCode`, `disk_too_small`, `target_not_writable`
 */
export async function makeNewFolder<T>(
  options: NewFolderOptions,
  fill: (unfinished: string) => Promise<T>,
): Promise<T> {
  const folder = resolve(options.folder);
  const isThere = await isEmptyFolder(folder, options.takenCode);
  const place = isThere ? folder : dirname(folder);
  return writable(folder, async () => {
    checkRoom(place, options.bytes);
    const unfinished = await mkdtemp(isThere ? join(folder, UNFINISHED) : `${folder}${UNFINISHED}`);
    try {
      const result = await fill(unfinished);
      await syncFolder(unfinished);
      if (isThere) await moveUp(unfinished, folder, options.lastFile);
      else await rename(unfinished, folder);
      await syncFolder(place);
      return result;
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  });
}

export async function makeFolderIn(folder: string, name: string): Promise<string> {
  const made = join(folder, name);
  await mkdir(made, { mode: 0o700 });
  return made;
}

/** What is in it, and of folders their entries, is on disk when it resolves. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Answers whether the folder is there, and empty; false when nothing is there. */
async function isEmptyFolder(folder: string, takenCode: ErrorCode): Promise<boolean> {
  const found = await stat(folder).catch(() => null);
  if (found === null) return false;
  // A new file system on Linux has an entry of its own.
  const names = found.isDirectory() ? (await readdir(folder)).filter((name) => name !== 'lost+found') : [folder];
  if (names.length > 0) throw new SluiceError(takenCode, { folder });
  return true;
}

function checkRoom(place: string, bytes: number): void {
  const free = freeBytesOf(place);
  const needed = bytes + ROOM_BYTES;
  if (free === null || free >= needed) return;
  throw new SluiceError('disk_too_small', { folder: place, needed: mebibytes(needed), free: mebibytes(free) });
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}

async function moveUp(unfinished: string, folder: string, lastFile: string): Promise<void> {
  const names = await readdir(unfinished);
  for (const name of names.filter((each) => each !== lastFile))
    await rename(join(unfinished, name), join(folder, name));
  await syncFolder(folder);
  await rename(join(unfinished, lastFile), join(folder, lastFile));
  await rm(unfinished, { recursive: true });
}

/** Tells what the file system refused with the folder that it is about. */
async function writable<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Error) || systemCodeOf(error) === null) throw error;
    throw new SluiceError('target_not_writable', { folder, reason: error.message }, error);
  }
}
