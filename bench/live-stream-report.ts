import type { Read, StreamLoad, StreamMeasurement, StreamScenario } from './live-stream.ts';
import { type ComparedRow, comparisonTable, number } from './table.ts';

/** All rounds of it, in the order in which they were made. */
export interface StreamResult {
  readonly scenario: StreamScenario;
  readonly rounds: readonly StreamMeasurement[];
}

const MIB = 1_024 * 1_024;

const ROWS: readonly ComparedRow<StreamMeasurement, Read>[] = [
  { title: 'single calls accepted, events/s', of: (m) => m.singlePerSecond, digits: 0 },
  { title: 'until the 200, p99 ms', of: (m) => m.singleP99Ms, digits: 1 },
  { title: 'processor time, ms per 1,000 events', of: (m) => m.singleCpuUs, digits: 1 },
  { title: 'in batches accepted, events/s', of: (m) => m.batchPerSecond, digits: 0 },
  { title: 'until the 200, p99 ms', of: (m) => m.batchP99Ms, digits: 1 },
  { title: 'processor time, ms per 1,000 events', of: (m) => m.batchCpuUs, digits: 1 },
  { title: 'told to all readers, MiB/s', of: (m) => ({ read: m.readBytesPerSecond.read / MIB }), digits: 1 },
  { title: 'processor time of readers, ms/s', of: (m) => ({ read: m.readersCpuShare.read * 1_000 }), digits: 1 },
];

/** One line about one round, for whoever watches the run. */
export function streamLineOf(m: StreamMeasurement): string {
  const shown = [
    `accepted ${of(m.singlePerSecond, 0)}/s`,
    `in batches ${of(m.batchPerSecond, 0)}/s`,
    `cpu ${of(m.singleCpuUs, 0)} us/event`,
    `in batches ${of(m.batchCpuUs, 0)} us/event`,
    `told ${number(m.readBytesPerSecond.read / MIB, 1)} MiB/s`,
    `lost ${m.lost}`,
  ];
  return `  read      ${shown.join(', ')}`;
}

/** The whole section: what was done, and the medians. */
export function streamSectionOf({ scenario, rounds }: StreamResult): string {
  const { title, readers, turns, warmUp, single, batch } = scenario;
  const loadOf = ({ events, connections }: StreamLoad): string =>
    `${number(events, 0)} over ${connections} connections`;
  return `## ${title}

${readers} programs read the live stream, half of them all of it and half by filters of their own, while ${loadOf(single)} come as single
calls and ${loadOf(batch)} in batches of ${batch.eventsPerCall}, flat out. In turns with none who reads, ${turns} of each on one
Sluice, after ${number(warmUp, 0)} of either to warm up; numbers are the medians of turns. ${rounds.length} round(s).

${streamTableOf({ scenario, rounds })}`;
}

export function streamTableOf({ rounds }: StreamResult): string {
  const titles = ['unread', 'read', 'read ÷ unread'] as const;
  return comparisonTable<StreamMeasurement, Read>({ keys: ['unread', 'read'], titles }, ROWS, rounds);
}

function of({ unread, read }: Read, digits: number): string {
  return `${number(read, digits)} (unread ${number(unread, digits)})`;
}
