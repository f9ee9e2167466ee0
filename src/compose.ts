import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { openAccess } from './access.ts';
import { type DataFolder, openDataFolder } from './adapters/sql/data-folder.ts';
import { deliveryReach } from './adapters/sql/delivery-reach.ts';
import { openSqliteEventLog, type SqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { type MainMetrics, makeMainMetrics } from './adapters/system/main-metrics.ts';
import { teeTelemetry } from './adapters/system/tee-telemetry.ts';
import { makeLogTelemetry } from './adapters/system/telemetry.ts';
import { receiveTelemetry } from './adapters/system/telemetry-relay.ts';
import { type Administration, openAdministration } from './administration.ts';
import { startAlerts } from './alerts.ts';
import type { Config } from './config/schema.ts';
import { controlOf } from './control.ts';
import type { DeliveryThread } from './delivery-link.ts';
import { checkLoopback, developmentBins, forwardedIn, freePort, LOOPBACK_NAMES, networkOf } from './development.ts';
import type { Workspace } from './domain/workspace.ts';
import { makeBinIds } from './http/bin-ids.ts';
import { type Bins, makeBins } from './http/bins.ts';
import { CertificateWatch } from './http/certificate-watch.ts';
import { makeForwarding } from './http/client-address.ts';
import { followWorkspace } from './follow-workspace.ts';
import type { HistoryThread } from './history-link.ts';
import { type Connections, openConnections } from './http-link.ts';
import type { HttpServer, HttpServerOptions, ServerAddress } from './http/server.ts';
import { openErasures } from './erasures.ts';
import { type Listening, openListening } from './listening.ts';
import { type Live, openLive } from './live.ts';
import { makeStops, type Stops } from './lib/stops.ts';
import { type LoadingThreads, loadThreads } from './loading-threads.ts';
import { makeMonitoring } from './monitoring.ts';
import { AcceptedCounter } from './pipeline/count-accepted.ts';
import { makeIngest } from './pipeline/ingest.ts';
import type { Replays } from './pipeline/replays.ts';
import { writeKeyLookup } from './pipeline/source-lookup.ts';
import { makeStoreCall } from './pipeline/store-call.ts';
import { pastOf } from './past.ts';
import { makeDiskTeller } from './pipeline/tell-disk.ts';
import type { Ambient } from './ports/ambient.ts';
import type { EventAppender } from './ports/event-log.ts';
import type { Log } from './ports/log.ts';
import type { Telemetry } from './ports/telemetry.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';
import { openRefusals } from './refusals.ts';
import { openReplays } from './replays.ts';
import { dataBytes, diskMeasurer, segmentBytesFor, startPruner } from './retention.ts';
import { version } from './version.ts';
import type { Changes, Declared } from './workspace/declaration.ts';

export { teeTelemetry } from './adapters/system/tee-telemetry.ts';
export type { Changes } from './workspace/declaration.ts';

/** What the process has before there is a Sluice in it: clocks, and a log on stderr. */
export function openSystem(log: Config['log']): { readonly ambient: Ambient; readonly log: Log } {
  const ambient = makeSystemAmbient();
  return { ambient, log: makeLogTelemetry({ ...log, ambient }) };
}

export interface SluiceOptions {
  readonly config: Config;
  /** `dev`: loopback alone, a source and a request bin of that name, private addresses allowed, every attempt told. */
  readonly mode: 'dev' | 'serve';
  readonly telemetry: Telemetry;
  readonly ambient: Ambient;
  /** Told of what must not happen; the process should end with 1, which is safe: all state is on disk. */
  readonly onFailure: (error: unknown) => void;
}

export interface Sluice {
  readonly address: ServerAddress;
  /** What its event log promises. */
  readonly facts: EventAppender['facts'];
  /** Where the API token is, when it is neither configured nor needless. */
  readonly apiTokenFile: string | null;
  /**
   * Makes sources and destinations what is declared now, and answers what that changed. Resolves when deliveries go by
   * it: attempts in flight end by the settings that they began with. One reload after the other, and none after `stop`.
   */
  reload(declared: Declared): Promise<Changes>;
  /** Looks at once whether the files of its certificate were replaced, and tells what is wrong with them. */
  lookAtCertificate(): Promise<void>;
  /** Accepts no more, lets attempts in flight end within the configured time, settles, and closes everything. */
  stop(): Promise<void>;
}

/**
 * A configuration → a running Sluice: the list of its parts and of what each is given. What delivers is listed in
 * `delivery-thread.ts`. Parts stop in the reverse order of their start.
 *
 * @throws SluiceError when the folder, the address or a file cannot be had
 */
export async function startSluice(options: SluiceOptions): Promise<Sluice> {
  const { stops, stop } = makeStops();
  try {
    const { config, mode } = options;
    const ground = await openGround(options, stops);
    const { folder, certificate, administration, log, live } = ground;
    // Endpoints may be bins of this server, so it listens before anything is delivered.
    const connections = await openConnections(ground.threads.http, {
      ...{ host: config.http.host, port: ground.port, allowedHosts: allowedHostsOf(mode), certificate },
      ...{ ...forwardedIn(config, mode), workspace: administration.workspace },
    });
    let http: HttpServer | null = null;
    // Whoever watches the process is answered until the last delivery is settled.
    // Whoever listens answers what is in flight, and is then let go.
    stops.push(async () => (http ?? connections.entrance).close(), ground.listening.stop);
    const data = await startDelivery(options, ground, stops);
    const applied = async (): Promise<void> => {
      await connections.applied();
      await data.following.applied();
    };
    const served = servedOf(options, ground, { ...data, connections, applied });
    const server = await ground.serving.openHttpServer(served, connections.entrance);
    http = server;
    stops.push(() => {
      live.stop();
      server.refuse();
    });
    return {
      ...{
        address: server.address,
        facts: log.facts,
        reload: reloadOf(administration.declareNow, applied),
        stop,
      },
      apiTokenFile: config.admin.token === null && mode === 'serve' ? folder.apiTokenFile : null,
      lookAtCertificate: async () => certificate?.look(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Ground = Awaited<ReturnType<typeof openGround>>;
type Data = Awaited<ReturnType<typeof startDelivery>>;

/** What the HTTP server answers with. What HTTP threads make of calls is stored from here on. */
function servedOf(
  options: SluiceOptions,
  ground: Ground,
  {
    connections,
    applied,
    ...data
  }: Data & { readonly connections: Connections; readonly applied: () => Promise<void> },
): HttpServerOptions {
  const { config, mode, ambient, onFailure } = options;
  const { folder, administration, operators, log, history, live, refusals, listening } = ground;
  const { workspace, audit } = administration;
  const { delivery, replays, alerts, erasures, network, kept } = data;
  const monitored = { ...ground, delivery, httpBusyMs: connections.busyMs, dataBytes: () => dataBytes(folder) };
  const monitoring = makeMonitoring({ ...monitored, ambient, version });
  const ingested = { log, workspace, ambient, telemetry: ground.watchers, ...erasures.ofIngest };
  const store = makeStoreCall(ingested);
  connections.serve({ ...ingested, store, monitoring });
  const { port, certificate, forwarding, accepted } = ground;
  return {
    ...{ host: config.http.host, port, allowedHosts: allowedHostsOf(mode), certificate, forwarding },
    ...{ replays, alerts, audit, accepted, monitoring, ambient, onFailure },
    ...operators.ofRoutes,
    ingest: makeIngest(store, ingested),
    isWriteKey: writeKeyLookup(workspace, ambient),
    ...pastOf({ epoch: log.epoch, history, delivery, workspace, ambient }),
    ...controlOf({ ...config, ...operators, workspace, applied, replays, delivery, history, network, ambient }),
    ...{ refusals: refusals.store, stream: live.stream, measureDisk: diskMeasurer(kept) },
    ...{ erasures: erasures.ofRoutes, bins: binsOf(administration, options), listeners: listening.hub },
    dashboardFolder: join(import.meta.dirname, '../dashboard/dist'),
  };
}

/** Nobody but this machine is to find a server without a login. */
function allowedHostsOf(mode: SluiceOptions['mode']): HttpServerOptions['allowedHosts'] {
  return mode === 'dev' ? LOOPBACK_NAMES : null;
}

/** What is there before anything is delivered: the folder, who may do what, the log, and what looks into it. */
async function openGround({ config, mode, ...told }: SluiceOptions, stops: Stops) {
  const { ambient, telemetry, onFailure } = told;
  if (mode === 'dev') checkLoopback(config.http.host);
  const certificate = await openCertificate({ config, mode, ...told });
  stops.push(() => certificate?.close());
  const folder = openDataFolder(config.dataDir);
  stops.push(() => {
    folder.release();
  });
  const threads = loadThreads(config.http.threads, onFailure);
  stops.push(threads.end);
  const port = mode === 'dev' && config.http.port === 0 ? await freePort(config.http.host) : config.http.port;
  const administration = await openAdministration({ config, mode, folder, port, ...told });
  stops.push(administration.stop);
  const { trustedProxies, publicUrl } = forwardedIn(config, mode);
  const forwarding = makeForwarding(trustedProxies, publicUrl);
  const operators = await openAccess({ config, mode, folder, forwarding, ...administration, ...told });
  stops.push(operators.stop);
  const { metrics, accepted } = countersOf(administration.workspace, ambient);
  const refusing = openRefusals({ folder, ...told });
  stops.push(async () => refusing.then(async (refusals) => refusals.stop(), nothing));
  const logging = openLog({ config, folder, metrics, ...told });
  stops.push(async () => logging.then(async (log) => log.close(), nothing));
  // Loaded here and not before, while threads open what they have: for a tenth of a second this one would do nothing.
  const [refusals, log, serving] = await Promise.all([refusing, logging, import('./http/server.ts')]);
  const live = openLive({ epoch: log.epoch, ambient, onFailure });
  const listening = openListening({ ambient, onFailure });
  const watchers = teeTelemetry(
    metrics.telemetry,
    accepted.telemetry,
    telemetry,
    refusals.watcher,
    live.stream.telemetry,
  );
  const history = await openHistory({ folder, threads, log, telemetry });
  stops.push(async () => history.stop());
  const data = { metrics, accepted, refusals, log, live, listening, watchers, history };
  return { certificate, folder, threads, serving, port, administration, forwarding, operators, ...data };
}

/** What delivers, and what prunes, erases and tells beside it. */
async function startDelivery({ config, mode, ...told }: SluiceOptions, ground: Ground, stops: Stops) {
  const { ambient, onFailure } = told;
  const { folder, threads, administration, log, live, listening, history, refusals, metrics } = ground;
  const { workspace } = administration;
  const replays = await openReplays({ folder, history, workspace, ambient, onFailure });
  const opened = { folder, threads, log, workspace, replays, live, listening };
  const delivery = await openDelivery({ config, mode, ...opened, ...told });
  stops.push(
    async () => delivery.stop(config.delivery.drainMs),
    async () => replays.stop(),
  );
  live.begin(delivery);
  listening.begin(delivery);
  const kept = { retention: config.retention, log, history, delivery, refusals: refusals.store };
  stops.push(startPruner({ ...kept, ...told }));
  const network = networkOf(config, mode);
  const alerts = await startAlerts({ ...config, network, log, delivery, version, ...told });
  stops.push(async () => alerts.stop());
  const following = followWorkspace({ workspace, log, replays, delivery, onFailure });
  const erasing = { folder, log, history, delivery, replays, refusals, metrics, workspace, live: live.stream };
  const erasures = openErasures({ ...erasing, ...told });
  stops.push(erasures.stop);
  return { delivery, replays, alerts, following, erasures, network, kept };
}

const nothing = (): void => undefined;

/** Request bins, whose ids the key of the secrets vouches for. */
function binsOf({ box }: Pick<Administration, 'box'>, { mode, ambient }: SluiceOptions): Bins {
  const ids = makeBinIds({ box, ambient });
  return makeBins({ ambient, ...(mode === 'dev' ? developmentBins(ids) : { ids }) });
}

/** `dev` speaks plain HTTP to this machine, also by a configuration that was made for production, and says so. */
async function openCertificate({ config, mode, ...rest }: SluiceOptions): Promise<CertificateWatch | null> {
  const { tls: files, trustedProxies, publicUrl } = config.http;
  if (mode === 'serve') return files === null ? null : CertificateWatch.open({ files, ...rest });
  if (files !== null || trustedProxies.length > 0 || publicUrl !== null)
    rest.telemetry.trouble(
      '`sluice dev` speaks plain HTTP to this machine: http.publicUrl, http.tls and http.trustedProxies are ignored',
      {},
    );
  return null;
}

/** Starts what delivers: lanes for the destinations that there are, new ones from the log's end on. */
async function openDelivery({
  config,
  mode,
  folder,
  threads,
  log,
  workspace,
  replays,
  live,
  listening,
  telemetry,
}: Omit<SluiceOptions, 'ambient' | 'onFailure'> & {
  readonly folder: DataFolder;
  readonly threads: LoadingThreads;
  readonly log: SqliteEventLog;
  readonly workspace: WorkspaceStore;
  readonly replays: Replays;
  readonly live: Pick<Live, 'port'>;
  readonly listening: Pick<Listening, 'port'>;
}): Promise<DeliveryThread> {
  const reports = new MessageChannel();
  receiveTelemetry(reports.port1, telemetry);
  return threads.delivery.start({
    logFolder: folder.logFolder,
    storeFile: folder.deliveryFile,
    tail: log.tailPort(),
    telemetry: reports.port2,
    watched: live.port,
    listeners: listening.port,
    attempts: mode === 'dev' ? 'all' : config.log.attempts,
    network: networkOf(config, mode),
    threads: config.delivery.threads,
    version,
    destinations: workspace.current().destinations,
    newFrom: (await log.extent()).end,
    replays: replays.slices,
  });
}

/** Starts what looks up events. */
async function openHistory({
  folder,
  threads,
  log,
  telemetry,
}: Pick<SluiceOptions, 'telemetry'> & {
  readonly folder: DataFolder;
  readonly threads: LoadingThreads;
  readonly log: SqliteEventLog;
}): Promise<HistoryThread> {
  const reports = new MessageChannel();
  receiveTelemetry(reports.port1, telemetry);
  const { logFolder, indexFile, deliveryFile } = folder;
  const data = { logFolder, indexFile, deliveryFile, tail: log.tailPort(), telemetry: reports.port2 };
  return threads.history.start(data);
}

/** What declares the workspace anew, and answers when deliveries go by it. */
function reloadOf(
  declareNow: (declared: Declared) => Promise<Changes>,
  updated: () => Promise<unknown>,
): Sluice['reload'] {
  return async (declared) => {
    const changes = await declareNow(declared);
    await updated();
    return changes;
  };
}

/** The log, which tells what the operator should know of its files and its disk. */
async function openLog({
  config,
  folder,
  metrics,
  ambient,
  telemetry,
  onFailure,
}: Omit<SluiceOptions, 'mode'> & {
  readonly folder: DataFolder;
  readonly metrics: MainMetrics;
}): Promise<SqliteEventLog> {
  const reach = deliveryReach(folder.deliveryFile);
  const log = await openSqliteEventLog({
    folder: folder.logFolder,
    limits: { reserveBytes: config.storage.reserveBytes, segmentBytesMax: segmentBytesFor(config.retention.log.bytes) },
    reach: reach ?? 0,
    onDisk: makeDiskTeller(telemetry),
    onLost: ({ after, count }) => {
      const details = { folder: folder.logFolder, afterPosition: after, atLeast: count };
      telemetry.trouble('events are missing from the log: a file of it was taken away, or has lost its end', details);
    },
    onCommit: (durationMs) => {
      metrics.committed(durationMs);
    },
    ...{ ambient, onFailure },
  });
  const isStoreMissing = reach === null && (await log.extent()).end > 0;
  if (isStoreMissing) {
    const details = { file: folder.deliveryFile };
    telemetry.trouble('there is no delivery store: destinations begin with what arrives from now on', details);
  }
  return log;
}

/** What the main thread counts of sources, for those that there are. */
function countersOf(
  workspace: Pick<WorkspaceStore, 'current' | 'watch'>,
  ambient: Ambient,
): { readonly metrics: MainMetrics; readonly accepted: AcceptedCounter } {
  const [metrics, accepted] = [makeMainMetrics(version), new AcceptedCounter(ambient)];
  const keep = ({ sources }: Pick<Workspace, 'sources'>): void => {
    const ids = sources.map(({ id }) => id);
    metrics.keep(ids);
    accepted.keep(ids);
  };
  keep(workspace.current());
  workspace.watch(keep);
  return { metrics, accepted };
}
