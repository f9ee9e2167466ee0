import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { isJsonObject } from '../../../lib/json-object.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';
import { type Mark, START } from './batches.ts';
import type { ClientEnvironment } from '../profiles.ts';

/** What is kept of an import, so that the same command goes on. */
export interface ImportState {
  readonly mark: Mark;
  /** Digest of the file's first line; null where it has none. */
  readonly first: string | null;
  /** Where refused lines go, as an absolute path; null for nowhere. */
  readonly refusedFile: string | null;
  /** The whole file was imported then. ISO 8601. */
  readonly finishedAt: string | null;
}

/** Where one file is imported to. */
export interface ImportPlace {
  readonly url: string;
  readonly writeKey: string;
  readonly file: string;
}

const VERSION = 1;

/**
 * Keeps how far the import of one file into one source has come: below `XDG_STATE_HOME`, which counts where it is absolute,
 * else `~/.local/state`. A write key is a hash there. What is kept is always behind what Sluice has on disk, never before it.
 */
export class ImportStates {
  readonly #path: string;
  readonly #said: Readonly<Record<string, string>>;

  constructor({ url, writeKey, file }: ImportPlace, environment: ClientEnvironment) {
    this.#said = { url, writeKeyHash: hashOf(writeKey), file: realpathSync(file) };
    const name = hashOf(JSON.stringify(Object.values(this.#said))).slice(0, 32);
    this.#path = join(stateHome(environment), 'sluice', 'imports', `${name}.json`);
  }

  /** @throws CommandFailure when it cannot be read */
  read(): ImportState | null {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw this.#failure('read', error);
    }
    const state = stateIn(text);
    if (state === null) throw this.#failure('understand', 'it is not as it was written; --restart begins anew');
    return state;
  }

  /** Puts what is kept now in the place of what was, whole and on disk. @throws CommandFailure when it cannot */
  write({ mark, ...state }: ImportState): void {
    const draft = `${this.#path}.${process.pid}`;
    const text = JSON.stringify({ version: VERSION, ...this.#said, ...mark, ...state }, null, 2);
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(draft, `${text}\n`, { mode: 0o600, flush: true });
      renameSync(draft, this.#path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw this.#failure('write', error);
    }
  }

  forget(): void {
    rmSync(this.#path, { force: true });
  }

  #failure(verb: string, error: unknown): CommandFailure {
    const reason = error instanceof Error ? error.message : String(error);
    return new CommandFailure('failed', `cannot ${verb} how far the import has come, which is kept in ${this.#path}`, [
      printable(reason, 300),
      'another folder for it: XDG_STATE_HOME=/path sluice import …',
    ]);
  }
}

function stateHome(environment: ClientEnvironment): string {
  const said = environment['XDG_STATE_HOME'] ?? '';
  const home = environment['HOME'] ?? '';
  return isAbsolute(said) ? said : join(isAbsolute(home) ? home : homedir(), '.local', 'state');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function stateIn(text: string): ImportState | null {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isJsonObject(said) || said['version'] !== VERSION || typeof said['digest'] !== 'string') return null;
  const { digest, first, refusedFile, finishedAt } = said;
  const counts = Object.keys(START).filter((name) => name !== 'digest');
  if (!counts.every((name) => Number.isSafeInteger(said[name]))) return null;
  const mark = { ...START, ...Object.fromEntries(counts.map((name) => [name, said[name]])), digest };
  return { mark, first: textOf(first), refusedFile: textOf(refusedFile), finishedAt: textOf(finishedAt) };
}

function textOf(said: unknown): string | null {
  return typeof said === 'string' ? said : null;
}
