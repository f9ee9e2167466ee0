import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DeliveryThreadData, DeliveryThreadOrder, DeliveryThreadReport } from './delivery-thread.ts';
import type { Destination } from './domain/destination.ts';

/** The delivery thread, seen from the main thread. */
export interface DeliveryThread {
  update(destinations: readonly Destination[]): void;
  stop(drainMs: number): Promise<void>;
}

/**
 * Resolves when its lanes flow.
 *
 * @param onFailure told when the thread ends by itself afterwards
 */
export async function startDeliveryThread(
  data: DeliveryThreadData,
  onFailure: (error: unknown) => void,
): Promise<DeliveryThread> {
  // `.ts` as it is, `.js` once compiled.
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
      worker.once('exit', (code) => {
        reject(new Error(`the delivery thread ended with code ${code} before it was ${what}`));
      });
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
