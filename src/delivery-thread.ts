/**
 * The delivery thread: lanes, gates, sending and settling, with connections of its own to the log and the delivery
 * store, so that neither a search nor a burst of calls delays an attempt, and no attempt delays a `200`. The second
 * list of parts, beside `compose.ts`.
 */
import type { MessagePort } from 'node:worker_threads';
import { openSqliteDeliveryStore } from './adapters/sql/delivery-store.ts';
import { openSqliteEventReader } from './adapters/sql/sqlite-event-log.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { makeDeliveryMetrics } from './adapters/system/delivery-metrics.ts';
import { type LoopDelay, watchEventLoop } from './adapters/system/event-loop.ts';
import { sampleFailures } from './adapters/system/sample-failures.ts';
import { teeTelemetry } from './adapters/system/tee-telemetry.ts';
import { relayTelemetry } from './adapters/system/telemetry-relay.ts';
import { makeOpenListenerSender } from './adapters/webhook/listener-sender.ts';
import type { NetworkPolicy } from './adapters/webhook/sender.ts';
import type { LoggedAttempts } from './config/schema.ts';
import type { LaneId } from './domain/delivery.ts';
import { errorCodec } from './domain/errors.ts';
import type { Position } from './domain/event.ts';
import { isListenerUrl } from './domain/listener-url.ts';
import type { Horizon } from './domain/retention.ts';
import { RemoteEnd } from './lib/remote.ts';
import { makeTurns } from './lib/turns.ts';
import type { Observed } from './pipeline/alert-conditions.ts';
import { DeathCounter } from './pipeline/count-deaths.ts';
import { Dispatcher, type Wanted } from './pipeline/dispatch.ts';
import type { LaneStatus } from './pipeline/lane-status.ts';
import type { EndpointAsk } from './pipeline/operate.ts';
import { OwedSampler } from './pipeline/sample-owed.ts';
import { type EndpointTest, EndpointTester, type TestAsk } from './pipeline/test-endpoints.ts';
import { type AttemptFilter, AttemptWatch } from './pipeline/watch-attempts.ts';
import type { Ambient } from './ports/ambient.ts';
import type { ListenerCarrier } from './ports/listener-carrier.ts';
import type { Telemetry } from './ports/telemetry.ts';
import type { OpenWebhookSender } from './ports/webhook-sender.ts';
import { type Sending, startSending } from './sender-link.ts';
import { onFailure, serveThread } from './thread-entry.ts';

/** What `compose.ts` starts this thread with. */
export interface DeliveryThreadData extends Required<Wanted> {
  readonly logFolder: string;
  readonly storeFile: string;
  readonly tail: MessagePort;
  readonly telemetry: MessagePort;
  /** Takes the `WatchedAttempts`. */
  readonly watched: MessagePort;
  /** Where whoever listens is: a `ListenerCarrier` is served at its other end. */
  readonly listeners: MessagePort;
  /** Which attempts are told to the main thread: a sample of those that failed, or each one. */
  readonly attempts: LoggedAttempts;
  readonly network: NetworkPolicy;
  /** How many threads send: with 1 it is this one. */
  readonly threads: number;
  readonly version: string;
}

/** What the main thread can call here. */
export interface DeliveryThreadCalls {
  /** Resolves when lanes flow. */
  start(data: DeliveryThreadData): Promise<void>;
  /** Resolves at once, unless the thread has something else to do for long. */
  answer(): Promise<void>;
  /** See `Dispatcher.begin`. Not called again before it has ended. */
  begin(wanted: Required<Wanted>): Promise<boolean>;
  /** See `Dispatcher.finish`. Called in the order of `begin`. */
  finish(wanted: Required<Wanted>): Promise<boolean>;
  /** See `Dispatcher.status`. */
  status(destination?: string): Promise<readonly LaneStatus[]>;
  /** What alerts are about; deaths are those since the call before. */
  watched(): Promise<Pick<Observed, 'lanes' | 'deaths'>>;
  metrics(): Promise<ThreadMetrics>;
  /** See `EndpointTester`. */
  test(asked: TestAsk): Promise<readonly EndpointTest[]>;
  /** See `Dispatcher.pause`. */
  pause(asked: EndpointAsk): Promise<readonly string[]>;
  /** See `Dispatcher.setListening`. */
  listening(names: readonly string[]): Promise<void>;
  /** See `AttemptWatch.watch`. */
  watch(filters: readonly AttemptFilter[]): Promise<void>;
  /** See `Dispatcher.resume`. */
  resume(asked: EndpointAsk): Promise<readonly string[]>;
  /** See `Dispatcher.retryDead`. */
  retryDead(asked: DeadAsk): Promise<number>;
  replayStanding: Dispatcher['replayStanding'];
  /** See `Dispatcher.erase`. */
  erase(positions: readonly Position[]): Promise<void>;
  /** See `Dispatcher.expire`. */
  expire(before: Position): Promise<Position>;
  /** See `DeliveryStore.prune`. */
  pruneHistory(horizon: Horizon): Promise<void>;
  stop(drainMs: number): Promise<void>;
}

/** Which dead deliveries are to be tried again. */
export interface DeadAsk {
  readonly lane: LaneId;
  readonly positions: readonly Position[] | 'all dead';
  readonly max: number;
}

