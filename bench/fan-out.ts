/**
 * One destination with five endpoints of which one is enough: each event goes to all of them at once, and is delivered
 * with the first that has it. Beside a forwarder that sends each event to five endpoints.
 */
import { carry, type Ends } from './measure.ts';
import { CONCURRENCY, startForwarderTo, startSluiceWith, stopCleanly, WRITE_KEY } from './programs.ts';
import { cpuMsOf, peakRssBytesOf } from './usage.ts';

export interface FanOutScenario {
  readonly name: string;
  readonly title: string;
  readonly endpoints: number;
  readonly warmUp: number;
  readonly events: number;
}

export const FAN_OUT: FanOutScenario = {
  name: 'fan-out',
  title: 'Five endpoints, of which one is enough',
  endpoints: 5,
  warmUp: 5_000,
  events: 20_000,
};

export const FAN_OUT_SMOKE: FanOutScenario = { ...FAN_OUT, warmUp: 100, events: 300 };

/** A number of the forwarder, beside that of Sluice. */
export interface Both {
  readonly forwarder: number;
  readonly sluice: number;
}

/** The scenario, once. */
export interface FanOutMeasurement {
  /** From the first sending until the last event had come to one of its endpoints. */
  readonly eventsPerSecond: Both;
  /** At any endpoint, until the last. */
  readonly arrivalsPerSecond: Both;
  /** What waits at a busy endpoint is not sent any more once another has the event. */
  readonly arrivalsPerEvent: Both;
  readonly cpuUsPerEvent: Both;
  readonly rssBytes: Both;
  /** Events that came to no endpoint. */
  readonly lost: number;
}

const LOAD = { eventsPerCall: 1, connections: 64, callsPerSecond: null } as const;
/** After that long without an arrival, what was in flight has ended. */
const OVER_MS = 400;

/** One after the other, both on the same endpoints. */
export async function measureFanOut(
  ends: Ends,
  endpoint: string,
  scenario: FanOutScenario,
): Promise<FanOutMeasurement> {
  const urls = Array.from({ length: scenario.endpoints }, (_, index) => `${endpoint}/${index}`);
  await using forwarder = await startForwarderTo({ endpoints: urls, connections: CONCURRENCY, isByKey: false });
  const forwarded = await through(ends, forwarder, scenario);
  await forwarder.stop();
  const destination = { id: 'five', sources: ['bench'], url: urls, policy: { success: 'any' } };
  await using sluice = await startSluiceWith([{ id: 'bench', writeKey: WRITE_KEY }], [destination]);
  const delivered = await through(ends, sluice, scenario);
  await stopCleanly(sluice);
  const both = (of: (one: One) => number): Both => ({ forwarder: of(forwarded), sluice: of(delivered) });
  return {
    eventsPerSecond: both((one) => one.eventsPerSecond),
    arrivalsPerSecond: both((one) => one.arrivalsPerSecond),
    arrivalsPerEvent: both((one) => one.arrivalsPerEvent),
    cpuUsPerEvent: both((one) => one.cpuUsPerEvent),
    rssBytes: both((one) => one.rssBytes),
    lost: forwarded.lost + delivered.lost,
  };
}

type One = Awaited<ReturnType<typeof through>>;

async function through(
  ends: Ends,
  { url, pid }: { readonly url: string; readonly pid: number },
  { warmUp, events }: FanOutScenario,
) {
  // An event counts with its first arrival.
  const warm = await carry(ends, url, { ...LOAD, first: 0, events: warmUp });
  await ends.receiver.ask({ kind: 'quiet', quietMs: OVER_MS });
  const beforeMs = cpuMsOf(pid);
  const { sent } = await carry(ends, url, { ...LOAD, first: warmUp, events });
  const received = await ends.receiver.ask({ kind: 'quiet', quietMs: OVER_MS });
  return {
    eventsPerSecond: (received.events * 1e6) / (received.lastUs - sent.firstUs),
    arrivalsPerSecond: (received.requests * 1e6) / (received.lastRequestUs - sent.firstUs),
    arrivalsPerEvent: received.requests / events,
    cpuUsPerEvent: ((cpuMsOf(pid) - beforeMs) * 1e3) / events,
    rssBytes: peakRssBytesOf(pid),
    lost: warmUp + events - warm.received.events - received.events,
  };
}
