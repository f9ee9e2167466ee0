import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The system's words for a disk, a quota, or the largest file that this process may write, being full. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The system's code of an error, such as `EACCES`; null for an error that is not the system's. */
export function systemCodeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

export function isNoSpace(error: unknown): boolean {
  return FULL.has(systemCodeOf(error) ?? '');
}

/**
 * What this process may still write to the file system of a folder, in bytes: without what is kept for root. Null
 * where the file system cannot tell. It costs 1 µs on ext4 and tmpfs.
 */
export function freeBytesOf(folder: string): number | null {
  try {
    const { bavail, bsize, blocks } = statfsSync(folder);
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}

/**
 * What the system says when a file of this size is made in the folder; null when it can be. Leaves nothing behind,
 * also after a kill, and is the only way to know a quota from a broken disk: SQLite has one code for both, and
 * `statfs` knows nothing of quotas.
 */
export function writeProblem(folder: string, bytes: number): NodeJS.ErrnoException | null {
  const file = join(folder, `${randomUUID()}.new`);
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, 'wx', 0o600);
    rmSync(file);
    for (let left = bytes; left > 0;) left -= writeSync(descriptor, Buffer.alloc(left, 1));
    return null;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
