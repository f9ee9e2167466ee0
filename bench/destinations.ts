/**
 * Many destinations: how many events a second reach one, ten or a hundred of them on one source, and ten or a thousand
 * on a source each, through Sluice and through a forwarder with as many endpoints.
 */
import { carry, type Ends } from './measure.ts';
import {
  type BenchDestination,
  type BenchSource,
  CONCURRENCY,
  startForwarderTo,
  startSluiceWith,
  stopCleanly,
  WRITE_KEY,
} from './programs.ts';
import { peakRssBytesOf } from './usage.ts';

/** So many destinations, all on one source or each on its own. */
export interface Spread {
  readonly destinations: number;
  readonly isShared: boolean;
  readonly events: number;
  readonly eventsPerCall: number;
  /** Sluice sends up to 100 events in a request. */
  readonly isBatched: boolean;
}

const SINGLE = { eventsPerCall: 1, isBatched: false } as const;

/** Some seconds each. */
export const SPREADS: readonly Spread[] = [
  { ...SINGLE, destinations: 1, isShared: true, events: 40_000 },
  { ...SINGLE, destinations: 10, isShared: true, events: 8_000 },
  { ...SINGLE, destinations: 100, isShared: true, events: 1_000 },
  { ...SINGLE, destinations: 10, isShared: false, events: 40_000 },
  { ...SINGLE, destinations: 1_000, isShared: false, events: 40_000 },
  { destinations: 1, isShared: true, events: 100_000, eventsPerCall: 100, isBatched: false },
  { destinations: 1, isShared: true, events: 400_000, eventsPerCall: 100, isBatched: true },
];

/** The same in a second or two. What is shared arrives as often as there are destinations. */
export function smokeSpreadOf(spread: Spread): Spread {
  return { ...spread, events: spread.isShared && spread.eventsPerCall === 1 ? 20 : 200 };
}

export interface SpreadMeasurement {
  readonly spread: Spread;
  /** Arrivals at endpoints. */
  readonly forwarderPerSecond: number;
  readonly sluicePerSecond: number;
  readonly rssBytes: number;
  readonly lost: number;
}

/** All connections together are bounded, as they would be anywhere. */
const CONNECTIONS_MAX = 1_000;
const SENDING = { connections: 64, callsPerSecond: null } as const;
const BATCH = { maxEvents: 100, maxWaitMs: 20 };

/** One after the other, both programs on the same endpoint. */
export async function measureSpread(ends: Ends, endpoint: string, spread: Spread): Promise<SpreadMeasurement> {
  const urls = Array.from({ length: spread.destinations }, (_, index) => `${endpoint}/${index}`);
  const writeKeys = spread.isShared ? [WRITE_KEY] : urls.map((_, index) => `wk${index}`);
  const concurrency = Math.max(1, Math.min(CONCURRENCY, Math.floor(CONNECTIONS_MAX / spread.destinations)));
  const forwarder = await startForwarderTo({ endpoints: urls, connections: concurrency, isByKey: !spread.isShared });
  const forwarded = await through(ends, forwarder.url, spread, writeKeys).finally(forwarder.stop);
  const sources = writeKeys.map((writeKey, index): BenchSource => ({ id: `s${index}`, writeKey }));
  const destinations = urls.map((url, index): BenchDestination => {
    return {
      id: `d${index}`,
      url,
      sources: [spread.isShared ? 's0' : `s${index}`],
      policy: { concurrency, ...(spread.isBatched ? { batch: BATCH } : {}) },
    };
  });
  await using sluice = await startSluiceWith(sources, destinations);
  const delivered = await through(ends, sluice.url, spread, writeKeys);
  const rssBytes = peakRssBytesOf(sluice.pid);
  await stopCleanly(sluice);
  return {
    ...{ spread, rssBytes, lost: forwarded.lost + delivered.lost },
    forwarderPerSecond: forwarded.perSecond,
    sluicePerSecond: delivered.perSecond,
  };
}

/** Half of it to warm up. */
async function through(
  ends: Ends,
  url: string,
  { destinations, isShared, events, eventsPerCall }: Spread,
  writeKeys: readonly string[],
): Promise<{ readonly perSecond: number; readonly lost: number }> {
  const copies = isShared ? destinations : 1;
  const warmUp = events / 2;
  const load = { ...SENDING, eventsPerCall, writeKeys, copies };
  const warm = await carry(ends, url, { ...load, first: 0, events: warmUp });
  const { sent, received } = await carry(ends, url, { ...load, first: warmUp, events });
  const lost = warmUp + events - warm.received.events - received.events;
  return { perSecond: (events * copies * 1e6) / (received.lastUs - sent.firstUs), lost };
}
