import type { z } from 'zod';
import type { Answer } from '../contract/operation.ts';
import type { eventOperations } from '../contract/events.ts';
import type { statisticsOperations } from '../contract/statistics.ts';
import { refusalIdOf, refusalNumberOf } from '../domain/refusal.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { RefusalStore, RefusedSample, StoredSample } from '../ports/refusal-store.ts';
import type { Handler } from './handlers.ts';
import { invalid, invalidCursor } from './parameters.ts';

export interface RefusedRouteParts {
  readonly refusals: Pick<RefusalStore, 'list' | 'counts'>;
  readonly ambient: Ambient;
}

const DAY_MS = 24 * 60 * 60_000;
/** About a MiB of JSON. */
const COUNTS_MAX = 10_000;
const MINUTE_MS = 60_000;

/** Counts of what was refused and why. */
export function countRefused({
  refusals,
  ambient,
}: RefusedRouteParts): Handler<(typeof statisticsOperations)['countRefused']> {
  return async ({ query: { step, ...asked } }) => {
    const { toMs = ambient.nowMs(), ...wanted } = wantedIn(asked);
    const counts = await refusals.counts({ fromMs: toMs - DAY_MS, ...wanted, toMs }, step, COUNTS_MAX + 1);
    if (counts.length > COUNTS_MAX) {
      throw invalid(
        'step',
        `makes more than ${COUNTS_MAX} counts; ask for a longer one, a shorter time, or one source`,
      );
    }
    return { data: counts.map(({ minute, ...same }) => ({ at: isoOf(minute * MINUTE_MS), ...same })), next: null };
  };
}

type ListQuery = z.output<(typeof eventOperations)['listEvents']['query']>;

/** Samples of what was refused, newest first. */
export async function listRefused(
  { refusals }: Pick<RefusedRouteParts, 'refusals'>,
  { limit, cursor, ...asked }: ListQuery,
): Promise<Answer<(typeof eventOperations)['listEvents']>> {
  const before = cursorIn(cursor);
  // One more than asked for, to know whether there is more.
  const found = await refusals.list({ ...wantedIn(asked), ...(before === undefined ? {} : { before }) }, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = last === undefined || found.length <= limit ? null : refusalIdOf(last.id);
  return { data: page.map(shownSample), next };
}

/** An empty source stands for the unknown one. */
function wantedIn({ source, reason, from, to }: Pick<ListQuery, 'source' | 'reason' | 'from' | 'to'>) {
  return {
    ...(source === undefined ? {} : { source: source === '' ? null : source }),
    ...(reason === undefined ? {} : { reason }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
  };
}

function cursorIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = refusalNumberOf(text);
  if (number === null) throw invalidCursor();
  return number;
}

function shownSample({ id, ...sample }: StoredSample) {
  return { id: refusalIdOf(id), ...shownRefusal(sample) };
}

/** A refused call as the management API shows it. */
export function shownRefusal({ atMs, source, reason, message, type, ...same }: RefusedSample) {
  return { at: isoOf(atMs), source, reason, message, type, ...same };
}
