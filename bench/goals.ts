/** What the project wants these numbers to be, beside what they are. */
import type { Measurement } from './measure.ts';
import type { LongResults, Result } from './report.ts';
import type { SpreadMeasurement } from './destinations.ts';
import { median } from './quantile.ts';
import { markdownTable, number, spreadCell } from './table.ts';

export interface Measured {
  readonly results: readonly Result[];
  readonly long: LongResults;
}

interface Goal {
  readonly title: string;
  readonly is: 'at least' | 'at most';
  /** Where it depends on what was measured, from that. */
  readonly bound: number | ((measured: Measured) => number);
  /** It is reached when it is missed by no more. */
  readonly noise: number;
  readonly digits: number;
  /** One for each round; none where it was not measured. */
  readonly of: (measured: Measured) => readonly number[];
}

const MIB = 1_024 * 1_024;
/** Of a ratio, so that one that is just missed does not look as if it were reached. */
const RATIO_DIGITS = 3;
/** Of a ratio of ratios, which four measurements make. */
const NOISE = 0.05;
/** What a delivered event may take on disk: so many times its body, and the rest of its row, its delivery and its past. */
const DISK = { bodies: 1.3, bytes: 100 };

const GOALS: readonly Goal[] = [
  atLeast(0.8, 'single calls, flat out: delivered, sluice ÷ forwarder', (m) => deliveredRatios(m, 'single')),
  atLeast(0.75, 'batches of 100, flat out: delivered, sluice ÷ forwarder', (m) => deliveredRatios(m, 'batch')),
  atLeast(0.95, 'five endpoints, one is enough: delivered, sluice ÷ forwarder', ({ long }) =>
    long.fanOut.rounds.map(({ eventsPerSecond: { sluice, forwarder } }) => sluice / forwarder),
  ),
  atLeast(5, 'a backlog: delivered in batches of 100 ÷ one by one', ({ long }) =>
    long.batched.rounds.map(({ eventsPerSecond: { single, batched } }) => batched / single),
  ),
  atMost(2, 2, 'single calls, 3,000 a second: end to end, p50 ms', (m) => latencies(m, ({ p50 }) => p50)),
  atMost(10, 2, 'single calls, 3,000 a second: end to end, p99 ms', (m) => latencies(m, ({ p99 }) => p99)),
  atMost(25, 2, 'single calls, 3,000 a second: end to end, p99.9 ms', (m) => latencies(m, ({ p999 }) => p999)),
  atLeast(0.97, 'an endpoint that takes 200 ms, 64 at a time: delivered ÷ limit', (m) => ofLimit(m, 64)),
  atLeast(0.92, 'an endpoint that takes 200 ms, 1,000 at a time: delivered ÷ limit', (m) => ofLimit(m, 1_000)),
  {
    ...atLeast(1, 'sluice ÷ forwarder with 100 destinations on one source ÷ the same with 10', (m) =>
      spreads(m, (of) => against(of(100, true)) / against(of(10, true))),
    ),
    noise: NOISE,
  },
  {
    ...atLeast(1, 'sluice ÷ forwarder with 1,000 destinations on as many sources ÷ the same with 10', (m) =>
      spreads(m, (of) => against(of(1_000, false)) / against(of(10, false))),
    ),
    noise: NOISE,
  },
  atMost(1.2, RATIO_DIGITS, 'beside 200 destinations that hang and are asked: p99 ÷ alone', (m) =>
    besideRatios(m, 'earlyMs'),
  ),
  atMost(1.2, RATIO_DIGITS, 'beside 200 destinations that hang and are held: p99 ÷ alone', (m) =>
    besideRatios(m, 'lateMs'),
  ),
  atLeast(0.95, 'a million events waiting: accepted ÷ with none', ({ long }) =>
    long.backlog.rounds.map(({ acceptedPerSecond: { waiting, empty } }) => waiting / empty),
  ),
  atLeast(0.8, 'a million events waiting: delivered ÷ flat out', ({ long }) =>
    long.backlog.rounds.map(({ deliveredPerSecond: { waiting, empty } }) => waiting / empty),
  ),
  atLeast(0.9, 'ten million events, ten million attempts: accepted ÷ with few', ({ long }) =>
    long.history.rounds.map(({ acceptedPerSecond }) => acceptedPerSecond.long / acceptedPerSecond.short),
  ),
  atMost(1_000, 0, 'ten million events, ten million attempts: start after a clean stop, ms', ({ long }) =>
    long.history.rounds.map(({ startMs }) => startMs.long),
  ),
  atMost(256, 0, 'peak memory, single calls, flat out, MiB', (m) => rssMib(m, 'single')),
  atMost(256, 0, 'peak memory, batches of 100, flat out, MiB', (m) => rssMib(m, 'batch')),
  atMost(320, 0, 'peak memory, a million events waiting, MiB', ({ long }) =>
    long.backlog.rounds.map(
      ({ rssAcceptingBytes, rssStartedBytes, rssDeliveringBytes }) =>
        Math.max(rssAcceptingBytes.waiting, rssStartedBytes.waiting, rssDeliveringBytes) / MIB,
    ),
  ),
  onDisk('single calls', 'single'),
  onDisk('batches of 100', 'batch'),
];

