/**
 * An HTTP thread: answers what libraries ask, judges their calls by a copy of the sources and has the main thread store
 * them, and passes on to it whatever else is asked.
 */
import type { MessagePort } from 'node:worker_threads';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { errorCodec } from './domain/errors.ts';
import type { Source } from './domain/source.ts';
import { makeWorkspace, type Workspace } from './domain/workspace.ts';
import { openCallServer } from './http/call-server.ts';
import type { Certificate } from './http/certificate.ts';
import { makeForwarding } from './http/client-address.ts';
import { makeHandedStore } from './http/handed-calls.ts';
import { makePassOn } from './http/pass-on.ts';
import type { FollowedCertificate } from './http/server-sockets.ts';
import { RemoteEnd } from './lib/remote.ts';
import { TurnGathering } from './lib/turn-gathering.ts';
import { makeIngest } from './pipeline/ingest.ts';
import { writeKeyLookup } from './pipeline/source-lookup.ts';
import type { Refusal } from './ports/telemetry.ts';
import { onFailure, serveThread } from './thread-entry.ts';

/** The sources of a workspace at one version. */
export interface SourcesAt {
  readonly version: number;
  readonly sources: readonly Source[];
}

/** What `http-link.ts` starts this thread with. */
export interface HttpThreadData {
  readonly host: string;
  readonly port: number;
  /** See `HttpServerOptions`. */
  readonly allowedHosts: readonly string[] | null;
  readonly certificate: Certificate | null;
  readonly trustedProxies: readonly string[];
  readonly publicUrl: string | null;
  readonly sources: SourcesAt;
  /** Calls are stored at its other end: see `storeHanded`. */
  readonly calls: MessagePort;
  /** Requests are answered at its other end: see `PassedSockets`. */
  readonly passed: MessagePort;
  /** A `MainForHttp` is served at its other end. */
  readonly main: MessagePort;
}

/** What the main thread can call here. */
export interface HttpThreadCalls {
  /** Resolves when it listens. What is asked waits until `open`. */
  start(data: HttpThreadData): Promise<void>;
  open(): Promise<void>;
  /** Resolves when calls are judged by these. */
  follow(sources: SourcesAt): Promise<void>;
  /** Resolves when handshakes are made with it. */
  renew(certificate: Certificate): Promise<void>;
  /** See `Sockets`. */
  refuse(): Promise<void>;
  /** See `Sockets`. */
  close(): Promise<void>;
  /** See `Sockets`. */
  cutOff(): Promise<void>;
}

/** What this thread can call in the main thread. */
export interface MainForHttp {
  /** Reads the workspace again. */
  refresh(): Promise<SourcesAt>;
  refused(refusals: readonly Refusal[]): Promise<void>;
  /** See `Monitoring.answered`. */
  answered(durationsMs: readonly number[]): Promise<void>;
}

/** How long durations are gathered: who looks at them does so every few seconds. */
const ANSWERED_MS = 100;

async function open(data: HttpThreadData): Promise<Omit<HttpThreadCalls, 'start'>> {
  const ambient = makeSystemAmbient();
  const main = new RemoteEnd<MainForHttp>(data.main, errorCodec).object;
  const certificate = data.certificate === null ? null : new CertificateCopy(data.certificate);
  const workspace = new WorkspaceCopy(data.sources, async () => main.refresh());
  const refused = new TurnGathering<Refusal>(ambient, (refusals) => {
    main.refused(refusals).catch(onFailure);
  });
  const soonEnough = { soon: (run: () => void) => void ambient.after(ANSWERED_MS, run) };
  const answered = new TurnGathering<number>(soonEnough, (durationsMs) => {
    main.answered(durationsMs).catch(onFailure);
  });
  const server = await openCallServer({
    ...{ host: data.host, port: data.port, allowedHosts: data.allowedHosts, certificate, ambient, onFailure },
    forwarding: makeForwarding(data.trustedProxies, data.publicUrl),
    ingest: makeIngest(makeHandedStore(data.calls, ambient, errorCodec), {
      ...{ workspace, ambient },
      telemetry: {
        refused: (refusal) => {
          refused.open().push(refusal);
        },
      },
    }),
    isWriteKey: writeKeyLookup(workspace, ambient),
    monitoring: {
      answered: (durationMs) => {
        answered.open().push(durationMs);
      },
    },
    passOn: makePassOn((passed, port) => {
      data.passed.postMessage(passed, [port]);
    }),
  });
  return {
    open: asCall(() => {
      server.open();
    }),
    follow: asCall((sources: SourcesAt) => {
      workspace.follow(sources);
    }),
    renew: asCall((next: Certificate) => certificate?.renew(next)),
    refuse: asCall(() => {
      server.refuse();
    }),
    close: async () => {
      await server.close();
      answered.flush();
    },
    cutOff: asCall(() => {
      server.cutOff();
    }),
  };
}

/** What is done at once, for whoever asks for it from another thread. */
function asCall<Asked extends unknown[]>(act: (...asked: Asked) => void): (...asked: Asked) => Promise<void> {
  return async (...asked) => {
    act(...asked);
    return Promise.resolve();
  };
}

/** The sources, as the main thread told them last. */
class WorkspaceCopy {
  #workspace: Workspace;
  readonly #read: () => Promise<SourcesAt>;

  constructor(sources: SourcesAt, read: () => Promise<SourcesAt>) {
    this.#workspace = workspaceOf(sources);
    this.#read = read;
  }

  readonly current = (): Workspace => this.#workspace;

  readonly refresh = async (): Promise<Workspace> => {
    this.follow(await this.#read());
    return this.#workspace;
  };

  follow(sources: SourcesAt): void {
    if (sources.version > this.#workspace.version) this.#workspace = workspaceOf(sources);
  }
}

function workspaceOf({ version, sources }: SourcesAt): Workspace {
  return makeWorkspace(version, sources, []);
}

/** The certificate, as the main thread told it last. */
class CertificateCopy implements FollowedCertificate {
  current: Certificate;
  #listener: (certificate: Certificate) => void = () => undefined;

  constructor(certificate: Certificate) {
    this.current = certificate;
  }

  follow(listener: (certificate: Certificate) => void): void {
    this.#listener = listener;
  }

  renew(certificate: Certificate): void {
    this.current = certificate;
    this.#listener(certificate);
  }
}

serveThread(open);
