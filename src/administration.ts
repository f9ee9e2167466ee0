/** What operators and the configuration file say, and who said it: put together for `compose.ts`. */
import { openSqliteAuditTrail } from './adapters/sql/audit-trail.ts';
import type { DataFolder } from './adapters/sql/data-folder.ts';
import { openSqliteWorkspaceStore } from './adapters/sql/workspace-store.ts';
import type { Config } from './config/schema.ts';
import { makeDeclare } from './declaration.ts';
import type { Ambient } from './ports/ambient.ts';
import type { AuditTrail } from './ports/audit-trail.ts';
import type { SecretBox } from './ports/secret-box.ts';
import type { Telemetry } from './ports/telemetry.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';
import { openSecretBoxes } from './secrets.ts';
import type { Changes, Declared } from './workspace/declaration.ts';
import { SecretRotations } from './workspace/rotate-secrets.ts';

export interface AdministrationOptions {
  readonly config: Config;
  readonly mode: 'dev' | 'serve';
  readonly folder: DataFolder;
  /** Of the HTTP server, which has the request bin of `dev`. */
  readonly port: number;
  readonly ambient: Ambient;
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}

export interface Administration {
  readonly workspace: WorkspaceStore;
  readonly audit: AuditTrail;
  /** What secrets are sealed with. */
  readonly box: SecretBox;
  /** Makes of the workspace what the configuration file declares now. */
  readonly declareNow: (declared: Declared) => Promise<Changes>;
  readonly stop: () => Promise<void>;
}

/**
 * Opens the workspace with its secrets and its audit trail, makes it what the file declares, and has rotations of
 * secrets end in time.
 *
 * @throws SluiceError as `openSecretBoxes`, `openSqliteWorkspaceStore` and `declare` do
 */
export async function openAdministration({
  folder,
  ambient,
  onFailure,
  ...rest
}: AdministrationOptions): Promise<Administration> {
  const file = folder.workspaceFile;
  const boxes = openSecretBoxes(folder, rest.config.secrets);
  const workspace = openSqliteWorkspaceStore({ file, ...boxes });
  try {
    const audit = openSqliteAuditTrail({ file });
    const declareNow = makeDeclare({ ...rest, workspace, ambient });
    await declareNow(rest.config);
    const rotations = await SecretRotations.start({ workspace, ambient, onFailure });
    const stop = async (): Promise<void> => {
      rotations.stop();
      await audit.close();
      await workspace.close();
    };
    return { workspace, audit, box: boxes.box, declareNow, stop };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}
