import type { FastifyInstance } from 'fastify';
import { isoOf } from '../domain/timestamp.ts';
import { statsOf } from '../pipeline/delivery-stats.ts';
import type { LaneStatus } from '../pipeline/lane-status.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { AttemptCount, CountAsk } from '../ports/delivery-history.ts';
import { invalid, minutesIn, parametersOf, timeIn } from './parameters.ts';

export interface StatsRouteParts {
  readonly stats: {
    /** See `DeliveryHistory.counts`. */
    counts(ask: CountAsk): Promise<readonly AttemptCount[]>;
    /** See `Dispatcher.status`; null when it does not answer. */
    status(): Promise<readonly LaneStatus[] | null>;
  };
  readonly ambient: Ambient;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** Spans of each destination in one answer: a minute each for a day, or an hour each for two months. */
const SPANS_MAX = 1_500;
/** Rows of one answer, about a MiB of JSON. */
const ROWS_MAX = 10_000;
/** Minutes of all destinations together that are added up: about half a second. */
const MINUTES_MAX = 500_000;

/** What was attempted, by time, and what is still owed. */
export function registerStats(api: FastifyInstance, { stats, ambient }: StatsRouteParts): void {
  api.get('/stats', async (request, reply) => {
    const asked = parametersOf(request, ['destination', 'endpoint', 'from', 'to', 'step', 'by']);
    const { destination, endpoint, by } = asked;
    if (by !== undefined && by !== 'endpoint') throw invalid('by', 'must be endpoint');
    const step = minutesIn('step', asked.step ?? '1h');
    const to = minuteOf(timeIn('to', asked.to) ?? ambient.nowMs() + MINUTE_MS - 1);
    const from = asked.from === undefined ? to - DAY_MINUTES : minuteOf(timeIn('from', asked.from) ?? 0);
    if (from >= to) throw invalid('to', 'must be a minute after `from` at least');
    if ((to - from) / step > SPANS_MAX)
      throw invalid('step', `makes more than ${SPANS_MAX} spans; ask for a longer one`);
    const counts = await stats.counts({
      ...(destination === undefined ? {} : { destination }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...{ from, to, step, minutesMax: MINUTES_MAX },
    });
    const rows = statsOf(counts, by === 'endpoint' || endpoint !== undefined);
    if (rows.length > ROWS_MAX)
      throw invalid('step', `makes more than ${ROWS_MAX} rows; ask for a longer one, or for one destination`);
    const status = await stats.status();
    const now = status?.filter((each) => destination === undefined || each.destination === destination) ?? null;
    return reply.send({
      data: rows.map(({ minute, ...row }) => ({ at: isoOf(minute * MINUTE_MS), ...row })),
      next: null,
      now: now?.map(shownLag) ?? null,
    });
  });
}

function shownLag({ oldestAtMs, endpoints, ...lag }: LaneStatus): object {
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
