/**
 * A log in which a million events wait because their endpoint hangs: does Sluice still accept as fast as an empty
 * one, how much memory does it take, how soon is it back after a stop and after a kill, and how fast does the wait
 * end when the endpoint recovers?
 */
import type { SluiceProcess } from '../test/support/sluice-process.ts';
import { nowUs } from './calls.ts';
import { acceptedPerSecond, carry, QUIET_MS, send } from './measure.ts';
import type { Ends, Load } from './measure.ts';
import { startSluiceProcess, stopCleanly } from './programs.ts';
import type { Sent } from './sender.ts';
import { bytesOnDisk, peakRssBytesOf } from './usage.ts';

/** How much of everything. All counts are of events. */
export interface BacklogScenario {
  readonly name: string;
  readonly title: string;
  /** At least so many wait whenever it starts. */
  readonly waiting: number;
  /** Delivered before it is stopped, and again before it is killed. */
  readonly leg: number;
  /** Sent to each of the two, both just started, before they are compared. */
  readonly warmUp: number;
  /** Full and empty take turns, so that what else the machine does meets both. */
  readonly turns: number;
  readonly turn: number;
  /** Sent when nothing waits any more, to compare the end of the wait with. */
  readonly flatOut: number;
}

export const BACKLOG: BacklogScenario = {
  name: 'backlog',
  title: 'A million events waiting',
  waiting: 1_000_000,
  leg: 10_000,
  warmUp: 50_000,
  turns: 5,
  turn: 20_000,
  flatOut: 150_000,
};

export const BACKLOG_SMOKE: BacklogScenario = {
  ...BACKLOG,
  waiting: 4_000,
  leg: 1_000,
  warmUp: 1_000,
  turns: 2,
  turn: 500,
  flatOut: 2_000,
};

/** A number of the Sluice in which events wait, beside that of one in which none do. */
export interface Compared {
  readonly empty: number;
  readonly waiting: number;
}

/** The scenario, once. */
export interface BacklogMeasurement {
  /** Batches of 100, flat out, in turns. */
  readonly acceptedPerSecond: Compared;
  /** From the start of the process until it says that it listens; empty: on a folder that holds no event. */
  readonly startAfterStopMs: Compared;
  readonly startAfterKillMs: Compared;
  /** Empty: from the first sending to the last arrival. Waiting: from the recovery to the last arrival. */
  readonly deliveredPerSecond: Compared;
  readonly rssAcceptingBytes: Compared;
  /** Peak from the start until it listens. */
  readonly rssStartedBytes: Compared;
  /** Peak over the start and the whole delivery. */
  readonly rssDeliveringBytes: number;
  /** While all wait, after a kill: with write-ahead logs. */
  readonly diskBytesPerEvent: number;
  readonly lost: number;
  readonly duplicatesAfterStop: number;
  readonly duplicatesAfterKill: number;
}

/**
 * An endpoint that hangs costs attempts: enough of them that none of its events is given up. What hangs does not end
 * before a stop either, so it need not be waited for.
 */
const PATIENT = { policy: { timeoutMs: 60_000, retries: 20 }, drainMs: 1_000 };
const BATCHES = { eventsPerCall: 100, connections: 16, callsPerSecond: null } as const;

/** Runs it once, with an endpoint of these ends. */
export async function measureBacklog(
  ends: Ends,
  endpoint: string,
  scenario: BacklogScenario,
): Promise<BacklogMeasurement> {
  const total = scenario.waiting + 2 * scenario.leg;
  await ends.receiver.ask({ kind: 'expect', first: 0, count: total, copies: 1 });
  await ends.receiver.ask({ kind: 'hang' });
  await using sluice = await startSluiceProcess(endpoint, PATIENT);
  try {
    const empty = await startsEmpty(sluice);
    const grown = await grow(ends, sluice, endpoint, scenario);
    const restarted = await restarts(ends, sluice, scenario);
    const drained = await drain(ends, sluice, restarted.arrived);
    const flatOut = await carryFlatOut(ends, sluice, scenario);
    await stopCleanly(sluice);
    return {
      acceptedPerSecond: grown.acceptedPerSecond,
      startAfterStopMs: { empty: empty.afterStopMs, waiting: restarted.afterStopMs },
      startAfterKillMs: { empty: empty.afterKillMs, waiting: restarted.afterKillMs },
      deliveredPerSecond: { empty: flatOut.perSecond, waiting: drained.perSecond },
      rssAcceptingBytes: grown.rssBytes,
      rssStartedBytes: { empty: empty.rssBytes, waiting: restarted.rssBytes },
      rssDeliveringBytes: drained.rssBytes,
      diskBytesPerEvent: restarted.diskBytes / total,
      lost: total - drained.arrived + flatOut.lost,
      duplicatesAfterStop: restarted.duplicates,
      duplicatesAfterKill: drained.duplicates - restarted.duplicates + flatOut.duplicates,
    };
  } catch (error) {
    throw new Error(`${scenario.name} failed; Sluice wrote to stderr:\n${sluice.stderr}`, { cause: error });
  }
}

