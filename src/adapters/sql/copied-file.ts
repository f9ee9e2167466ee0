import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '../../domain/errors.ts';
import { type BackupFile, kindOf } from './backup-manifest.ts';
import { damageOf, newestSchemaOf, openSqliteImmutable, type OpenOptions } from './sqlite.ts';

/** Read at a time for hashing. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Makes a file that was just written one that can be relied on: readable by its owner alone, on disk, and, when it is
 * a database, sound. Answers what is in it.
 *
 * @throws SluiceError `file_corrupt`, `folder_too_new`
 */
export async function finishCopy(folder: string, path: string, signal: AbortSignal): Promise<BackupFile> {
  const file = join(folder, path);
  const { bytes, sha256 } = await hashAndSync(file, signal);
  const kind = kindOf(path);
  if (kind !== null) checkDatabase(file, path, kind);
  return { path, bytes, sha256 };
}

async function hashAndSync(file: string, signal: AbortSignal): Promise<Omit<BackupFile, 'path'>> {
  const handle = await open(file, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, bytes);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Named by its path in the folder: where it is at this moment, it will not stay. */
function checkDatabase(file: string, path: string, kind: OpenOptions['kind']): void {
  const db = openSqliteImmutable(file);
  try {
    const { quick_check: found } = db.prepare('pragma quick_check(1)').get() as { quick_check: string };
    if (found !== 'ok') throw new SluiceError('file_corrupt', { file: path, reason: found });
    const { user_version: schema } = db.prepare('pragma user_version').get() as { user_version: number };
    const known = newestSchemaOf(kind);
    if (schema > known) throw new SluiceError('folder_too_new', { file: path, found: schema, known });
  } catch (error) {
    throw damageOf(path, error) ?? error;
  } finally {
    db.close();
  }
}