/** What this thread counted, and how it fares. */
export interface ThreadMetrics {
  /** As Prometheus reads it. */
  readonly page: string;
  readonly delay: LoopDelay;
  /** See `Sending`. */
  readonly sendersBusyMs: readonly number[];
}

async function open(data: DeliveryThreadData): Promise<Omit<DeliveryThreadCalls, 'start'>> {
  const ambient = makeSystemAmbient();
  const metrics = makeDeliveryMetrics();
  const loop = watchEventLoop();
  const deaths = new DeathCounter();
  const watch = openWatch(data, ambient);
  const telemetry = teeTelemetry(metrics.telemetry, deaths.telemetry, watch.telemetry, toldTelemetry(data, ambient));
  const log = await openSqliteEventReader({ folder: data.logFolder, tail: data.tail, ambient, onFailure });
  const store = openSqliteDeliveryStore({ file: data.storeFile, nowMs: ambient.nowMs() });
  const sending = startSending({ ...data, ambient }, onFailure);
  const openSender = openSenders(data, sending, ambient);
  const dispatcher = new Dispatcher({
    ...{ node: 'local', log, store, openSender, ambient, telemetry, onFailure },
    keepsWatched: (destination) => watch.keeps(destination),
  });
  const tester = new EndpointTester(openSender, ambient);
  await dispatcher.start(data);
  metrics.keep(data.destinations.map(({ id }) => id));
  const owed = new OwedSampler({ observe: async () => dispatcher.status(), store, ambient, onFailure });
  owed.start();
  let newest: Wanted = data;
  const inTurn = makeTurns();
  await firstReads(ambient);
  return {
    answer: async () => Promise.resolve(),
    // Not in turn: it waits for no attempt, and others' turns do.
    begin: async (wanted) => {
      newest = wanted;
      return dispatcher.begin(wanted);
    },
    finish: async (wanted) =>
      inTurn(async () => {
        const isFinished = await dispatcher.finish(wanted);
        metrics.keep(newest.destinations.map(({ id }) => id));
        return isFinished;
      }),
    status: async (destination) => dispatcher.status(true, destination),
    // Not counted: for a thousand lanes that are behind that would be work for a thousand, every few seconds.
    watched: async () => ({ lanes: await dispatcher.status(false), deaths: deaths.take() }),
    metrics: async () => ({
      page: await metrics.page(await dispatcher.status(), ambient.nowMs()),
      delay: loop.take(),
      sendersBusyMs: sending.busyMs(),
    }),
    // Not in turn: it has to do with no lane.
    test: async (asked) => tester.test(asked),
    pause: async ({ destination, url }) => inTurn(async () => dispatcher.pause(destination, url)),
    resume: async ({ destination, url }) => inTurn(async () => dispatcher.resume(destination, url)),
    listening: async (names) => {
      dispatcher.setListening(names);
      return Promise.resolve();
    },
    watch: async (filters) => {
      watch.watch(filters);
      return Promise.resolve();
    },
    retryDead: async ({ lane, positions, max }) => inTurn(async () => dispatcher.retryDead(lane, positions, max)),
    replayStanding: async (...asked) => dispatcher.replayStanding(...asked),
    erase: async (positions) => inTurn(async () => dispatcher.erase(positions)),
    expire: async (before) => inTurn(async () => dispatcher.expire(before)),
    pruneHistory: async ({ beforeMs, bytesMax }) => store.prune(beforeMs, bytesMax),
    // Not in turn: a stop waits for no update.
    stop: async (drainMs) => {
      tester.stop();
      await owed.stop();
      await dispatcher.stop(drainMs);
      await sending.stop();
      await log.close();
      data.telemetry.close();
      data.watched.close();
      data.listeners.close();
    },
  };
}

/**
 * Resolves when lanes have begun to read, and retries that are due: a file that is damaged there ends the start, and is
 * told to whoever started it.
 */
async function firstReads(ambient: Ambient): Promise<void> {
  // Behind what lanes have set for now.
  await new Promise<void>((resolve) => ambient.after(0, resolve));
}

/** Attempts that somebody watches, for the main thread. */
function openWatch({ watched }: DeliveryThreadData, ambient: Ambient): AttemptWatch {
  return new AttemptWatch({
    ambient,
    tell: (attempts) => {
      watched.postMessage(attempts);
    },
  });
}

/** By what an endpoint's URL leads to: a host, or whoever listens. */
function openSenders(
  { version, listeners }: DeliveryThreadData,
  { openSender: toHost }: Sending,
  ambient: Ambient,
): OpenWebhookSender {
  const carrier = new RemoteEnd<ListenerCarrier>(listeners, errorCodec).object;
  const toListener = makeOpenListenerSender({ ambient, carrier, version });
  return (target) => (isListenerUrl(target.url) ? toListener(target) : toHost(target));
}

/** What is not wanted is left out at this end, so that it costs neither thread anything. */
function toldTelemetry({ telemetry: port, attempts }: DeliveryThreadData, ambient: Ambient): Telemetry {
  const relay = relayTelemetry(port, ambient, attempts === 'all');
  return attempts === 'all' ? relay : sampleFailures(relay, ambient);
}

serveThread(open);
