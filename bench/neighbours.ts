/**
 * What bad neighbours cost: how long an event takes to a destination that is well, alone, beside one that hangs and
 * beside two hundred, all on its source; and what traffic to a destination that is dead costs.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SluiceProcess } from '../test/support/sluice-process.ts';
import { carry, type Ends, send } from './measure.ts';
import { Party } from './party.ts';
import { type BenchDestination, startSluiceWith, stopCleanly, WRITE_KEY } from './programs.ts';
import type { Received, ReceiverQuestion } from './receiver.ts';
import { cpuMsOf, peakRssBytesOf } from './usage.ts';

/** How many hang beside the one that is well. */
export const HANGING = [0, 1, 200] as const;

export interface NeighboursScenario {
  readonly callsPerSecond: number;
  /** While the hanging ones are still asked: a little less than it takes until they are held. */
  readonly earlySeconds: number;
  /** Until all of them are held. */
  readonly pauseSeconds: number;
  readonly lateSeconds: number;
  /** To a dead destination, and to none. */
  readonly deadEvents: number;
}

export const NEIGHBOURS: NeighboursScenario = {
  callsPerSecond: 200,
  earlySeconds: 12,
  pauseSeconds: 8,
  lateSeconds: 12,
  deadEvents: 100_000,
};
export const NEIGHBOURS_SMOKE: NeighboursScenario = {
  callsPerSecond: 200,
  earlySeconds: 0.25,
  pauseSeconds: 0,
  lateSeconds: 0.25,
  deadEvents: 2_000,
};

export interface BesideMeasurement {
  readonly hanging: number;
  /** End to end at the one that is well, p99. */
  readonly earlyMs: number;
  readonly lateMs: number;
  readonly lost: number;
}

export interface DeadMeasurement {
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** The delivery store's files after a clean stop. */
  readonly storeBytes: number;
}

const SINGLE = { eventsPerCall: 1, connections: 64 } as const;
const SOURCES = [{ id: 'bench', writeKey: WRITE_KEY }];

export async function measureBeside(
  ends: Ends,
  endpoint: string,
  hanging: number,
  scenario: NeighboursScenario,
): Promise<BesideMeasurement> {
  const hole = new Party<ReceiverQuestion, Received>('receiver.ts');
  try {
    const { port } = await hole.ask({ kind: 'open' });
    await hole.ask({ kind: 'hang' });
    const well: BenchDestination = { id: 'well', sources: ['bench'], url: endpoint };
    const others = Array.from({ length: hanging }, (_, index): BenchDestination => {
      return { id: `hangs${index}`, sources: ['bench'], url: `http://127.0.0.1:${port}/${index}` };
    });
    await using sluice = await startSluiceWith(SOURCES, [well, ...others], { drainMs: 0 });
    const { callsPerSecond, earlySeconds, pauseSeconds, lateSeconds } = scenario;
    let first = 0;
    let lost = 0;
    const p99Over = async (seconds: number): Promise<number> => {
      const events = seconds * callsPerSecond;
      const { received } = await carry(ends, sluice.url, { ...SINGLE, callsPerSecond, first, events });
      first += events;
      lost += events - received.events;
      return received.latencyMs.p99;
    };
    await p99Over(1);
    const earlyMs = await p99Over(earlySeconds);
    if (pauseSeconds > 0) await p99Over(pauseSeconds);
    const lateMs = await p99Over(lateSeconds);
    await stopCleanly(sluice);
    return { hanging, earlyMs, lateMs, lost };
  } finally {
    await hole.stop();
  }
}

/** The cost of accepting so many events for a destination that nothing answers for, or for none at all. */
export async function measureDead(
  ends: Ends,
  isThere: boolean,
  { deadEvents }: NeighboursScenario,
): Promise<DeadMeasurement> {
  const dead: BenchDestination = { id: 'dead', sources: ['bench'], url: `http://127.0.0.1:${await closedPort()}/` };
  await using sluice = await startSluiceWith(SOURCES, isThere ? [dead] : [], { drainMs: 0 });
  const load = { eventsPerCall: 100, connections: 16, callsPerSecond: 50 };
  await send(ends, sluice.url, { ...load, first: 0, events: deadEvents });
  const [cpuMs, rssBytes] = [cpuMsOf(sluice.pid), peakRssBytesOf(sluice.pid)];
  await stopCleanly(sluice);
  return { cpuMs, rssBytes, storeBytes: await storeBytesOf(sluice) };
}

async function storeBytesOf({ dataDir }: SluiceProcess): Promise<number> {
  return (await stat(join(dataDir, 'delivery.db'))).size;
}

/** One that was free just now, and where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
