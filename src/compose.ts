import { MessageChannel } from 'node:worker_threads';
import { openDataFolder } from './adapters/sql/data-folder.ts';
import { openSqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import { openSqliteWorkspaceStore } from './adapters/sql/workspace-store.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { makeLogTelemetry } from './adapters/system/telemetry.ts';
import { receiveTelemetry } from './adapters/system/telemetry-relay.ts';
import type { Config } from './config/schema.ts';
import { startDeliveryThread } from './delivery-link.ts';
import {
  checkLoopback,
  developmentBins,
  freePort,
  LOOPBACK_NAMES,
  PRIVATE_RANGES,
  withDevelopment,
} from './development.ts';
import { openHttpServer } from './http/server.ts';
import { makeIngest } from './pipeline/ingest.ts';
import type { Ambient } from './ports/ambient.ts';
import type { Log } from './ports/log.ts';
import type { Telemetry } from './ports/telemetry.ts';
import { version } from './version.ts';
import { declare } from './workspace/declare.ts';

/** What the process has before there is a Sluice in it: clocks, and a log on stderr. */
export function openSystem(level: Config['log']['level']): { readonly ambient: Ambient; readonly log: Log } {
  const ambient = makeSystemAmbient();
  return { ambient, log: makeLogTelemetry({ level, ambient }) };
}

export interface SluiceOptions {
  readonly config: Config;
  /** `dev`: loopback alone, a source and a request bin of its own, private addresses allowed, every attempt told. */
  readonly mode: 'dev' | 'serve';
  readonly telemetry: Telemetry;
  readonly ambient: Ambient;
  /** Told of what must not happen; the process should end with 1, which is safe: all state is on disk. */
  readonly onFailure: (error: unknown) => void;
}

export interface Sluice {
  readonly address: { readonly host: string; readonly port: number };
  /** Accepts no more, lets attempts in flight end within the configured time, settles, and closes everything. */
  stop(): Promise<void>;
}

/**
 * A configuration → a running Sluice: the list of its parts and of what each is given. What delivers is listed in
 * `delivery-thread.ts`. Parts stop in the reverse order of their start.
 *
 * @throws SluiceError when the folder, the address or a file cannot be had
 */
export async function startSluice({ config, mode, telemetry, ambient, onFailure }: SluiceOptions): Promise<Sluice> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    if (mode === 'dev') checkLoopback(config.http.host);
    const folder = openDataFolder(config.dataDir);
    stops.push(() => {
      folder.release();
    });

    const workspace = openSqliteWorkspaceStore({ file: folder.workspaceFile });
    stops.push(async () => workspace.close());
    const port = mode === 'dev' && config.http.port === 0 ? await freePort(config.http.host) : config.http.port;
    await declare(workspace, mode === 'dev' ? withDevelopment(config, port) : config, ambient);

    const log = await openSqliteEventLog({ folder: folder.logFolder, ambient, onFailure });
    stops.push(async () => log.close());

    const reports = new MessageChannel();
    receiveTelemetry(reports.port1, telemetry);
    const tail = log.tailPort();
    const delivery = await startDeliveryThread(
      {
        logFolder: folder.logFolder,
        storeFile: folder.deliveryFile,
        tail,
        telemetry: reports.port2,
        isWatched: mode === 'dev',
        networkAllow: mode === 'dev' ? [...config.network.allow, ...PRIVATE_RANGES] : config.network.allow,
        version,
        destinations: workspace.current().destinations,
        newFrom: (await log.extent()).end,
      },
      onFailure,
    );
    stops.push(async () => delivery.stop(config.delivery.drainMs));
    workspace.watch(({ destinations }) => {
      delivery.update(destinations).catch(onFailure);
    });

    const http = await openHttpServer({
      host: config.http.host,
      port,
      allowedHosts: mode === 'dev' ? LOOPBACK_NAMES : null,
      ingest: makeIngest({ log, workspace, ambient, telemetry }),
      bins: mode === 'dev' ? developmentBins(ambient) : null,
      telemetry,
      ambient,
      onFailure,
    });
    stops.push(async () => http.close());
    return { address: http.address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
