/**
 * The delivery thread: lanes, gates, sender and settling, with connections of its own to the log and the delivery
 * store, so that neither a search nor a burst of calls delays an attempt, and no attempt delays a `200`. The second
 * list of parts, beside `compose.ts`.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openSqliteDeliveryStore } from './adapters/sql/delivery-store.ts';
import { openSqliteEventReader } from './adapters/sql/sqlite-event-log.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { relayTelemetry } from './adapters/system/telemetry-relay.ts';
import { makeOpenWebhookSender } from './adapters/webhook/sender.ts';
import type { Destination } from './domain/destination.ts';
import { errorCodec } from './domain/errors.ts';
import type { Position } from './domain/event.ts';
import { assert } from './lib/assert.ts';
import { serveRemote } from './lib/remote.ts';
import { Dispatcher } from './pipeline/dispatch.ts';
import type { LaneStatus } from './pipeline/lane-status.ts';

/** What `compose.ts` starts this thread with. */
export interface DeliveryThreadData {
  readonly logFolder: string;
  readonly storeFile: string;
  readonly tail: MessagePort;
  readonly telemetry: MessagePort;
  /** Somebody watches each attempt, successes included. */
  readonly isWatched: boolean;
  readonly networkAllow: readonly string[];
  readonly version: string;
  readonly destinations: readonly Destination[];
  readonly newFrom: Position;
}

/** What the main thread can call here. */
export interface DeliveryThreadCalls {
  /** Resolves when lanes flow. */
  started(): Promise<void>;
  update(destinations: readonly Destination[]): Promise<void>;
  status(): Promise<readonly LaneStatus[]>;
  stop(drainMs: number): Promise<void>;
}

async function run(data: DeliveryThreadData, port: MessagePort): Promise<void> {
  const ambient = makeSystemAmbient();
  const telemetry = relayTelemetry(data.telemetry, ambient, data.isWatched);
  const log = await openSqliteEventReader({ folder: data.logFolder, tail: data.tail, ambient, onFailure });
  const store = openSqliteDeliveryStore({ file: data.storeFile, nowMs: ambient.nowMs() });
  const openSender = makeOpenWebhookSender({ ambient, network: { allow: data.networkAllow }, version: data.version });
  const dispatcher = new Dispatcher({ node: 'local', log, store, openSender, ambient, telemetry, onFailure });
  await dispatcher.start(data.destinations, data.newFrom);
  const inTurn = makeTurns();
  const calls: DeliveryThreadCalls = {
    started: async () => Promise.resolve(),
    update: inTurn(async (destinations) => dispatcher.update(destinations)),
    status: async () => dispatcher.status(),
    stop: inTurn(async (drainMs) => {
      await dispatcher.stop(drainMs);
      await log.close();
      data.telemetry.close();
    }),
  };
  serveRemote(port, calls, errorCodec);
}

/** The same functions, one after the other: none begins before the one that was called before it has ended. */
function makeTurns(): <Asked>(run: (asked: Asked) => Promise<void>) => (asked: Asked) => Promise<void> {
  let last = Promise.resolve();
  return (run) => async (asked) => (last = last.then(async () => run(asked)));
}

/** Ends the thread; the main thread hears of it as the worker's error and ends the process. */
function onFailure(error: unknown): never {
  throw error;
}

assert(parentPort !== null, 'this file is the entry of a thread');
await run(workerData as DeliveryThreadData, parentPort);
