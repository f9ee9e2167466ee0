import type { Spread, SpreadMeasurement } from './destinations.ts';
import type { BesideMeasurement, DeadMeasurement, NeighboursScenario } from './neighbours.ts';
import { HANGING } from './neighbours.ts';
import { markdownTable, number, ratioCell, spreadCell } from './table.ts';

/** One round of everything with more than one destination, or a dead one. */
export interface DestinationsRound {
  readonly spreads: readonly SpreadMeasurement[];
  /** One for each of `HANGING`. */
  readonly beside: readonly BesideMeasurement[];
  readonly dead: DeadMeasurement;
  readonly none: DeadMeasurement;
}

export interface DestinationsResult {
  readonly scenario: NeighboursScenario;
  readonly rounds: readonly DestinationsRound[];
}

const MIB = 1_024 * 1_024;

/** One line about one round, for whoever watches the run. */
export function destinationsLineOf({ spreads, beside, dead, none }: DestinationsRound): string {
  const shown = [
    ...spreads.map(({ spread, sluicePerSecond, forwarderPerSecond }) => {
      return `${titleOf(spread)}: ${number(sluicePerSecond / forwarderPerSecond, 2)}`;
    }),
    ...beside.map(
      ({ hanging, earlyMs, lateMs }) => `beside ${hanging}: p99 ${number(earlyMs, 1)}, ${number(lateMs, 1)} ms`,
    ),
    `dead: ${number(dead.cpuMs / none.cpuMs, 2)} of the processor time`,
  ];
  return `  many      ${shown.join(', ')}`;
}

export function lostOfRound({ spreads, beside }: DestinationsRound): number {
  return [...spreads, ...beside].reduce((sum, { lost }) => sum + lost, 0);
}

export function destinationsTablesOf(result: DestinationsResult): readonly string[] {
  return [spreadTable(result), besideTable(result), deadTable(result)];
}

/** The whole section: what was done, and the medians. */
export function destinationsSectionOf(result: DestinationsResult): string {
  const { callsPerSecond, earlySeconds, pauseSeconds, lateSeconds, deadEvents } = result.scenario;
  const [spread, beside, dead] = destinationsTablesOf(result);
  const settled = 1 + earlySeconds + pauseSeconds;
  return `## Many destinations

Calls, flat out, to all destinations of one source, or to as many sources with a destination each; the forwarder
has as many endpoints, and sends each event by itself. Counted are arrivals of events. ${result.rounds.length} round(s).

${spread ?? ''}

## Beside destinations that hang

${callsPerSecond} single calls a second to a source with one destination that is well and others whose endpoints take requests
and never answer: end to end at the one that is well, p99 in milliseconds. **Asked**: from the second 1 to ${1 + earlySeconds}, in which
the ones that hang still get attempts. **Held**: from the second ${settled} to ${settled + lateSeconds}, when they no longer do.

${beside ?? ''}

## A dead destination

${number(deadEvents, 0)} events in batches of 100 at a fixed rate, to a source with one destination that refuses connections, and to one
with none.

${dead ?? ''}`;
}

function titleOf({ destinations, isShared, eventsPerCall, isBatched }: Spread): string {
  const where = isShared ? 'on one source' : 'on as many sources';
  const calls = eventsPerCall === 1 ? '' : `, calls of ${eventsPerCall}`;
  return `${number(destinations, 0)} ${where}${calls}${isBatched ? ', delivered in batches of 100' : ''}`;
}

function spreadTable({ rounds }: DestinationsResult): string {
  const first = rounds[0]?.spreads ?? [];
  return markdownTable(
    ['', 'forwarder, arrivals/s', 'sluice, arrivals/s', 'sluice ÷ forwarder', 'peak memory, MiB'],
    first.map(({ spread }, index) => {
      const of = (value: (measurement: SpreadMeasurement) => number): (number | null)[] =>
        rounds.map(({ spreads }) => (spreads[index] === undefined ? null : value(spreads[index])));
      const [forwarder, sluice] = [of((m) => m.forwarderPerSecond), of((m) => m.sluicePerSecond)];
      const memory = of((m) => m.rssBytes / MIB);
      return [
        titleOf(spread),
        spreadCell(forwarder, 0),
        spreadCell(sluice, 0),
        ratioCell(sluice, forwarder),
        spreadCell(memory, 0),
      ];
    }),
  );
}

function besideTable({ rounds }: DestinationsResult): string {
  const of = (hanging: number, value: (measurement: BesideMeasurement) => number): (number | null)[] =>
    rounds.map(({ beside }) => {
      const one = beside.find((each) => each.hanging === hanging);
      return one === undefined ? null : value(one);
    });
  const early = ({ earlyMs }: BesideMeasurement): number => earlyMs;
  const late = ({ lateMs }: BesideMeasurement): number => lateMs;
  return markdownTable(
    ['', 'asked', '÷ alone', 'held', '÷ alone'],
    HANGING.map((hanging) => [
      hanging === 0 ? 'alone' : `beside ${hanging}`,
      ...[early, late].flatMap((value) => [
        spreadCell(of(hanging, value), 1),
        hanging === 0 ? '' : ratioCell(of(hanging, value), of(0, value)),
      ]),
    ]),
  );
}

function deadTable({ rounds }: DestinationsResult): string {
  const rows = [
    { title: 'processor time, ms', of: (m: DeadMeasurement) => m.cpuMs },
    { title: 'peak memory, MiB', of: (m: DeadMeasurement) => m.rssBytes / MIB },
    { title: 'delivery store, KiB', of: (m: DeadMeasurement) => m.storeBytes / 1_024 },
  ];
  return markdownTable(
    ['', 'no destination', 'a dead one', 'dead ÷ none'],
    rows.map(({ title, of }) => {
      const [none, dead] = [rounds.map((round) => of(round.none)), rounds.map((round) => of(round.dead))];
      return [title, spreadCell(none, 0), spreadCell(dead, 0), ratioCell(dead, none)];
    }),
  );
}
