import { format } from 'prettier';
import { backlogSectionOf } from './backlog-report.ts';
import type { BacklogResult } from './backlog-report.ts';
import { destinationsSectionOf } from './destinations-report.ts';
import type { DestinationsResult } from './destinations-report.ts';
import { batchedSectionOf, type BatchedResult } from './batched-report.ts';
import { fanOutSectionOf, type FanOutResult } from './fan-out-report.ts';
import { goalsSectionOf } from './goals.ts';
import { historySectionOf } from './history-report.ts';
import type { HistoryResult } from './history-report.ts';
import { streamSectionOf, type StreamResult } from './live-stream-report.ts';
import type { Machine } from './machine.ts';
import type { Measurement } from './measure.ts';
import type { ProgramName } from './programs.ts';
import { retentionSectionOf } from './retention-report.ts';
import type { RetentionResult } from './retention-report.ts';
import type { Scenario } from './scenarios.ts';
import { slowSectionOf, type SlowResult } from './slow-endpoint-report.ts';
import { markdownTable, number, ratioCell, spreadCell } from './table.ts';

/** All rounds of one scenario, per program in the order in which they were made. */
export interface Result {
  readonly scenario: Scenario;
  readonly rounds: ReadonlyMap<ProgramName, readonly Measurement[]>;
}

interface Row {
  readonly title: string;
  readonly of: (measurement: Measurement) => number | null;
  readonly digits: number;
}

const MIB = 1_024 * 1_024;

/** What a table shows, one line each. */
const ROWS: readonly Row[] = [
  { title: 'accepted, events/s', of: (m) => m.acceptedPerSecond, digits: 0 },
  { title: 'delivered, events/s', of: (m) => m.deliveredPerSecond, digits: 0 },
  { title: 'until the 200, p50 ms', of: (m) => m.answerMs.p50, digits: 2 },
  { title: 'until the 200, p99 ms', of: (m) => m.answerMs.p99, digits: 2 },
  { title: 'end to end, p50 ms', of: (m) => m.endToEndMs.p50, digits: 2 },
  { title: 'end to end, p99 ms', of: (m) => m.endToEndMs.p99, digits: 2 },
  { title: 'end to end, p99.9 ms', of: (m) => m.endToEndMs.p999, digits: 2 },
  { title: 'processor time, ms per 1,000 events', of: (m) => m.cpuUsPerEvent, digits: 1 },
  { title: 'the same of sender and receiver', of: (m) => m.endsCpuUsPerEvent, digits: 1 },
  { title: 'peak memory, MiB', of: (m) => (m.peakRssBytes === null ? null : m.peakRssBytes / MIB), digits: 0 },
  { title: 'body at the endpoint, bytes per event', of: (m) => m.bodyBytesPerEvent, digits: 0 },
  { title: 'on disk, bytes per event', of: (m) => m.diskBytesPerEvent, digits: 0 },
  { title: 'lost', of: (m) => m.lost, digits: 0 },
  { title: 'duplicates', of: (m) => m.duplicates, digits: 0 },
];

/** One line about one round, for whoever watches the run. */
export function lineOf(name: ProgramName, m: Measurement): string {
  const shown = [
    `accepted ${number(m.acceptedPerSecond, 0)}/s`,
    `delivered ${number(m.deliveredPerSecond, 0)}/s`,
    `end to end p50 ${number(m.endToEndMs.p50, 2)} p99 ${number(m.endToEndMs.p99, 2)} ms`,
    ...(m.cpuUsPerEvent === null ? [] : [`cpu ${number(m.cpuUsPerEvent, 1)} us/event`]),
    `lost ${m.lost}`,
    `duplicates ${m.duplicates}`,
  ];
  return `  ${name.padEnd(9)} ${shown.join(', ')}`;
}

/** Events that were accepted and never arrived, over all programs and rounds. */
export function lostOf(results: readonly Result[]): number {
  const measurements = results.flatMap(({ rounds }) => [...rounds.values()].flat());
  return measurements.reduce((lost, measurement) => lost + measurement.lost, 0);
}