async function startsEmpty(
  sluice: SluiceProcess,
): Promise<{ afterStopMs: number; afterKillMs: number; rssBytes: number }> {
  await stopCleanly(sluice);
  const afterStopMs = await restart(sluice);
  await sluice.kill9();
  const afterKillMs = await restart(sluice);
  return { afterStopMs, afterKillMs, rssBytes: peakRssBytesOf(sluice.pid) };
}

/**
 * Lets events wait until there are enough, the last of them in turns with a Sluice that is all but empty. Both run
 * equally long by then, so that the one is not ahead of the other by what the compiler learned from a million events.
 */
async function grow(
  ends: Ends,
  full: SluiceProcess,
  endpoint: string,
  { waiting, leg, warmUp, turns, turn, flatOut }: BacklogScenario,
): Promise<{ acceptedPerSecond: Compared; rssBytes: Compared }> {
  const total = waiting + 2 * leg;
  const alone = total - warmUp - turns * turn;
  await send(ends, full.url, batches(0, alone));
  const rssAloneBytes = peakRssBytesOf(full.pid);
  await stopCleanly(full);
  await full.restart();
  await using empty = await startSluiceProcess(endpoint, PATIENT);
  // The receiver expects none of these: nothing that this one sends can be taken for what waits.
  const others = total + flatOut;
  await send(ends, full.url, batches(alone, warmUp));
  await send(ends, empty.url, batches(others, warmUp));
  const sent: { readonly [which in keyof Compared]: Sent[] } = { empty: [], waiting: [] };
  for (let done = 0; done < turns; done++) {
    sent.waiting.push(await send(ends, full.url, batches(alone + warmUp + done * turn, turn)));
    sent.empty.push(await send(ends, empty.url, batches(others + warmUp + done * turn, turn)));
  }
  return {
    acceptedPerSecond: { empty: overallPerSecond(turn, sent.empty), waiting: overallPerSecond(turn, sent.waiting) },
    rssBytes: { empty: peakRssBytesOf(empty.pid), waiting: Math.max(rssAloneBytes, peakRssBytesOf(full.pid)) },
  };
}

/**
 * Kills it while all wait, stops it in the midst of delivering, and kills it in the midst of delivering: afterwards it
 * runs again and the endpoint hangs.
 */
async function restarts(
  { receiver }: Ends,
  sluice: SluiceProcess,
  { leg }: BacklogScenario,
): Promise<{
  afterKillMs: number;
  afterStopMs: number;
  rssBytes: number;
  diskBytes: number;
  arrived: number;
  duplicates: number;
}> {
  await sluice.kill9();
  const diskBytes = await bytesOnDisk(sluice.dataDir);
  const afterKillMs = await restart(sluice);
  const rssBytes = peakRssBytesOf(sluice.pid);
  await receiver.ask({ kind: 'recover' });
  await receiver.ask({ kind: 'await', events: leg, quietMs: QUIET_MS });
  await stopCleanly(sluice);
  const afterStopMs = await restart(sluice);
  const { duplicates } = await receiver.ask({ kind: 'await', events: 2 * leg, quietMs: QUIET_MS });
  await sluice.kill9();
  const { events: arrived } = await receiver.ask({ kind: 'hang' });
  await restart(sluice);
  return { afterKillMs, afterStopMs, rssBytes, diskBytes, arrived, duplicates };
}

/** Lets the endpoint recover, and waits for everything. */
async function drain(
  { receiver }: Ends,
  { pid }: SluiceProcess,
  before: number,
): Promise<{ perSecond: number; arrived: number; duplicates: number; rssBytes: number }> {
  const recoveredUs = nowUs();
  await receiver.ask({ kind: 'recover' });
  const { events, duplicates, lastUs } = await receiver.ask({ kind: 'await', events: null, quietMs: QUIET_MS });
  const perSecond = ((events - before) * 1e6) / (lastUs - recoveredUs);
  return { perSecond, arrived: events, duplicates, rssBytes: peakRssBytesOf(pid) };
}

async function carryFlatOut(
  ends: Ends,
  { url }: SluiceProcess,
  { waiting, leg, flatOut }: BacklogScenario,
): Promise<{ perSecond: number; lost: number; duplicates: number }> {
  const { sent, received } = await carry(ends, url, batches(waiting + 2 * leg, flatOut));
  const { events, duplicates, lastUs } = received;
  return { perSecond: (events * 1e6) / (lastUs - sent.firstUs), lost: flatOut - events, duplicates };
}

async function restart(sluice: SluiceProcess): Promise<number> {
  const beforeUs = nowUs();
  await sluice.restart();
  return msSince(beforeUs);
}

function batches(first: number, events: number): Load {
  return { ...BATCHES, first, events };
}

/** Of turns of the same size, which is the harmonic mean of their rates. */
function overallPerSecond(turn: number, sent: readonly Sent[]): number {
  return sent.length / sent.reduce((sum, one) => sum + 1 / acceptedPerSecond(turn, one), 0);
}

function msSince(beforeUs: number): number {
  return (nowUs() - beforeUs) / 1_000;
}
