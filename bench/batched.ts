/**
 * What sending many events in one request gains: a backlog that is delivered one by one, and the same in batches, while
 * nothing is accepted beside it.
 */
import { askApi } from '../test/support/management-api.ts';
import type { SluiceProcess } from '../test/support/sluice-process.ts';
import { nowUs } from './calls.ts';
import { type Ends, QUIET_MS, send } from './measure.ts';
import { startSluiceWith, stopCleanly, WRITE_KEY } from './programs.ts';

export interface BatchedScenario {
  readonly name: string;
  readonly title: string;
  readonly eventsPerRequest: number;
  /** Delivered before anything is measured. */
  readonly warmUp: number;
  /** Of the backlog. */
  readonly events: number;
}

export const BATCHED: BatchedScenario = {
  name: 'batched',
  title: 'A backlog in batches',
  eventsPerRequest: 100,
  warmUp: 20_000,
  events: 200_000,
};

export const BATCHED_SMOKE: BatchedScenario = { ...BATCHED, warmUp: 200, events: 1_000 };

export interface EitherWay {
  readonly single: number;
  readonly batched: number;
}

/** The scenario, once. */
export interface BatchedMeasurement {
  /** Delivered, from when the destination is no longer paused to the last arrival. */
  readonly eventsPerSecond: EitherWay;
  readonly lost: number;
}

const LOAD = { eventsPerCall: 100, connections: 16, callsPerSecond: null } as const;
const DESTINATION = 'receiver';

/** One after the other. */
export async function measureBatched(
  ends: Ends,
  endpoint: string,
  scenario: BatchedScenario,
): Promise<BatchedMeasurement> {
  const batch = { maxEvents: scenario.eventsPerRequest, maxWaitMs: 100 };
  const single = await drained(ends, endpoint, scenario, {});
  const batched = await drained(ends, endpoint, scenario, { batch });
  return {
    eventsPerSecond: { single: single.perSecond, batched: batched.perSecond },
    lost: single.lost + batched.lost,
  };
}

async function drained(
  ends: Ends,
  url: string,
  { warmUp, events }: BatchedScenario,
  policy: Readonly<Record<string, unknown>>,
): Promise<{ readonly perSecond: number; readonly lost: number }> {
  const sources = [{ id: 'bench', writeKey: WRITE_KEY }];
  await using sluice = await startSluiceWith(sources, [{ id: DESTINATION, sources: ['bench'], url, policy }]);
  const warm = await drainOf(ends, sluice, { first: 0, events: warmUp });
  const measured = await drainOf(ends, sluice, { first: warmUp, events });
  await stopCleanly(sluice);
  return { perSecond: measured.perSecond, lost: warm.lost + measured.lost };
}

/** Has that many wait, and then lets them go. */
async function drainOf(
  ends: Ends,
  sluice: SluiceProcess,
  { first, events }: { readonly first: number; readonly events: number },
): Promise<{ readonly perSecond: number; readonly lost: number }> {
  await changeFlow(sluice, 'pause');
  await ends.receiver.ask({ kind: 'expect', first, count: events, copies: 1 });
  await send(ends, sluice.url, { ...LOAD, first, events });
  const atUs = nowUs();
  await changeFlow(sluice, 'resume');
  const received = await ends.receiver.ask({ kind: 'await', events: null, quietMs: QUIET_MS });
  return { perSecond: (received.events * 1e6) / (received.lastUs - atUs), lost: events - received.events };
}

async function changeFlow(sluice: SluiceProcess, verb: 'pause' | 'resume'): Promise<void> {
  const { status, body } = await askApi(sluice, `/destinations/${DESTINATION}/${verb}`, { method: 'POST' });
  if (status !== 200) throw new Error(`${verb} was answered ${status}: ${JSON.stringify(body)}`);
}
