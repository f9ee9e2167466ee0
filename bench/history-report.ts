import type { Compared, HistoryMeasurement, HistoryScenario } from './history.ts';
import { type ComparedRow, comparisonTable, number } from './table.ts';

/** All rounds of it, in the order in which they were made. */
export interface HistoryResult {
  readonly scenario: HistoryScenario;
  readonly rounds: readonly HistoryMeasurement[];
}

const ROWS: readonly ComparedRow<HistoryMeasurement, Compared>[] = [
  { title: 'events in the log', of: (m) => m.logEvents, digits: 0 },
  { title: 'attempts in the history', of: (m) => m.attempts, digits: 0 },
  { title: 'on disk, MiB', of: (m) => mib(m.diskBytes), digits: 0 },
  { title: 'accepted, events/s', of: (m) => m.acceptedPerSecond, digits: 0 },
  { title: 'delivered, events/s', of: (m) => m.deliveredPerSecond, digits: 0 },
  { title: 'until the 200, p99 ms', of: (m) => m.answerP99Ms, digits: 2 },
  { title: 'start after a clean stop, ms', of: (m) => m.startMs, digits: 0 },
];

const HEADS = {
  keys: ['short', 'long'],
  titles: ['short history', 'long history', 'long ÷ short'],
} as const;

const MIB = 1_024 * 1_024;

/** One line about one round, for whoever watches the run. */
export function historyLineOf(m: HistoryMeasurement): string {
  const slowest = Math.max(...m.questions.map(({ p99Ms }) => p99Ms.long));
  const ratio = ({ short, long }: Compared): string => number(long / short, 2);
  const shown = [
    `${number(m.attempts.long, 0)} attempts`,
    `slowest p99 ${number(slowest, 1)} ms`,
    `accepted ${ratio(m.acceptedPerSecond)}`,
    `delivered ${ratio(m.deliveredPerSecond)}`,
    `starts in ${number(m.startMs.long, 0)} ms`,
    `lost ${m.lost}`,
  ];
  return `  history   ${shown.join(', ')}`;
}

/** The whole section: what was done, and the medians. */
export function historySectionOf(result: HistoryResult): string {
  const { title, events, destinations, otherEvents, fewEvents, questions, turns, turn } = result.scenario;
  const count = (value: number): string => number(value, 0);
  return `## ${title}

${count(events)} events of a day were sent to ${destinations} destinations: one delivery in fifty failed at first, one in a thousand is
dead. ${count(otherEvents)} more in the log are of a source without destinations. Beside it a Sluice with ${count(fewEvents)} such events and
no others. Each question is asked ${count(questions)} times of both in turns, one after the other, with a page of fifty; then both take
${turns} turns in carrying ${count(turn)} single calls, flat out. Last both are stopped and started, in turns, with their files in the
system's cache. ${result.rounds.length} round(s).

${historyTablesOf(result).join('\n\n')}`;
}

export function historyTablesOf({ rounds }: HistoryResult): readonly string[] {
  const rows = [ROWS, questionRows(rounds, 'p50Ms'), questionRows(rounds, 'p99Ms')];
  return rows.map((each) => comparisonTable<HistoryMeasurement, Compared>(HEADS, each, rounds));
}

function questionRows(rounds: readonly HistoryMeasurement[], which: 'p50Ms' | 'p99Ms'): typeof ROWS {
  const [first] = rounds;
  return (first?.questions ?? []).map(({ title }, at) => ({
    title: `${title}, ${which === 'p50Ms' ? 'p50' : 'p99'} ms`,
    of: ({ questions }) => questions[at]?.[which] ?? { short: NaN, long: NaN },
    digits: 1,
  }));
}

function mib({ short, long }: Compared): Compared {
  return { short: short / MIB, long: long / MIB };
}
