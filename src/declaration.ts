import { staleCertificates } from './config/client-certificates.ts';
import type { Config } from './config/schema.ts';
import { withDevelopment } from './development.ts';
import type { Ambient } from './ports/ambient.ts';
import type { Telemetry } from './ports/telemetry.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';
import type { Changes, Declared } from './workspace/declaration.ts';
import { declare } from './workspace/declare.ts';

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
    const changes = await declare(workspace, mode === 'dev' ? withDevelopment(declared, port) : declared, ambient);
    tellTakenOver(changes, telemetry);
    return changes;
  };
}

/** What operators made is touched on purpose alone, and told, at a start as well. */
function tellTakenOver({ sources, destinations, disconnected }: Changes, telemetry: Pick<Telemetry, 'trouble'>): void {
  if (sources.adopted.length + destinations.adopted.length > 0) {
    const details = { sources: sources.adopted, destinations: destinations.adopted };
    telemetry.trouble('the configuration file declares what the management API made, and has taken it over', details);
  }
  if (disconnected.length > 0) {
    const details = { destinations: disconnected };
    telemetry.trouble('destinations of the management API lost a source that is no longer declared', details);
  }
}
