import { collectDefaultMetrics, Registry } from 'prom-client';
import { CALL_TYPES, type CallType } from '../../domain/event.ts';
import { labelledMax } from '../../domain/limits.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { exposition } from './exposition.ts';
import { type Gauged, makeMainGauges } from './main-gauges.ts';
import { Series } from './series.ts';
import { type CounterCell, CounterTally, HistogramTally } from './tallies.ts';

/** What the main thread counts, and what is known of the process and its threads. */
export interface MainMetrics {
  readonly telemetry: Pick<Telemetry, 'accepted' | 'refused'>;
  /** An event of this source was accepted, and not stored because its person is suppressed. */
  suppressed(source: string): void;
  /** A call was answered with 200, that long after it began to arrive. */
  answered(durationMs: number): void;
  /** The log wrote and synced a commit. */
  committed(durationMs: number): void;
  /** These sources exist now, and no others. */
  keep(sources: readonly string[]): void;
  /** All of it, as Prometheus reads it. */
  page(gauged: Gauged): Promise<string>;
}

/** Bounds of buckets: an answer waits for one or two commits, and those for the disk. */
const ANSWER_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Of calls whose write key is unknown. Prometheus takes an empty label for none. */
const NO_SOURCE = '';

export function makeMainMetrics(version: string): MainMetrics {
  const registry = new Registry();
  const counted = countedMetrics();
  const show = makeMainGauges(registry, version);
  collectDefaultMetrics({ register: registry });
  const series = new Series({
    max: labelledMax,
    open: (source) => cellsOf(counted, source),
    close: (_source, cells) => {
      close(counted, cells);
    },
  });
  const answers = counted.answerSeconds.open();
  const commits = counted.commitSeconds.open();
  const ofNoSource = refusedOf(NO_SOURCE);
  return {
    telemetry: {
      accepted: (_epoch, events, positions) => {
        for (const [index, { source, type }] of events.entries()) {
          const cells = series.of(source);
          if (type !== 'delete') (positions[index] === 0 ? cells.duplicate : cells.accepted[type]).value += 1;
        }
      },
      refused: ({ source, reason, count }) => {
        countRefused(counted, source === null ? ofNoSource : series.of(source), reason, count);
      },
    },
    suppressed: (source) => {
      series.of(source).suppressed.value += 1;
    },
    answered: (durationMs) => {
      answers.observe(durationMs / 1_000);
    },
    committed: (durationMs) => {
      commits.observe(durationMs / 1_000);
    },
    keep: (sources) => {
      series.keep(sources);
    },
    page: async (gauged) => {
      show(gauged);
      return exposition(Object.values(counted), registry);
    },
  };
}

type Counted = ReturnType<typeof countedMetrics>;

function countedMetrics() {
  return {
    accepted: new CounterTally({
      name: 'sluice_events_accepted_total',
      help: 'Events that are on disk and were answered with 200.',
    }),
    duplicate: new CounterTally({
      name: 'sluice_events_duplicate_total',
      help: 'Events that were there already, by their message id, and were not taken again.',
    }),
    suppressed: new CounterTally({
      name: 'sluice_events_suppressed_total',
      help: 'Events that were answered with 200 and not stored, because their person is suppressed.',
    }),
    refused: new CounterTally({
      name: 'sluice_calls_refused_total',
      help: 'Calls, and calls of a batch, that were not accepted. The source is empty where no write key named one.',
    }),
    answerSeconds: new HistogramTally({
      name: 'sluice_accept_duration_seconds',
      help: 'How long calls that were answered with 200 took, from their headers to the answer.',
      bounds: ANSWER_SECONDS,
    }),
    commitSeconds: new HistogramTally({
      name: 'sluice_log_commit_seconds',
      help: 'How long the log took to write a commit and sync it to the disk.',
      bounds: COMMIT_SECONDS,
    }),
  };
}

function cellsOf({ accepted, duplicate, suppressed }: Counted, source: string) {
  const types = CALL_TYPES.map((type) => [type, accepted.open({ source, type })] as const);
  return {
    // There from the start, so that a first one is seen as a rise.
    accepted: Object.fromEntries(types) as Readonly<Record<CallType, CounterCell>>,
    duplicate: duplicate.open({ source }),
    suppressed: suppressed.open({ source }),
    ...refusedOf(source),
  };
}

function refusedOf(source: string): { readonly label: string; readonly refused: Map<string, CounterCell> } {
  return { label: source, refused: new Map() };
}

function countRefused({ refused }: Counted, cells: ReturnType<typeof refusedOf>, reason: string, calls: number): void {
  const cell = cells.refused.get(reason) ?? refused.open({ source: cells.label, reason });
  cells.refused.set(reason, cell);
  cell.value += calls;
}

function close({ accepted, duplicate, suppressed, refused }: Counted, cells: ReturnType<typeof cellsOf>): void {
  for (const cell of Object.values(cells.accepted)) accepted.close(cell);
  for (const cell of cells.refused.values()) refused.close(cell);
  duplicate.close(cells.duplicate);
  suppressed.close(cells.suppressed);
}
