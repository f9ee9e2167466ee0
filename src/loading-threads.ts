import { loadDeliveryThread, type LoadingDeliveryThread } from './delivery-link.ts';
import { loadHistoryThread, type LoadingHistoryThread } from './history-link.ts';

/** The threads that take long to load and need the log to start. */
export interface LoadingThreads {
  readonly delivery: LoadingDeliveryThread;
  readonly history: LoadingHistoryThread;
  /** Ends both, whether they have started or not. */
  readonly end: () => Promise<void>;
}

/** Has them load their code, for a fifth of a second, while the main thread opens what they need. */
export function loadThreads(onFailure: (error: unknown) => void): LoadingThreads {
  const [delivery, history] = [loadDeliveryThread(onFailure), loadHistoryThread(onFailure)];
  const end = async (): Promise<void> => {
    await Promise.all([delivery.end(), history.end()]);
  };
  return { delivery, history, end };
}
