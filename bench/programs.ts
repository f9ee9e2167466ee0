import { SluiceProcess } from '../test/support/sluice-process.ts';
import type { ForwarderQuestion, ForwarderReply } from './forwarder.ts';
import { Party } from './party.ts';
import { profiling } from './profiles.ts';

/** `straight` is nothing at all: the sender sends to the receiver, which shows what the two could carry. */
export const PROGRAMS = ['straight', 'forwarder', 'sluice'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** A program between sender and receiver, for one round. */
export interface Program {
  readonly url: string;
  /** Null: it is not measured. */
  readonly pid: number | null;
  /** Null: it stores nothing. */
  readonly dataDir: string | null;
  /** What it complained of, for whoever has to find out why a round failed. */
  stderr(): string;
  /** Lets it finish what it does; its files stay until `close`. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export const WRITE_KEY = 'wk_bench';
/** Attempts in flight at an endpoint, for both programs: Sluice's default. */
export const CONCURRENCY = 64;

export async function startProgram(name: ProgramName, endpoint: string): Promise<Program> {
  switch (name) {
    case 'straight':
      return { url: endpoint, pid: null, dataDir: null, stderr: () => '', stop: nothing, close: nothing };
    case 'forwarder':
      return startForwarder(endpoint);
    case 'sluice':
      return startSluice(endpoint);
  }
}

async function startForwarder(endpoint: string): Promise<Program> {
  const { url, pid, stop } = await startForwarderTo({
    endpoints: [endpoint],
    connections: CONCURRENCY,
    isByKey: false,
  });
  return { url, pid, dataDir: null, stderr: () => '', stop, close: stop };
}

export interface Forwarder extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** The forwarder to other endpoints than the usual one. */
export async function startForwarderTo(question: ForwarderQuestion): Promise<Forwarder> {
  const party = new Party<ForwarderQuestion, ForwarderReply>('forwarder.ts', profiling('forwarder'));
  const { port } = await party.ask(question);
  const stop = async (): Promise<void> => party.stop();
  return { url: `http://127.0.0.1:${port}`, pid: party.pid, stop, [Symbol.asyncDispose]: stop };
}

async function startSluice(endpoint: string): Promise<Program> {
  const sluice = await startSluiceProcess(endpoint);
  return {
    url: sluice.url,
    pid: sluice.pid,
    dataDir: sluice.dataDir,
    stderr: () => sluice.stderr,
    stop: async () => stopCleanly(sluice),
    close: async () => sluice.close(),
  };
}

/** What a scenario needs to differ from the defaults. */
export interface Differing {
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly drainMs?: number | undefined;
  /** What the log may hold, in MiB. */
  readonly logMib?: number | undefined;
}

/** Signing, as an installation that means it; all else is the default, save what differs. */
export async function startSluiceProcess(
  endpoint: string,
  { policy, drainMs, logMib }: Differing = {},
): Promise<SluiceProcess> {
  const receiver = { id: 'receiver', sources: ['bench'], url: endpoint, policy };
  return startSluiceWith([{ id: 'bench', writeKey: WRITE_KEY }], [receiver], { drainMs, logMib });
}

export interface BenchSource {
  readonly id: string;
  readonly writeKey: string;
}

export interface BenchDestination {
  readonly id: string;
  readonly sources: readonly string[];
  /** Several: as many endpoints, of which one is enough. */
  readonly url: string | readonly string[];
  readonly policy?: Readonly<Record<string, unknown>> | undefined;
}

/** The same with these sources and destinations. */
export async function startSluiceWith(
  sources: readonly BenchSource[],
  destinations: readonly BenchDestination[],
  { drainMs, logMib }: Omit<Differing, 'policy'> = {},
): Promise<SluiceProcess> {
  return SluiceProcess.start({
    env: profiling('sluice'),
    config: {
      network: { allow: ['127.0.0.0/8'] },
      ...(drainMs === undefined ? {} : { delivery: { drainMs } }),
      ...(logMib === undefined ? {} : { retention: { log: { size: `${logMib}MiB` } } }),
      sources: sources.map(({ id, writeKey }) => ({ id, writeKeys: [writeKey] })),
      destinations: destinations.map(({ id, sources: of, url, policy }) => {
        const to = typeof url === 'string' ? { webhookUrl: url } : { webhooks: url.map((one) => ({ url: one })) };
        const settings = { ...to, sharedSecret: 'keep-me-safe' };
        return { id, sources: of, type: 'webhooks', settings, delivery: { concurrency: CONCURRENCY, ...policy } };
      }),
    },
  });
}

/** @throws Error when it did not end as it was asked to */
export async function stopCleanly(sluice: SluiceProcess): Promise<void> {
  const code = await sluice.terminate();
  if (code !== 0) throw new Error(`Sluice ended with ${code ?? 'a signal'}`);
}

async function nothing(): Promise<void> {
  // There is no program to stop.
}
