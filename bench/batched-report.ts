import type { BatchedMeasurement, BatchedScenario, EitherWay } from './batched.ts';
import { type ComparedRow, comparisonTable, number } from './table.ts';

/** All rounds of it, in the order in which they were made. */
export interface BatchedResult {
  readonly scenario: BatchedScenario;
  readonly rounds: readonly BatchedMeasurement[];
}

const ROWS: readonly ComparedRow<BatchedMeasurement, EitherWay>[] = [
  { title: 'delivered, events/s', of: (m) => m.eventsPerSecond, digits: 0 },
];

/** One line about one round, for whoever watches the run. */
export function batchedLineOf({ eventsPerSecond: { single, batched }, lost }: BatchedMeasurement): string {
  return `  batched   one by one ${number(single, 0)}/s, in batches ${number(batched, 0)}/s, lost ${lost}`;
}

/** The whole section: what was done, and the medians. */
export function batchedSectionOf({ scenario, rounds }: BatchedResult): string {
  const { title, events, eventsPerRequest } = scenario;
  return `## ${title}

${number(events, 0)} events are accepted for a destination that is paused. Then it goes on, one event in a request or up to
${eventsPerRequest} (\`delivery.batch\`), while nothing is accepted. ${rounds.length} round(s).

${batchedTableOf({ rounds })}`;
}

export function batchedTableOf({ rounds }: Pick<BatchedResult, 'rounds'>): string {
  const titles = ['one by one', 'in batches', 'in batches ÷ one by one'] as const;
  return comparisonTable<BatchedMeasurement, EitherWay>({ keys: ['single', 'batched'], titles }, ROWS, rounds);
}
