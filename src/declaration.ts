import { staleCertificates } from './config/client-certificates.ts';
import type { Config } from './config/schema.ts';
import { withDevelopment } from './development.ts';
import type { Ambient } from './ports/ambient.ts';
import type { Telemetry } from './ports/telemetry.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';
import { type Changes, declare, type Declared } from './workspace/declare.ts';

/** What makes the workspace what is declared, at each start and reload, and tells what is not right about it. */
export function makeDeclare({
  config,
  mode,
  workspace,
  port,
  ambient,
  telemetry,
}: {
  readonly config: Config;
  readonly mode: 'dev' | 'serve';
  readonly workspace: WorkspaceStore;
  /** Of the HTTP server, which has the request bin of `dev`. */
  readonly port: number;
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
}): (declared: Declared) => Promise<Changes> {
  return async ({ sources, destinations }: Declared): Promise<Changes> => {
    for (const stale of staleCertificates(destinations, ambient.nowMs())) {
      telemetry.trouble('endpoints refuse the certificate of a destination (tls.cert)', { ...stale });
    }
    const declared = { ...config, sources, destinations };
    return declare(workspace, mode === 'dev' ? withDevelopment(declared, port) : declared, ambient);
  };
}