/** The whole section. */
export function goalsSectionOf(measured: Measured): string {
  return `## Goals

What is wanted, and the median of what was measured, in brackets the lowest and the highest round. Where sluice ÷
forwarder is divided by another such ratio, a goal that is missed by ${NOISE} or less counts as reached: four measurements
have so much noise. On disk a delivered event may take ${DISK.bodies} times its body, and ${DISK.bytes} bytes.

${goalsTableOf(measured)}`;
}

/** Of the goals of which something was measured; empty where that is none. */
export function goalsTableOf(measured: Measured): string {
  const rows = GOALS.filter((goal) => goal.of(measured).length > 0).map((goal) => rowOf(goal, measured));
  return rows.length === 0 ? '' : markdownTable(['', 'goal', 'measured', 'reached'], rows);
}

function rowOf({ title, is, bound, noise, digits, of: ofRounds }: Goal, measured: Measured): readonly string[] {
  const values = ofRounds(measured);
  const goal = typeof bound === 'number' ? bound : bound(measured);
  const isReached = is === 'at least' ? median(values) >= goal - noise : median(values) <= goal + noise;
  const wanted = number(goal, Number.isInteger(goal) || digits === 0 ? 0 : 2);
  return [title, `${is} ${wanted}`, spreadCell(values, digits), isReached ? 'yes' : '**no**'];
}

function atLeast(bound: number, title: string, ofRounds: Goal['of']): Goal {
  return { title, is: 'at least', bound, noise: 0, digits: RATIO_DIGITS, of: ofRounds };
}

function atMost(bound: Goal['bound'], digits: number, title: string, ofRounds: Goal['of']): Goal {
  return { title, is: 'at most', bound, noise: 0, digits, of: ofRounds };
}

function onDisk(title: string, scenario: string): Goal {
  const bodyBytes = (m: Measured): number =>
    median(of(m, scenario, 'sluice').map(({ bodyBytesPerEvent }) => bodyBytesPerEvent));
  return atMost(
    (m) => DISK.bodies * bodyBytes(m) + DISK.bytes,
    0,
    `on disk, bytes per delivered event, ${title}`,
    (m) => of(m, scenario, 'sluice').flatMap(({ diskBytesPerEvent }) => diskBytesPerEvent ?? []),
  );
}

function of({ results }: Measured, scenario: string, program: 'sluice' | 'forwarder'): readonly Measurement[] {
  return results.find((result) => result.scenario.name === scenario)?.rounds.get(program) ?? [];
}

function deliveredRatios(measured: Measured, scenario: string): readonly number[] {
  const forwarder = of(measured, scenario, 'forwarder');
  return of(measured, scenario, 'sluice').flatMap(({ deliveredPerSecond }, round) => {
    const other = forwarder[round]?.deliveredPerSecond;
    return other === undefined ? [] : [deliveredPerSecond / other];
  });
}

function latencies(measured: Measured, which: (latency: Measurement['endToEndMs']) => number): readonly number[] {
  return of(measured, 'rate-3000', 'sluice').map(({ endToEndMs }) => which(endToEndMs));
}

function rssMib(measured: Measured, scenario: string): readonly number[] {
  return of(measured, scenario, 'sluice').flatMap(({ peakRssBytes }) =>
    peakRssBytes === null ? [] : peakRssBytes / MIB,
  );
}

function ofLimit({ long }: Measured, concurrency: number): readonly number[] {
  return long.slow.rounds.flatMap((round) => {
    const one = round.find((measurement) => measurement.concurrency === concurrency);
    return one === undefined ? [] : [one.sluice.perSecond / one.limitPerSecond];
  });
}

type Find = (destinations: number, isShared: boolean) => SpreadMeasurement | undefined;

/** Single calls to so many destinations, of rounds in which all that is looked for was measured. */
function spreads({ long }: Measured, value: (of: Find) => number): readonly number[] {
  return long.destinations.rounds
    .map(({ spreads: all }) =>
      value((destinations, isShared) =>
        all.find(
          ({ spread }) =>
            spread.destinations === destinations && spread.isShared === isShared && spread.eventsPerCall === 1,
        ),
      ),
    )
    .filter((each) => !Number.isNaN(each));
}

function against(measurement: SpreadMeasurement | undefined): number {
  return measurement === undefined ? NaN : measurement.sluicePerSecond / measurement.forwarderPerSecond;
}

function besideRatios({ long }: Measured, which: 'earlyMs' | 'lateMs'): readonly number[] {
  return long.destinations.rounds.flatMap(({ beside }) => {
    const [alone, many] = [0, 200].map((hanging) => beside.find((each) => each.hanging === hanging)?.[which]);
    return alone === undefined || many === undefined ? [] : [many / alone];
  });
}
