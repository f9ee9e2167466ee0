import type { Ingest } from '../pipeline/ingest.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Monitoring } from '../ports/monitoring.ts';
import { makeAnswers } from './answers.ts';
import { guard, makeApp } from './app.ts';
import { type CdnParts, registerCdn } from './cdn.ts';
import type { Forwarding } from './client-address.ts';
import type { makePassOn } from './pass-on.ts';
import {
  addressError,
  type ConnectionHolder,
  type FollowedCertificate,
  ServerSockets,
  type Timeouts,
} from './server-sockets.ts';
import { registerTracking } from './tracking.ts';

export interface CallServerOptions {
  readonly host: string;
  /** Others that answer the same may listen there, too. */
  readonly port: number;
  /** See `HttpServerOptions`. */
  readonly allowedHosts: readonly string[] | null;
  /** Null: plain HTTP. */
  readonly certificate: FollowedCertificate | null;
  readonly forwarding: Forwarding;
  /** Of connections; `TIMEOUTS` without. */
  readonly timeouts?: Timeouts;
  readonly ingest: Ingest;
  readonly isWriteKey: CdnParts['isWriteKey'];
  readonly monitoring: Pick<Monitoring, 'answered'>;
  readonly ambient: Ambient;
  /** Has all that is not answered here. */
  readonly passOn: ReturnType<typeof makePassOn>;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Listens. What is asked waits until `open`; then what libraries ask is answered here, by as many of these as there are
 * threads for it, and all else is passed on.
 *
 * @throws SluiceError `address_in_use`, `address_unusable`
 */
export async function openCallServer(options: CallServerOptions): Promise<ConnectionHolder> {
  const { host, port, allowedHosts, certificate, timeouts, passOn, onFailure } = options;
  const sockets = new ServerSockets(certificate, timeouts);
  const state = { isClosing: false };
  const answers = makeAnswers(() => state.isClosing);
  const app = makeApp({
    makeServer: sockets.makeServer,
    unrouted: ({ raw: request }, reply) => {
      passOn(request, reply.raw);
      void reply.hijack();
    },
    onFailure,
  });
  // In a group of their own, because the guard is for them alone: what is passed on has one where it is answered.
  void app.register((libraries, _options, done) => {
    guard(libraries, allowedHosts, state);
    registerTracking(libraries, { ...options, answers });
    registerCdn(libraries, options);
    done();
  });
  await app.ready();
  await sockets.listen(host, port, true).catch((error: unknown) => {
    throw addressError(error, { host, port });
  });
  return {
    open: () => {
      sockets.open();
    },
    refuse: () => {
      state.isClosing = true;
    },
    close: async () => {
      state.isClosing = true;
      await Promise.all([sockets.close(), app.close()]);
    },
    cutOff: () => {
      sockets.cutOff();
    },
  };
}
