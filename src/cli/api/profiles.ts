import { chmodSync, statSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { isJsonObject } from '../../lib/json-object.ts';
import { CommandFailure } from '../exit-codes.ts';
import { printable } from '../printable.ts';

/** Environment variables, as a process has them. */
export type ClientEnvironment = Readonly<Record<string, string | undefined>>;

/** A Sluice that the command line knows by a name. */
export interface Profile {
  readonly url: string;
  /** Null for a Sluice that asks for none. */
  readonly token: string | null;
}

export interface Profiles {
  /** The one in use; null for none. */
  readonly current: string | null;
  readonly profiles: ReadonlyMap<string, Profile>;
}

const NONE: Profiles = { current: null, profiles: new Map() };

/** Where profiles are kept: below `XDG_CONFIG_HOME`, which counts where it is absolute, else `~/.config`. */
export function profilesFile(environment: ClientEnvironment): string {
  const said = environment['XDG_CONFIG_HOME'] ?? '';
  const home = environment['HOME'] ?? '';
  return join(
    isAbsolute(said) ? said : join(isAbsolute(home) ? home : homedir(), '.config'),
    'sluice',
    'profiles.json',
  );
}

/**
 * What is in the file of profiles; nothing where there is none.
 *
 * @throws CommandFailure when others can read it, since it has tokens, or it is not as it was written
 */
export function readProfiles(environment: ClientEnvironment): Profiles {
  const file = profilesFile(environment);
  try {
    const { mode } = statSync(file);
    if ((mode & 0o077) !== 0) {
      throw new CommandFailure('failed', `${printable(file, 200)} has tokens, and others may read it`, [
        `make it yours alone: chmod 600 '${printable(file, 200)}'`,
      ]);
    }
    return profilesIn(JSON.parse(readFileSync(file, 'utf8')), file);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return NONE;
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
}

function profilesIn(said: unknown, file: string): Profiles {
  if (!isJsonObject(said) || !isJsonObject(said['profiles'])) throw unreadable(file, 'it has no `profiles`');
  const entries = Object.entries(said['profiles']).map(([name, profile]): [string, Profile] => {
    if (!isJsonObject(profile) || typeof profile['url'] !== 'string') throw unreadable(file, 'a profile has no `url`');
    return [name, { url: profile['url'], token: typeof profile['token'] === 'string' ? profile['token'] : null }];
  });
  return { current: typeof said['current'] === 'string' ? said['current'] : null, profiles: new Map(entries) };
}

function unreadable(file: string, reason: string): CommandFailure {
  return new CommandFailure('failed', `cannot read ${printable(file, 200)}: ${printable(reason, 200)}`, [
    'mend it, or remove it and make profiles again with `sluice profiles add`',
  ]);
}

/**
 * Puts another file in the place of the one that is there, at once and whole. Only its owner can read either.
 *
 * @throws CommandFailure when it cannot be written
 */
export function writeProfiles({ current, profiles }: Profiles, environment: ClientEnvironment): void {
  const file = profilesFile(environment);
  const text = JSON.stringify({ current, profiles: Object.fromEntries(profiles) }, null, 2);
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    chmodSync(dirname(file), 0o700);
    writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure('failed', `cannot write ${printable(file, 200)}: ${printable(reason, 200)}`);
  }
}
