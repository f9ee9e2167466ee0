import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { makeOpenWebhookSender } from './adapters/webhook/sender.ts';
import { makeOpenThreadedSender } from './adapters/webhook/threaded-sender.ts';
import { errorCodec } from './domain/errors.ts';
import type { Ambient } from './ports/ambient.ts';
import type { OpenWebhookSender } from './ports/webhook-sender.ts';
import type { SenderThreadData } from './sender-thread.ts';

/** What sends webhooks, in this thread or in others. */
export interface Sending {
  readonly openSender: OpenWebhookSender;
  /** Milliseconds that each sender thread was busy since it started; empty where this thread sends itself. */
  readonly busyMs: () => readonly number[];
  /** Ends the sender threads, and their connections with them. What is in flight is answered no more. */
  readonly stop: () => Promise<void>;
}

export interface SendingOptions extends SenderThreadData {
  /** From 1, which has this thread send itself. */
  readonly threads: number;
  readonly ambient: Ambient;
}

/**
 * What sends, by `delivery.threads`. Sender threads take requests at once and begin with them when they have started.
 *
 * @param onFailure told when a sender thread could not be started, or has ended by itself: what it had in flight never ends
 */
export function startSending(
  { threads, ambient, network, version }: SendingOptions,
  onFailure: (error: unknown) => void,
): Sending {
  if (threads === 1) {
    const openSender = makeOpenWebhookSender({ ambient, network, version });
    return { openSender, busyMs: () => [], stop: async () => Promise.resolve() };
  }
  let isEnding = false;
  const workers = Array.from({ length: threads }, () => startWorker({ network, version }));
  for (const worker of workers) {
    worker.on('error', (error) => {
      onFailure(errorCodec.ofThread(error));
    });
    worker.on('exit', (code) => {
      if (!isEnding) onFailure(new Error(`a sender thread ended by itself with code ${code}`));
    });
  }
  return {
    openSender: makeOpenThreadedSender(workers, ambient),
    busyMs: () => workers.map(({ performance }) => performance.eventLoopUtilization().active),
    stop: async () => {
      isEnding = true;
      await Promise.all(workers.map(async (worker) => worker.terminate()));
    },
  };
}

function startWorker(workerData: SenderThreadData): Worker {
  // `.ts` as it is, `.js` once compiled.
  return new Worker(new URL(`./sender-thread${extname(import.meta.filename)}`, import.meta.url), { workerData });
}
