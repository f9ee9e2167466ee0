import { createServer } from 'node:net';
import { extname } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { openDataFolder } from './adapters/sql/data-folder.ts';
import { openSqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import { openSqliteWorkspaceStore } from './adapters/sql/workspace-store.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { makeLogTelemetry } from './adapters/system/telemetry.ts';
import { receiveTelemetry } from './adapters/system/telemetry-relay.ts';
import type { Config } from './config/schema.ts';
import type { DeliveryThreadData, DeliveryThreadOrder, DeliveryThreadReport } from './delivery-thread.ts';
import { DEFAULT_DELIVERY_POLICY, type Destination } from './domain/destination.ts';
import type { Source } from './domain/source.ts';
import { makeBins } from './http/bins.ts';
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
      delivery.update(destinations);
    });

    const http = await openHttpServer({
      host: config.http.host,
      port,
      allowedHosts: mode === 'dev' ? LOOPBACK_NAMES : null,
      ingest: makeIngest({ log, workspace, ambient, telemetry }),
      bins: mode === 'dev' ? makeBins({ ambient }) : null,
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

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
const PRIVATE_RANGES = ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

/** What the file declares, and beside it the source `dev`, connected to a request bin of this server. */
function withDevelopment(
  { sources, destinations }: Config,
  port: number,
): { readonly sources: readonly Source[]; readonly destinations: readonly Destination[] } {
  // A source of the file that has this write key takes its place.
  const declared = sources.find(({ id, writeKeys }) => id === 'dev' || writeKeys.includes('dev'));
  const source = declared ?? { id: 'dev', name: 'Development', enabled: true, writeKeys: ['dev'] };
  const bin: Destination = {
    id: 'dev-bin',
    name: 'Request bin',
    sources: [source.id],
    type: 'webhooks',
    enabled: true,
    endpoints: [{ url: `http://127.0.0.1:${port}/bins/dev`, headers: {} }],
    sharedSecret: null,
    delivery: DEFAULT_DELIVERY_POLICY,
  };
  return {
    sources: declared === undefined ? [...sources, source] : sources,
    destinations: [...destinations.filter(({ id }) => id !== bin.id), bin],
  };
}

/** The bin's URL has to be known before anything is delivered, so a free port is picked before the server opens. */
async function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

interface DeliveryThread {
  update(destinations: readonly Destination[]): void;
  stop(drainMs: number): Promise<void>;
}

/** The extension is `.ts` as it is, `.js` once compiled. */
async function startDeliveryThread(
  data: DeliveryThreadData,
  onFailure: (error: unknown) => void,
): Promise<DeliveryThread> {
  const worker = new Worker(new URL(`./delivery-thread${extname(import.meta.filename)}`, import.meta.url), {
    workerData: data,
    transferList: [data.tail, data.telemetry],
  });
  const send = (order: DeliveryThreadOrder): void => {
    worker.postMessage(order);
  };
  const reported = async (what: DeliveryThreadReport): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (report: DeliveryThreadReport) => {
        if (report === what) resolve();
      });
    });
  await reported('ready');
  let isStopping = false;
  worker.on('error', onFailure);
  worker.on('exit', (code) => {
    if (!isStopping) onFailure(new Error(`the delivery thread ended by itself with code ${code}`));
  });
  return {
    update: (destinations) => {
      send({ kind: 'update', destinations });
    },
    stop: async (drainMs) => {
      isStopping = true;
      const stopped = reported('stopped');
      send({ kind: 'stop', drainMs });
      await stopped;
      await worker.terminate();
    },
  };
}
