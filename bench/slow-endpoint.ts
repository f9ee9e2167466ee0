/**
 * An endpoint that is well and takes 200 ms for each answer: no program can deliver more than `concurrency` events in
 * that time, and this is how close Sluice comes, while more wait than it can send. Beside the forwarder, so that what
 * the machine and the receiver make of it shows.
 */
import { type Ends, QUIET_MS, send } from './measure.ts';
import { startForwarderTo, startSluiceProcess, stopCleanly } from './programs.ts';

export interface SlowScenario {
  readonly name: string;
  readonly title: string;
  readonly answerMs: number;
  /** Attempts in flight at the endpoint, one measurement each. */
  readonly concurrencies: readonly number[];
  /**
   * Times the concurrency are delivered before anything is measured. Sluice begins with 8 at a time and doubles them
   * with each round trip: after 8 of these it has a thousand.
   */
  readonly wavesBefore: number;
  readonly waves: number;
}

export const SLOW: SlowScenario = {
  name: 'slow',
  title: 'An endpoint that takes 200 ms',
  answerMs: 200,
  concurrencies: [64, 1_000],
  wavesBefore: 15,
  waves: 30,
};

export const SLOW_SMOKE: SlowScenario = {
  ...SLOW,
  answerMs: 20,
  concurrencies: [64],
  wavesBefore: 5,
  waves: 5,
};

export interface SlowMeasurement {
  readonly concurrency: number;
  /** What an endpoint that takes exactly that long allows. */
  readonly limitPerSecond: number;
  readonly forwarder: Delivered;
  readonly sluice: Delivered;
}

export interface Delivered {
  readonly perSecond: number;
  /** What the endpoint took on average: on a busy machine more than it was told to. */
  readonly answerMs: number;
  readonly lost: number;
}

/** The scenario, once: one for each concurrency. */
export type SlowRound = readonly SlowMeasurement[];

const EVENTS_PER_CALL = 100;
const LOAD = { first: 0, eventsPerCall: EVENTS_PER_CALL, connections: 16, callsPerSecond: null } as const;

export async function measureSlow(ends: Ends, endpoint: string, scenario: SlowScenario): Promise<SlowRound> {
  const measured: SlowMeasurement[] = [];
  try {
    for (const concurrency of scenario.concurrencies)
      measured.push(await measureOne(ends, endpoint, scenario, concurrency));
  } finally {
    await ends.receiver.ask({ kind: 'answerAfter', ms: 0 });
  }
  return measured;
}

async function measureOne(
  ends: Ends,
  endpoint: string,
  scenario: SlowScenario,
  concurrency: number,
): Promise<SlowMeasurement> {
  await using forwarder = await startForwarderTo({ endpoints: [endpoint], connections: concurrency, isByKey: false });
  const forwarded = await through(ends, forwarder.url, scenario, concurrency);
  await forwarder.stop();
  await using sluice = await startSluiceProcess(endpoint, { policy: { concurrency } });
  const delivered = await through(ends, sluice.url, scenario, concurrency);
  await stopCleanly(sluice);
  const limitPerSecond = (concurrency * 1_000) / scenario.answerMs;
  return { concurrency, limitPerSecond, forwarder: forwarded, sluice: delivered };
}

/**
 * All is sent at once, so that enough waits. Arrivals come in waves, of those that are answered together: between two
 * that are whole waves apart lies what a slot carries in that time, wherever in a wave the first of them is.
 */
async function through(
  ends: Ends,
  url: string,
  { answerMs, wavesBefore, waves }: SlowScenario,
  concurrency: number,
): Promise<Delivered> {
  const [from, to] = [wavesBefore * concurrency, (wavesBefore + waves) * concurrency];
  const events = Math.ceil(to / EVENTS_PER_CALL) * EVENTS_PER_CALL;
  const { receiver } = ends;
  await receiver.ask({ kind: 'answerAfter', ms: answerMs });
  await receiver.ask({ kind: 'expect', first: 0, count: events, copies: 1 });
  await send(ends, url, { ...LOAD, events });
  const received = await receiver.ask({ kind: 'await', events: null, quietMs: QUIET_MS });
  const { spanUs } = await receiver.ask({ kind: 'span', from, to });
  return {
    perSecond: ((to - from) * 1e6) / spanUs,
    answerMs: received.answerMs,
    lost: events - received.events,
  };
}
