import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DeliveryThreadCalls, DeliveryThreadData } from './delivery-thread.ts';
import { errorCodec, errorOfThread } from './domain/errors.ts';
import { RemoteEnd } from './lib/remote.ts';

/** The delivery thread, seen from the main thread. Its calls reject when it has ended. */
export interface DeliveryThread extends DeliveryThreadCalls {
  /** Milliseconds that it was busy since it started. */
  busyMs(): number;
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
  const end = new RemoteEnd<DeliveryThreadCalls>(worker, errorCodec);
  let state: 'starting' | 'running' | 'stopping' = 'starting';
  const ended = (error: Error): void => {
    end.fail(error);
    if (state === 'running') onFailure(error);
  };
  worker.on('error', (error) => {
    ended(errorOfThread(error));
  });
  worker.on('exit', (code) => {
    ended(new Error(`the delivery thread ended by itself with code ${code}`));
  });
  const thread = end.object;
  await thread.started();
  state = 'running';
  return {
    started: async () => thread.started(),
    metrics: async () => thread.metrics(),
    busyMs: () => worker.performance.eventLoopUtilization().active,
    update: async (destinations) => thread.update(destinations),
    status: async () => thread.status(),
    expire: async (before) => thread.expire(before),
    pruneHistory: async (beforeMs) => thread.pruneHistory(beforeMs),
    stop: async (drainMs) => {
      state = 'stopping';
      await thread.stop(drainMs);
      await worker.terminate();
    },
  };
}
