import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { DeliveryThread } from './delivery-link.ts';
import { errorCodec } from './domain/errors.ts';
import { ListenerHub } from './http/listener-hub.ts';
import { serveRemote } from './lib/remote.ts';
import type { Ambient } from './ports/ambient.ts';

/** Whoever listens (`sluice listen`), in the main thread. */
export interface Listening {
  readonly hub: ListenerHub;
  /** For the delivery thread, which has its requests carried by it. */
  readonly port: MessagePort;
  /** Has this thread know who listens. To be called before anybody does. */
  begin(delivery: Pick<DeliveryThread, 'listening'>): void;
  /** Once nothing is delivered any more. */
  readonly stop: () => void;
}

export function openListening({
  ambient,
  onFailure,
}: {
  readonly ambient: Ambient;
  readonly onFailure: (error: unknown) => void;
}): Listening {
  const { port1, port2 } = new MessageChannel();
  let delivering: Pick<DeliveryThread, 'listening'> | null = null;
  const hub = new ListenerHub({
    ambient,
    onListening: (names) => {
      delivering?.listening(names).catch(onFailure);
    },
  });
  serveRemote(port1, hub, errorCodec);
  // A start that fails is not held by it.
  port1.unref();
  return {
    hub,
    port: port2,
    begin: (delivery) => {
      delivering = delivery;
    },
    stop: () => {
      hub.close();
      port1.close();
    },
  };
}
