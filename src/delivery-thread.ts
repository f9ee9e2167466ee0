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
import type { Position } from './domain/event.ts';
import { assert } from './lib/assert.ts';
import { Dispatcher } from './pipeline/dispatch.ts';

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

export type DeliveryThreadOrder =
  | { readonly kind: 'update'; readonly destinations: readonly Destination[] }
  | { readonly kind: 'stop'; readonly drainMs: number };

export type DeliveryThreadReport = 'ready' | 'stopped';

async function run(data: DeliveryThreadData, orders: MessagePort): Promise<void> {
  const ambient = makeSystemAmbient();
  const telemetry = relayTelemetry(data.telemetry, ambient, data.isWatched);
  const log = await openSqliteEventReader({ folder: data.logFolder, tail: data.tail, ambient, onFailure });
  const store = openSqliteDeliveryStore({ file: data.storeFile, nowMs: ambient.nowMs() });
  const openSender = makeOpenWebhookSender({ ambient, network: { allow: data.networkAllow }, version: data.version });
  const dispatcher = new Dispatcher({ node: 'local', log, store, openSender, ambient, telemetry, onFailure });
  await dispatcher.start(data.destinations, data.newFrom);
  // Orders are carried out one after the other.
  let carriedOut = Promise.resolve();
  orders.on('message', (order: DeliveryThreadOrder) => {
    carriedOut = carriedOut.then(async () => carryOut(order)).catch(onFailure);
  });
  report('ready');

  async function carryOut(order: DeliveryThreadOrder): Promise<void> {
    if (order.kind === 'update') {
      await dispatcher.update(order.destinations);
      return;
    }
    await dispatcher.stop(order.drainMs);
    await log.close();
    report('stopped');
    orders.close();
    data.telemetry.close();
  }

  function report(what: DeliveryThreadReport): void {
    orders.postMessage(what);
  }
}

/** Ends the thread; the main thread hears of it as the worker's error and ends the process. */
function onFailure(error: unknown): never {
  throw error;
}

assert(parentPort !== null, 'this file is the entry of a thread');
await run(workerData as DeliveryThreadData, parentPort);
