import type { Ingest } from '../pipeline/ingest.ts';
import type { Monitoring } from '../ports/monitoring.ts';
import { makeAnswers } from './answers.ts';
import { guard, makeApp } from './app.ts';
import { BinAnswers } from './bin-answers.ts';
import { registerBins } from './bin-routes.ts';
import { type CdnParts, registerCdn } from './cdn.ts';
import type { Forwarding } from './client-address.ts';
import { registerDashboard } from './dashboard.ts';
import { type Entrance, type EntranceOptions, openEntrance } from './entrance.ts';
import { registerLegacy } from './legacy-routes.ts';
import { type ManagementParts, makeUnroutedGuard, registerManagement } from './management.ts';
import { registerOperations } from './operations.ts';
import { registerReference } from './reference.ts';
import { registerTracking } from './tracking.ts';

export interface HttpServerOptions extends ManagementParts, EntranceOptions {
  /** Names that a request's Host header may have, in lower case and without ports; null allows any. */
  readonly allowedHosts: readonly string[] | null;
  readonly forwarding: Forwarding;
  readonly ingest: Ingest;
  readonly isWriteKey: CdnParts['isWriteKey'];
  readonly monitoring: Monitoring;
  /** What was built of the dashboard. */
  readonly dashboardFolder: string;
  /** Gets what is nobody's mistake: a bug, or a broken world. Its request is answered `internal`. */
  readonly onFailure: (error: unknown) => void;
}

export interface ServerAddress {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

export interface HttpServer {
  readonly address: ServerAddress;
  /**
   * From now on refuses calls with `shutting_down`. What is under way is answered, and so is who watches the process; what
   * bins made to wait is reset.
   */
  readonly refuse: () => void;
  /**
   * Refuses calls, accepts no more connections, and answers what is under way. Whoever is still sending after `CLOSE_MS` is cut off: that call was never acknowledged.
   */
  close(): Promise<void>;
}

const CLOSE_MS = 5_000;

/**
 * Opens the HTTP server.
 *
 * @param entrance where it listens already; without one it is opened here
 * @throws SluiceError `address_in_use`, `address_unusable`
 */
export async function openHttpServer(options: HttpServerOptions, entrance?: Entrance): Promise<HttpServer> {
  const { sockets, port } = entrance ?? (await openEntrance(options));
  const state = { isClosing: false };
  const isClosing = (): boolean => state.isClosing;
  const guardUnrouted = makeUnroutedGuard(options);
  const app = makeApp({
    makeServer: sockets.makeServer,
    unrouted: ({ raw: request }, { raw: response }, error) => {
      guardUnrouted(request, response);
      throw error;
    },
    onFailure: options.onFailure,
  });
  const answers = makeAnswers(isClosing);
  guard(app, options.allowedHosts, state);
  registerOperations(app, { ...options, isClosing });
  registerTracking(app, { ...options, answers });
  registerLegacy(app, options.access);
  registerCdn(app, options);
  const binAnswers = new BinAnswers({ ambient: options.ambient, isClosing });
  registerBins(app, { ...options, answers: binAnswers });
  registerReference(app);
  registerDashboard(app, options.dashboardFolder);
  registerManagement(app, options);
  // And not by Fastify, which serves one address of `localhost` by a server that was made for it.
  await app.ready();
  sockets.open();
  const refuse = (): void => {
    state.isClosing = true;
    sockets.refuse();
    options.bins.close();
    binAnswers.close();
  };
  return {
    address: { scheme: sockets.scheme, host: options.host, port },
    refuse,
    async close() {
      refuse();
      const deadline = options.ambient.after(CLOSE_MS, () => {
        sockets.cutOff();
      });
      await Promise.all([sockets.close(), app.close()]);
      deadline.cancel();
    },
  };
}
