import { MessageChannel } from 'node:worker_threads';
import { errorCodec as errors } from './domain/errors.ts';
import type { Workspace } from './domain/workspace.ts';
import type { HttpThreadCalls, HttpThreadData, MainForHttp, SourcesAt } from './http-thread.ts';
import type { CertificateWatch } from './http/certificate-watch.ts';
import { storeHanded } from './http/handed-calls.ts';
import { PassedSockets } from './http/passed-sockets.ts';
import { type Entrance, entranceOf, openEntrance } from './http/entrance.ts';
import { serveRemote } from './lib/remote.ts';
import { type LoadedThread, loadThread } from './load-thread.ts';
import type { StoreCall } from './pipeline/store-call.ts';
import type { Ambient } from './ports/ambient.ts';
import type { Monitoring } from './ports/monitoring.ts';
import type { Telemetry } from './ports/telemetry.ts';
import type { WorkspaceStore } from './ports/workspace-store.ts';

/** HTTP threads that load their code, while what they need is opened. */
export interface LoadingHttpThreads {
  /**
   * Resolves when they listen.
   *
   * @throws SluiceError `address_in_use`, `address_unusable`
   */
  start(options: ConnectionsOptions): Promise<Connections>;
  /** Ends them, whether they have started or not. */
  end(): Promise<void>;
}

export interface ConnectionsOptions extends Pick<
  HttpThreadData,
  'host' | 'port' | 'allowedHosts' | 'trustedProxies' | 'publicUrl'
> {
  readonly certificate: CertificateWatch | null;
  readonly workspace: Pick<WorkspaceStore, 'current' | 'watch' | 'refresh'>;
}

/** What connections come in by: the main thread, or HTTP threads. */
export interface Connections {
  /** Where requests come in: all of them, or what HTTP threads don't answer themselves. */
  readonly entrance: Entrance;
  /** Takes what HTTP threads make of calls. To be called before the entrance is opened. */
  readonly serve: (parts: ServeParts) => void;
  /** Resolves when calls are judged by the newest workspace. */
  readonly applied: () => Promise<void>;
  /** Milliseconds that each HTTP thread was busy since it started. */
  readonly busyMs: () => readonly number[];
}

interface ServeParts {
  readonly store: StoreCall;
  readonly telemetry: Pick<Telemetry, 'refused'>;
  readonly monitoring: Pick<Monitoring, 'answered'>;
  readonly ambient: Pick<Ambient, 'soon'>;
}

/**
 * Listens.
 *
 * @param threads null where the main thread has the connections
 * @throws SluiceError `address_in_use`, `address_unusable`
 */
export async function openConnections(
  threads: LoadingHttpThreads | null,
  options: ConnectionsOptions,
): Promise<Connections> {
  if (threads !== null) return threads.start(options);
  const entrance = await openEntrance(options);
  return { entrance, serve: () => undefined, applied: async () => Promise.resolve(), busyMs: () => [] };
}

/** @param onFailure told when one ends by itself after it has started */
export function loadHttpThreads(count: number, onFailure: (error: unknown) => void): LoadingHttpThreads {
  const threads = Array.from({ length: count }, () => new HttpThread(onFailure));
  return {
    start: async (options) => startAll(threads, options),
    end: async () => {
      await Promise.all(threads.map(async ({ remote }) => remote.end()));
    },
  };
}

async function startAll(threads: readonly HttpThread[], options: ConnectionsOptions): Promise<Connections> {
  const { certificate, workspace, ...told } = options;
  const port = await freePortAt(options);
  const sources = sourcesAt(workspace.current());
  const data = { ...told, port, sources, certificate: certificate?.current ?? null };
  await Promise.all(threads.map(async (thread) => thread.start(data)));
  const each = async (call: (thread: HttpThread['remote']['object']) => Promise<void>): Promise<void> => {
    await Promise.all(threads.map(async ({ remote }) => call(remote.object)));
  };
  let answered: Promise<void> = Promise.resolve();
  const tell = (call: Parameters<typeof each>[0]): void => {
    answered = each(call);
    // A thread that does not answer has ended, and that is told where it does.
    answered.catch(() => undefined);
  };
  workspace.watch((changed) => {
    tell(async (thread) => thread.follow(sourcesAt(changed)));
  });
  certificate?.follow((next) => {
    tell(async (thread) => thread.renew(next));
  });
  const sockets = new PassedSockets(
    certificate === null ? 'http' : 'https',
    {
      open: () => {
        tell(async (thread) => thread.open());
      },
      refuse: () => {
        tell(async (thread) => thread.refuse());
      },
      close: async () => {
        await Promise.all(threads.map(async (thread) => thread.stop()));
      },
      cutOff: () => {
        tell(async (thread) => thread.cutOff());
      },
    },
    threads.map(({ passed }) => passed.port1),
  );
  return {
    entrance: entranceOf(sockets, port),
    serve: (parts) => {
      for (const thread of threads) thread.serve(parts, workspace);
    },
    // Each thread answers in order: the last answer says that all before it was done.
    applied: async () => answered,
    busyMs: () => threads.map(({ busyMs }) => busyMs()),
  };
}

/** They share the port among themselves and with nobody else: who has it already would share it, too, if it had said so. */
async function freePortAt({ host, port }: ConnectionsOptions): Promise<number> {
  const alone = await openEntrance({ host, port, certificate: null });
  await alone.close();
  return alone.port;
}

function sourcesAt({ version, sources }: Workspace): SourcesAt {
  return { version, sources };
}

class HttpThread {
  readonly remote: LoadedThread<HttpThreadCalls>['remote'];
  readonly busyMs: () => number;
  readonly passed = new MessageChannel();
  readonly #calls = new MessageChannel();
  readonly #main = new MessageChannel();

  constructor(onFailure: (error: unknown) => void) {
    ({ remote: this.remote, busyMs: this.busyMs } = loadThread('http-thread', 'an HTTP thread', onFailure));
  }

  async start(data: Omit<HttpThreadData, 'calls' | 'passed' | 'main'>): Promise<void> {
    const ports = { calls: this.#calls.port2, passed: this.passed.port2, main: this.#main.port2 };
    await this.remote.start(async () => this.remote.handOver('start', { ...data, ...ports }, Object.values(ports)));
  }

  serve({ store, telemetry, monitoring, ambient }: ServeParts, workspace: ConnectionsOptions['workspace']): void {
    storeHanded(this.#calls.port1, store, ambient, errors);
    const main: MainForHttp = {
      refresh: async () => sourcesAt(await workspace.refresh()),
      refused: async (refusals) => {
        for (const refusal of refusals) telemetry.refused(refusal);
        return Promise.resolve();
      },
      answered: async (durationsMs) => {
        for (const durationMs of durationsMs) monitoring.answered(durationMs);
        return Promise.resolve();
      },
    };
    serveRemote(this.#main.port1, main, errors);
  }

  async stop(): Promise<void> {
    await this.remote.stop(async () => this.remote.object.close());
  }
}
