import { readFileSync, statSync } from 'node:fs';

/** Why a file has no text for us, in plain words: `reason` ends a sentence. Never holds any of its content. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/**
 * The text of a whole file, without a byte order mark.
 *
 * @param regularOnly refuses pipes and devices, which could keep whoever reads them waiting for ever
 * @throws UnreadableFile
 */
export function readTextFile(
  path: string,
  { bytesMax, regularOnly }: { readonly bytesMax: number; readonly regularOnly: boolean },
): string {
  const bytes = readBytes(path, bytesMax, regularOnly);
  if (bytes.length > bytesMax) throw new UnreadableFile(`it is larger than ${bytesMax} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UnreadableFile('it is not UTF-8 text', { cause: error });
  }
}

function readBytes(path: string, bytesMax: number, regularOnly: boolean): Uint8Array {
  try {
    const stat = statSync(path);
    if (regularOnly && !stat.isFile() && !stat.isDirectory()) throw new UnreadableFile('it is not a regular file');
    // Asked before as well, so that a huge file isn't read to find out.
    if (stat.size > bytesMax && stat.isFile()) throw new UnreadableFile(`it is larger than ${bytesMax} bytes`);
    return readFileSync(path);
  } catch (error) {
    throw error instanceof UnreadableFile ? error : new UnreadableFile(reasonOf(error), { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'a file cannot have this name',
  ERR_INVALID_ARG_VALUE: 'a file cannot have this name',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  // Node's own words hold the path, which the sentence has already.
  return REASONS[code] ?? (code === '' ? error.message : code);
}
