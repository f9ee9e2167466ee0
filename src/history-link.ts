import type { HistoryThreadCalls, HistoryThreadData } from './history-thread.ts';
import { type LoadedThread, loadThread } from './load-thread.ts';

/** The history thread, seen from the main thread. Its calls reject when it has ended. */
export type HistoryThread = Omit<HistoryThreadCalls, 'start'>;

/** A history thread that loads its code, while what it needs is opened. */
export interface LoadingHistoryThread {
  /** Resolves when events can be searched. */
  start(data: HistoryThreadData): Promise<HistoryThread>;
  /** Ends it, whether it has started or not. */
  end(): Promise<void>;
}

/** @param onFailure told when the thread ends by itself after it has started */
export function loadHistoryThread(onFailure: (error: unknown) => void): LoadingHistoryThread {
  const { remote } = loadThread<HistoryThreadCalls>('history-thread', 'the history thread', onFailure);
  return {
    start: async (data) => {
      await remote.start(async () => remote.handOver('start', data, [data.tail, data.telemetry]));
      return linkTo(remote);
    },
    end: async () => remote.end(),
  };
}

function linkTo(remote: LoadedThread<HistoryThreadCalls>['remote']): HistoryThread {
  const thread = remote.object;
  return {
    find: async (...asked) => thread.find(...asked),
    get: async (position) => thread.get(position),
    findPerson: async (ask) => thread.findPerson(ask),
    findDeliveries: async (...asked) => thread.findDeliveries(...asked),
    getDelivery: async (key) => thread.getDelivery(key),
    deliveriesOf: async (position) => thread.deliveriesOf(position),
    dead: async (...asked) => thread.dead(...asked),
    counts: async (ask) => thread.counts(ask),
    rangeOf: async (...asked) => thread.rangeOf(...asked),
    select: async (...asked) => thread.select(...asked),
    diskUse: async () => thread.diskUse(),
    stop: async () => remote.stop(async () => thread.stop()),
  };
}
