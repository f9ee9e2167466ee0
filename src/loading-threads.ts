import { loadDeliveryThread, type LoadingDeliveryThread } from './delivery-link.ts';
import { loadHistoryThread, type LoadingHistoryThread } from './history-link.ts';
import { loadHttpThreads, type LoadingHttpThreads } from './http-link.ts';

/** The threads that take long to load and need others to start. */
export interface LoadingThreads {
  readonly delivery: LoadingDeliveryThread;
  readonly history: LoadingHistoryThread;
  /** Null where the main thread has the connections. */
  readonly http: LoadingHttpThreads | null;
  /** Ends all of them, whether they have started or not. */
  readonly end: () => Promise<void>;
}

/**
 * Has them load their code, for a fifth of a second, while the main thread opens what they need.
 *
 * @param httpThreads from 1, which has the main thread do it
 */
export function loadThreads(httpThreads: number, onFailure: (error: unknown) => void): LoadingThreads {
  const [delivery, history] = [loadDeliveryThread(onFailure), loadHistoryThread(onFailure)];
  const http = httpThreads === 1 ? null : loadHttpThreads(httpThreads, onFailure);
  const end = async (): Promise<void> => {
    await Promise.all([delivery.end(), history.end(), http?.end()]);
  };
  return { delivery, history, http, end };
}
