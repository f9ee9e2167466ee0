import type { Both, FanOutMeasurement, FanOutScenario } from './fan-out.ts';
import { type ComparedRow, comparisonTable, number } from './table.ts';

/** All rounds of it, in the order in which they were made. */
export interface FanOutResult {
  readonly scenario: FanOutScenario;
  readonly rounds: readonly FanOutMeasurement[];
}

const MIB = 1_024 * 1_024;

const ROWS: readonly ComparedRow<FanOutMeasurement, Both>[] = [
  { title: 'delivered, events/s', of: (m) => m.eventsPerSecond, digits: 0 },
  { title: 'arrivals/s', of: (m) => m.arrivalsPerSecond, digits: 0 },
  { title: 'arrivals per event', of: (m) => m.arrivalsPerEvent, digits: 2 },
  { title: 'processor time, ms per 1,000 events', of: (m) => m.cpuUsPerEvent, digits: 1 },
  { title: 'peak memory, MiB', of: (m) => mib(m.rssBytes), digits: 0 },
];

/** One line about one round, for whoever watches the run. */
export function fanOutLineOf({ eventsPerSecond: events, arrivalsPerEvent, lost }: FanOutMeasurement): string {
  const shown = [
    `delivered ${number(events.sluice, 0)}/s (forwarder ${number(events.forwarder, 0)})`,
    `arrivals per event ${number(arrivalsPerEvent.sluice, 2)} (forwarder ${number(arrivalsPerEvent.forwarder, 2)})`,
    `lost ${lost}`,
  ];
  return `  fan-out   ${shown.join(', ')}`;
}

/** The whole section: what was done, and the medians. */
export function fanOutSectionOf({ scenario, rounds }: FanOutResult): string {
  const { title, endpoints, warmUp, events } = scenario;
  const count = (value: number): string => number(value, 0);
  return `## ${title}

${count(events)} single calls over 64 connections, flat out, after ${count(warmUp)} to warm up, to one destination with ${endpoints} endpoints and
\`success: any\`; the forwarder sends each event to as many. An event is delivered when the first endpoint has it.
Attempts that have begun run out, and those that still wait at a busy endpoint are not made any more, so that Sluice
may send an event less often than the forwarder. ${rounds.length} round(s).

${fanOutTableOf({ scenario, rounds })}`;
}

export function fanOutTableOf({ rounds }: FanOutResult): string {
  const titles = ['forwarder', 'sluice', 'sluice ÷ forwarder'] as const;
  return comparisonTable<FanOutMeasurement, Both>({ keys: ['forwarder', 'sluice'], titles }, ROWS, rounds);
}

function mib({ forwarder, sluice }: Both): Both {
  return { forwarder: forwarder / MIB, sluice: sluice / MIB };
}
