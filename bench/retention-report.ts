import type { Beside, RetentionMeasurement, RetentionScenario } from './retention.ts';
import { type ComparedRow, comparisonTable, number } from './table.ts';

/** All rounds of it, in the order in which they were made. */
export interface RetentionResult {
  readonly scenario: RetentionScenario;
  readonly rounds: readonly RetentionMeasurement[];
}

const MIB = 1_024 * 1_024;

const ROWS: readonly ComparedRow<RetentionMeasurement, Beside>[] = [
  { title: 'until the 200, p99 ms', of: (m) => m.answerP99Ms, digits: 2 },
  { title: 'until the 200, p99.9 ms', of: (m) => m.answerP999Ms, digits: 2 },
  { title: 'until the 200, worst ms', of: (m) => m.answerWorstMs, digits: 1 },
  { title: 'longest stall of ingest, ms', of: (m) => m.stallMs, digits: 1 },
  { title: 'segments gone', of: (m) => m.segmentsGone, digits: 0 },
  { title: 'the log at most, MiB', of: (m) => mib(m.logPeakBytes), digits: 0 },
  { title: 'the log in the end, MiB', of: (m) => mib(m.logEndBytes), digits: 0 },
];

/** One line about one round, for whoever watches the run. */
export function retentionLineOf(m: RetentionMeasurement): string {
  const shown = [
    `p99.9 ${of(m.answerP999Ms, 1)} ms`,
    `worst ${of(m.answerWorstMs, 1)} ms`,
    `stall ${of(m.stallMs, 1)} ms`,
    `${m.segmentsGone.forgetting} segments gone`,
    `log at most ${of(mib(m.logPeakBytes), 0)} MiB`,
    `lost ${m.lost}`,
    `duplicates ${m.duplicates}`,
  ];
  return `  forgetting ${shown.join(', ')}`;
}

/** The whole section: what was done, and the medians. */
export function retentionSectionOf({ scenario, rounds }: RetentionResult): string {
  const { title, logMib, filled, events, perSecond } = scenario;
  const count = (value: number): string => number(value, 0);
  return `## ${title}

\`retention.log.size\` is ${logMib} MiB, and ${count(filled)} events were sent before. Then ${count(events)} come in batches of ten, ${count(perSecond)} a second,
and are delivered, while the oldest segments go every ten seconds. Beside it another Sluice with the same load that
keeps everything. A call's latency begins when it was due; the longest stall is by how much the thread that takes calls
was late for a timer. ${rounds.length} round(s).

${retentionTableOf({ scenario, rounds })}`;
}

export function retentionTableOf({ rounds }: RetentionResult): string {
  const titles = ['keeping', 'forgetting', 'forgetting ÷ keeping'] as const;
  return comparisonTable<RetentionMeasurement, Beside>({ keys: ['keeping', 'forgetting'], titles }, ROWS, rounds);
}

function mib({ keeping, forgetting }: Beside): Beside {
  return { keeping: keeping / MIB, forgetting: forgetting / MIB };
}

function of({ keeping, forgetting }: Beside, digits: number): string {
  return `${number(forgetting, digits)} (keeping ${number(keeping, digits)})`;
}
