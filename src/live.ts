import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { DeliveryThread } from './delivery-link.ts';
import { makeStreamFrames } from './http/stream-frames.ts';
import { LiveStream } from './pipeline/live-stream.ts';
import type { WatchedAttempts } from './pipeline/watched-attempts.ts';
import type { Ambient } from './ports/ambient.ts';

/** The live stream, in the main thread. */
export interface Live {
  readonly stream: LiveStream;
  /** For the delivery thread, which sends there the attempts that somebody watches. */
  readonly port: MessagePort;
  /** Has this thread watch attempts. To be called before anybody reads. */
  begin(delivery: Pick<DeliveryThread, 'watch'>): void;
  /** Ends all readers, at once. */
  readonly stop: () => void;
}

/** @param epoch of the log */
export function openLive({
  epoch,
  ...options
}: {
  readonly epoch: number;
  readonly ambient: Ambient;
  readonly onFailure: (error: unknown) => void;
}): Live {
  const { port1, port2 } = new MessageChannel();
  let watching: Pick<DeliveryThread, 'watch'> | null = null;
  const stream = new LiveStream({
    ...options,
    frames: makeStreamFrames(epoch),
    watch: async (filters) => watching?.watch(filters),
  });
  port1.on('message', (attempts: WatchedAttempts) => {
    stream.attempted(attempts);
  });
  // A start that fails is not held by it.
  port1.unref();
  return {
    stream,
    port: port2,
    begin: (delivery) => {
      watching = delivery;
    },
    stop: () => {
      stream.close();
      port1.close();
    },
  };
}
