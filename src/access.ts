import { openSqliteAccessStore } from './adapters/sql/access-store.ts';
import type { DataFolder } from './adapters/sql/data-folder.ts';
import { apiTokenIn } from './adapters/system/api-token.ts';
import { systemCredentials } from './adapters/system/credentials.ts';
import type { Config } from './config/schema.ts';
import type { Forwarding } from './http/client-address.ts';
import { makeOperatorAccess } from './http/operator-access.ts';
import type { HttpServerOptions } from './http/server.ts';
import type { Ambient } from './ports/ambient.ts';
import type { AuditTrail } from './ports/audit-trail.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';
import { ApiTokens } from './workspace/api-tokens.ts';
import { makeNoted } from './workspace/noted.ts';
import { SignIns } from './workspace/sign-ins.ts';

export interface AccessOptions {
  readonly config: Pick<Config, 'admin'>;
  readonly mode: 'dev' | 'serve';
  readonly folder: Pick<DataFolder, 'accessFile' | 'apiTokenFile'>;
  readonly workspace: Pick<WorkspaceStore, 'current'>;
  readonly forwarding: Forwarding;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly ambient: Ambient;
  readonly onFailure: (error: unknown) => void;
}

/** Who may ask the management API what: the parts that other parts are given. */
export interface AccessParts {
  readonly ofRoutes: Pick<HttpServerOptions, 'access' | 'apiTokens'>;
  /** Whether a text lets its holder in as an operator, so that it must not be a write key. */
  readonly isApiToken: (text: string) => boolean;
  /** Writes when tokens were last used. To be called when nobody asks any more. */
  readonly stop: () => Promise<void>;
}

/**
 * Opens API tokens and sessions. `serve` always has a token of its own; `dev` has one only where it is configured, and
 * asks this machine for none.
 *
 * @throws SluiceError `api_token_unusable`, `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`,
 *   `files_exhausted`
 */
export async function openAccess(options: AccessOptions): Promise<AccessParts> {
  const { config, mode, folder, workspace, forwarding, audit, ambient, onFailure } = options;
  const adminToken = config.admin.token ?? (mode === 'serve' ? apiTokenIn(folder.apiTokenFile) : null);
  const store = openSqliteAccessStore({ file: folder.accessFile });
  const credentials = systemCredentials;
  const noted = makeNoted({ audit, ambient });
  const signIns = await SignIns.open({ store, credentials, adminToken, ambient, noted, onFailure });
  return {
    ofRoutes: {
      access: makeOperatorAccess({
        ...{ signIns, forwarding, ambient },
        isOpenOnLoopback: mode === 'dev',
        isWriteKey: (text) => workspace.current().sourceByWriteKey.has(text),
      }),
      apiTokens: new ApiTokens({ store, credentials, ambient, noted }),
    },
    isApiToken: (text) => signIns.isToken(text),
    stop: async () => {
      signIns.stop();
      await store.close();
    },
  };
}
