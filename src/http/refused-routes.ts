import type { FastifyInstance } from 'fastify';
import { refusalIdOf, refusalNumberOf } from '../domain/refusal.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { RefusalStore, RefusedSample, StoredSample } from '../ports/refusal-store.ts';
import { invalid, limitIn, minutesIn, type Parameters, parametersOf, timeIn } from './parameters.ts';

export interface RefusedRouteParts {
  readonly refusals: Pick<RefusalStore, 'list' | 'counts'>;
  readonly ambient: Ambient;
}

/** What a list of refused calls may be asked with. */
export const REFUSED_PARAMETERS = ['refused', 'source', 'reason', 'from', 'to', 'limit', 'cursor'] as const;
const PAGE = { most: 200, otherwise: 50 };
const DAY_MS = 24 * 60 * 60_000;
/** About a MiB of JSON. */
const COUNTS_MAX = 10_000;
const MINUTE_MS = 60_000;

/** Counts of what was refused and why. */
export function registerRefused(api: FastifyInstance, { refusals, ambient }: RefusedRouteParts): void {
  api.get('/stats/refused', async (request, reply) => {
    const asked = parametersOf(request, ['source', 'reason', 'from', 'to', 'step']);
    const { toMs = ambient.nowMs(), ...wanted } = wantedIn(asked);
    const range = { fromMs: toMs - DAY_MS, ...wanted, toMs };
    const counts = await refusals.counts(range, minutesIn('step', asked.step ?? '1h'), COUNTS_MAX + 1);
    if (counts.length > COUNTS_MAX) {
      throw invalid(
        'step',
        `makes more than ${COUNTS_MAX} counts; ask for a longer one, a shorter time, or one source`,
      );
    }
    const data = counts.map(({ minute, ...same }) => ({ at: isoOf(minute * MINUTE_MS), ...same }));
    return reply.send({ data, next: null });
  });
}

/** Samples of what was refused, newest first. */
export async function listRefused(
  { refusals }: Pick<RefusedRouteParts, 'refusals'>,
  asked: Parameters<(typeof REFUSED_PARAMETERS)[number]>,
) {
  const limit = limitIn(asked.limit, PAGE);
  const before = cursorIn(asked.cursor);
  // One more than asked for, to know whether there is more.
  const found = await refusals.list({ ...wantedIn(asked), ...(before === undefined ? {} : { before }) }, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = last === undefined || found.length <= limit ? null : refusalIdOf(last.id);
  return { data: page.map(shownSample), next };
}

/** An empty source stands for the unknown one. */
function wantedIn(asked: { source?: string; reason?: string; from?: string; to?: string }) {
  const fromMs = timeIn('from', asked.from);
  const toMs = timeIn('to', asked.to);
  return {
    ...(asked.source === undefined ? {} : { source: asked.source === '' ? null : asked.source }),
    ...(asked.reason === undefined ? {} : { reason: asked.reason }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

function cursorIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = refusalNumberOf(text);
  if (number === null) throw invalid('cursor', 'must be the `next` of the page before');
  return number;
}

function shownSample({ id, ...sample }: StoredSample) {
  return { id: refusalIdOf(id), ...shownRefusal(sample) };
}

/** A refused call as the management API shows it. */
export function shownRefusal({ atMs, source, reason, message, type, ...same }: RefusedSample) {
  return { at: isoOf(atMs), source, reason, message, type, ...same };
}
