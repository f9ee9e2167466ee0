/** What seals and opens the secrets of a data folder: put together for `compose.ts`, and for whoever only reads one. */
import type { KeyPlace } from './adapters/sql/backup-manifest.ts';
import { type DataFiles, dataFilesIn } from './adapters/sql/data-folder.ts';
import { checkValueOf, opens } from './adapters/sql/sealed-documents.ts';
import { openSqliteImmutable } from './adapters/sql/sqlite.ts';
import { readSqliteWorkspace } from './adapters/sql/workspace-store.ts';
import { makeSecretBox } from './adapters/system/secret-box.ts';
import { configuredKey, openSecretsKey } from './adapters/system/secrets-key.ts';
import type { Config } from './config/schema.ts';
import { SluiceError } from './domain/errors.ts';
import type { Workspace } from './domain/workspace.ts';
import type { SecretBox } from './ports/secret-box.ts';

export interface SecretBoxes {
  readonly box: SecretBox;
  /** What secrets were sealed with before, where the key is being changed. */
  readonly previousBox: SecretBox | null;
}

type KeyFiles = Pick<DataFiles, 'workspaceFile' | 'secretsKeyFile'>;

/**
 * The boxes of a Sluice that is about to open its workspace. The key is made where there is none and nothing was sealed
 * with one; it is on disk before anything can be sealed with it.
 *
 * @throws SluiceError `secrets_key_missing`, `secrets_key_unusable`, `disk_full`, `file_corrupt`
 */
export function openSecretBoxes({ workspaceFile, secretsKeyFile }: KeyFiles, secrets: Config['secrets']): SecretBoxes {
  const check = checkValueOf(workspaceFile);
  const previousBox = previousBoxOf(secrets);
  const mayMake = check === null || (previousBox !== null && opens(previousBox, check));
  const key = openSecretsKey({ configured: secrets.key, file: secretsKeyFile, mayMake });
  return { box: makeSecretBox(key), previousBox };
}

/**
 * The workspace of a data folder as it is now, with its secrets in clear, whether a Sluice runs on it or not; null
 * where there is none yet. Writes nothing.
 *
 * @throws SluiceError `folder_too_old`, `folder_too_new`, `file_corrupt`, `secrets_key_missing`, `secrets_key_unusable`,
 *   `secrets_key_wrong`
 */
export function readWorkspace({ dataDir, secrets }: Pick<Config, 'dataDir' | 'secrets'>): Workspace | null {
  const { workspaceFile, secretsKeyFile } = dataFilesIn(dataDir);
  const check = checkValueOf(workspaceFile);
  if (check === null) return readSqliteWorkspace(workspaceFile, null);
  const previousBox = previousBoxOf(secrets);
  // Of a Sluice that has not been started since with the key that the configuration says now.
  if (previousBox !== null && opens(previousBox, check)) return readSqliteWorkspace(workspaceFile, previousBox);
  const key = openSecretsKey({ configured: secrets.key, file: secretsKeyFile, mayMake: false });
  return readSqliteWorkspace(workspaceFile, makeSecretBox(key));
}

/**
 * Where the key is that the secrets of a copy of a data folder were sealed with, which nobody has open: in the copy, or
 * elsewhere, if there are any.
 */
export function keyPlaceOf(copy: string): KeyPlace {
  const { workspaceFile, secretsKeyFile } = dataFilesIn(copy);
  const check = checkValueOf(workspaceFile, openSqliteImmutable);
  if (check === null) return 'none';
  try {
    const key = openSecretsKey({ configured: null, file: secretsKeyFile, mayMake: false });
    return opens(makeSecretBox(key), check) ? 'here' : 'elsewhere';
  } catch (error) {
    if (error instanceof SluiceError) return 'elsewhere';
    throw error;
  }
}

function previousBoxOf({ previousKey }: Config['secrets']): SecretBox | null {
  return previousKey === null ? null : makeSecretBox(configuredKey(previousKey, 'secrets.previousKey'));
}
