import type { statisticsOperations } from '../contract/statistics.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { AcceptedCounter } from '../pipeline/count-accepted.ts';
import { statsOf } from '../pipeline/delivery-stats.ts';
import type { LaneStatus } from '../pipeline/lane-status.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { CountAsk, Counts } from '../ports/delivery-history.ts';
import type { Handler, HandlersOf } from './handlers.ts';
import { invalid } from './parameters.ts';
import { countRefused, type RefusedRouteParts } from './refused-routes.ts';

export interface StatsRouteParts extends RefusedRouteParts {
  readonly stats: {
    /** See `DeliveryHistory.counts`. */
    counts(ask: CountAsk): Promise<Counts>;
    /** See `Dispatcher.status`; null when it does not answer. */
    status(): Promise<readonly LaneStatus[] | null>;
  };
  readonly accepted: Pick<AcceptedCounter, 'read' | 'sinceMs'>;
  readonly ambient: Ambient;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** Spans of each destination in one answer: a minute each for a day, or an hour each for two months. */
const SPANS_MAX = 1_500;
/** Rows of each list of one answer, about a MiB of JSON. */
const ROWS_MAX = 10_000;
/** Minutes of all destinations together that are added up: about half a second. */
const MINUTES_MAX = 500_000;

/** What was attempted, accepted and refused, by time, and what is still owed. */
export function statisticsHandlers(parts: StatsRouteParts): HandlersOf<typeof statisticsOperations> {
  return {
    countAttempts: countAttempts(parts),
    countAccepted: countAccepted(parts),
    countRefused: countRefused(parts),
  };
}

function countAttempts({ stats, ambient }: StatsRouteParts): Handler<(typeof statisticsOperations)['countAttempts']> {
  return async ({ query: { destination, endpoint, step, by, ...range } }) => {
    const to = minuteOf(range.to ?? ambient.nowMs() + MINUTE_MS - 1);
    const from = range.from === undefined ? to - DAY_MINUTES : minuteOf(range.from);
    if (from >= to) throw invalid('to', 'must be a minute after `from` at least');
    if ((to - from) / step > SPANS_MAX)
      throw invalid('step', `makes more than ${SPANS_MAX} spans; ask for a longer one`);
    const counts = await stats.counts({
      ...(destination === undefined ? {} : { destination }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...{ from, to, step, minutesMax: MINUTES_MAX },
    });
    const rows = statsOf(counts, by === 'endpoint' || endpoint !== undefined);
    if (Math.max(rows.length, counts.owed.length, counts.errors.length) > ROWS_MAX)
      throw invalid('step', `makes more than ${ROWS_MAX} rows; ask for a longer one, or for one destination`);
    const status = await stats.status();
    const now = status?.filter((each) => destination === undefined || each.destination === destination) ?? null;
    return {
      data: rows.map(timed),
      next: null,
      owed: counts.owed.map(timed),
      errors: counts.errors.map(({ lastAtMs, ...same }) => ({ ...same, lastAt: isoOf(lastAtMs) })),
      now: now?.map(shownLag) ?? null,
    };
  };
}

function countAccepted({ accepted }: StatsRouteParts): Handler<(typeof statisticsOperations)['countAccepted']> {
  return ({ query: { source } }) => ({
    data: accepted.read(source).map(({ perSecond, minutes, ...same }) => ({
      ...same,
      perSecond: Math.round(perSecond * 100) / 100,
      minutes: minutes.map(({ minute, accepted: count }) => ({ at: isoOf(minute * MINUTE_MS), accepted: count })),
    })),
    next: null,
    since: isoOf(accepted.sinceMs),
  });
}

function timed<Row extends { readonly minute: number }>({ minute, ...row }: Row) {
  return { at: isoOf(minute * MINUTE_MS), ...row };
}

function shownLag({ oldestAtMs, endpoints, ...lag }: LaneStatus) {
  return {
    ...lag,
    oldestAt: oldestAtMs === null ? null : isoOf(oldestAtMs),
    endpoints: endpoints.map(({ url, state, reason }) => ({ url, state, reason })),
  };
}

/** What is counted is one minute: a time within it is the next one. */
function minuteOf(ms: number): number {
  return Math.ceil(ms / MINUTE_MS);
}
