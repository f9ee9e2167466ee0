import type { DeliveryThreadCalls, DeliveryThreadData } from './delivery-thread.ts';
import { type LoadedThread, loadThread } from './load-thread.ts';

/** The delivery thread, seen from the main thread. Its calls reject when it has ended. */
export interface DeliveryThread extends Omit<DeliveryThreadCalls, 'start'> {
  /** Milliseconds that it was busy since it started. */
  busyMs(): number;
}

/** A delivery thread that loads its code, while what it needs is opened. */
export interface LoadingDeliveryThread {
  /** Resolves when its lanes flow. */
  start(data: DeliveryThreadData): Promise<DeliveryThread>;
  /** Ends it, whether it has started or not. */
  end(): Promise<void>;
}

/** @param onFailure told when the thread ends by itself after it has started */
export function loadDeliveryThread(onFailure: (error: unknown) => void): LoadingDeliveryThread {
  const loaded = loadThread<DeliveryThreadCalls>('delivery-thread', 'the delivery thread', onFailure);
  const { remote } = loaded;
  return {
    start: async (data) => {
      const ports = [data.tail, data.telemetry, data.watched, data.listeners];
      await remote.start(async () => remote.handOver('start', data, ports));
      return linkTo(loaded);
    },
    end: async () => remote.end(),
  };
}

function linkTo({ remote, busyMs }: LoadedThread<DeliveryThreadCalls>): DeliveryThread {
  const thread = remote.object;
  return {
    answer: async () => thread.answer(),
    metrics: async () => thread.metrics(),
    busyMs,
    begin: async (asked) => thread.begin(asked),
    finish: async (asked) => thread.finish(asked),
    status: async (destination) => thread.status(destination),
    watched: async () => thread.watched(),
    test: async (asked) => thread.test(asked),
    pause: async (asked) => thread.pause(asked),
    resume: async (asked) => thread.resume(asked),
    listening: async (names) => thread.listening(names),
    watch: async (filters) => thread.watch(filters),
    retryDead: async (asked) => thread.retryDead(asked),
    replayStanding: async (...asked) => thread.replayStanding(...asked),
    erase: async (positions) => thread.erase(positions),
    expire: async (before) => thread.expire(before),
    pruneHistory: async (horizon) => thread.pruneHistory(horizon),
    stop: async (drainMs) => remote.stop(async () => thread.stop(drainMs)),
  };
}