/** Markdown: the medians of a scenario, and how Sluice compares with the forwarder. */
export function tableOf({ rounds }: Result): string {
  const names = [...rounds.keys()];
  const compared = names.includes('forwarder') && names.includes('sluice');
  const of = (name: ProgramName, row: Row): (number | null)[] => (rounds.get(name) ?? []).map(row.of);
  return markdownTable(
    ['', ...names, ...(compared ? ['sluice ÷ forwarder'] : [])],
    ROWS.map((row) => [
      row.title,
      ...names.map((name) => spreadCell(of(name, row), row.digits)),
      ...(compared ? [ratioCell(of('sluice', row), of('forwarder', row))] : []),
    ]),
  );
}

/** Of the scenarios that are not one load through every program. */
export interface LongResults {
  readonly backlog: BacklogResult;
  readonly fanOut: FanOutResult;
  readonly batched: BatchedResult;
  readonly slow: SlowResult;
  readonly destinations: DestinationsResult;
  readonly retention: RetentionResult;
  readonly history: HistoryResult;
  readonly stream: StreamResult;
}

/** The whole of `bench/README.md`, formatted as the project's formatter wants it. */
export async function readmeOf(
  results: readonly Result[],
  long: LongResults,
  machine: Machine,
  rounds: number,
): Promise<string> {
  const sections = results.map(
    (result) => `## ${result.scenario.title}\n\n${loadOf(result.scenario)}\n\n${tableOf(result)}`,
  );
  const parts = [
    INTRODUCTION,
    measuredOn(machine, rounds),
    goalsSectionOf({ results, long }),
    ...sections,
    backlogSectionOf(long.backlog),
    fanOutSectionOf(long.fanOut),
    batchedSectionOf(long.batched),
    slowSectionOf(long.slow),
    destinationsSectionOf(long.destinations),
    retentionSectionOf(long.retention),
    historySectionOf(long.history),
    streamSectionOf(long.stream),
  ];
  return format(parts.join('\n\n'), { parser: 'markdown' });
}

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`; edits are lost with its next run.

Sender, receiver and the program between them are three processes of one machine and share its processors. Programs
take turns within each round, so that what else the machine does meets all of them.

- **straight**: no program at all, the sender sends to the receiver: what the two ends could carry, and what they add.
- **forwarder**: the bare forwarder (\`forwarder.ts\`): parses, adds fields, sends on. It stores nothing, signs nothing
  and tries nothing twice; its 200 promises nothing.
- **sluice**: \`sluice serve\` with one signed destination, else as it comes: each 200 follows an fsync.

Numbers are medians over the rounds, in brackets the lowest and the highest. The comparison is the median of the
rounds' own ratios. Accepted per second counts from the first sending to the last 200, delivered per second to the
last arrival, so what was accepted and is not delivered yet counts as time. At a fixed rate a call's latency begins
when it was due. Processor time is that of all threads of a program, user and system. Bytes on disk are those of a
cleanly stopped data folder: the log, deliveries and history.

What **straight** delivers bounds the others only where they send requests of the same size: with batches it receives
batches, and a program sends a request per event, for which the receiver's bound is the one of single calls.`;

function measuredOn(machine: Machine, rounds: number): string {
  return `Measured on ${machine.date} at commit ${machine.commit}: ${machine.processors}, ${machine.memoryGib} GiB, ${machine.system}, Node.js ${machine.node}, fsync of 4 KiB in ${machine.fsyncMs.p50.toFixed(2)} ms (median), ${machine.fsyncMs.p99.toFixed(2)} ms (p99); ${rounds} round(s).`;
}

function loadOf({ events, connections, warmUp }: Scenario): string {
  const count = (value: number): string => number(value, 0);
  return `${count(events)} events over ${connections} connections, after ${count(warmUp)} to warm up.`;
}
