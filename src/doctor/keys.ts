import { statSync } from 'node:fs';
import { dataFilesIn } from '../adapters/sql/data-folder.ts';
import type { Config } from '../config/schema.ts';
import { SluiceError } from '../domain/errors.ts';
import { isGuessable } from '../domain/guessable.ts';
import type { Workspace } from '../domain/workspace.ts';
import { readWorkspace } from '../secrets.ts';
import { counted, type Finding, ok, problem, reasonOf, warning } from './finding.ts';
import { textOf } from './machine.ts';

export interface KeysFound {
  readonly findings: readonly Finding[];
  /** Null where there is none yet, or it cannot be read. */
  readonly workspace: Workspace | null;
}

/** Who may read the files that hold secrets, and whether the stored secrets open with the key. */
export function examineKeys(config: Pick<Config, 'dataDir' | 'secrets' | 'admin'>): KeysFound {
  const { secretsKeyFile, apiTokenFile } = dataFilesIn(config.dataDir);
  const files = [
    fileFinding('secrets key', secretsKeyFile),
    fileFinding('API token', apiTokenFile),
    tokenFinding(config.admin.token ?? textOf(apiTokenFile)?.trim() ?? null),
  ];
  const stored = storedFinding(config);
  return { findings: [...files.filter((each) => each !== null), ...stored.findings], workspace: stored.workspace };
}

/** Who may read a configuration file that has a secret in it, and does not only refer to one. */
export function examineConfigFile(
  file: string | null,
  { admin, secrets, destinations }: Pick<Config, 'admin' | 'secrets' | 'destinations'>,
): readonly Finding[] {
  const text = file === null ? null : textOf(file);
  if (file === null || text === null) return [];
  const all = [admin.token, secrets.key, secrets.previousKey, ...destinations.map((each) => each.sharedSecret)];
  if (!all.some((secret) => secret !== null && text.includes(secret))) return [];
  return [fileFinding('config file', file)].filter((each) => each !== null);
}

/** Null where there is no such file. */
function fileFinding(check: string, file: string): Finding | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const mode = stat.mode & 0o777;
  if ((mode & 0o007) === 0) return ok(check, `${file} (mode ${mode.toString(8)})`);
  return warning(
    check,
    `${file} has secrets, and everybody on this machine may open it (mode ${mode.toString(8)})`,
    `chmod 600 ${file}`,
  );
}

function tokenFinding(token: string | null): Finding | null {
  if (token === null || !isGuessable(token)) return null;
  return problem('API token', 'the API token can be guessed', 'take another: openssl rand -hex 32');
}

function storedFinding(config: Pick<Config, 'dataDir' | 'secrets'>): KeysFound {
  try {
    const workspace = readWorkspace(config);
    if (workspace === null) return { findings: [], workspace };
    const count = `${counted(workspace.sources.length, 'source')}, ${counted(workspace.destinations.length, 'destination')}`;
    return { findings: [ok('workspace', `${count}; their secrets open with the key`)], workspace };
  } catch (error) {
    const wayOut =
      error instanceof SluiceError
        ? 'see "The key of the secrets" in docs/operating.md'
        : 'see that this user may read it';
    return { findings: [problem('workspace', reasonOf(error), wayOut)], workspace: null };
  }
}
