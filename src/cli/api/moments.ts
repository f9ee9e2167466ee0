import { InvalidArgumentError } from 'commander';
import { parseTimestamp } from '../../domain/timestamp.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ s: 1_000, m: 60_000, h: 3_600_000 },
  ...{ d: 24 * 3_600_000, w: 7 * 24 * 3_600_000 },
};

/** A time that was, as ISO 8601: so long ago (`30m`, `24h`, `7d`), or itself in ISO 8601. @throws InvalidArgumentError */
export function pastOf(text: string): string {
  return momentOf(text, Date.now(), -1);
}

/** A time that will be: `30d` from now on, or itself in ISO 8601. @throws InvalidArgumentError */
export function futureOf(text: string): string {
  return momentOf(text, Date.now(), 1);
}

/** @param sign of a span: 1 for what is to come */
export function momentOf(text: string, nowMs: number, sign: 1 | -1): string {
  const spanMs = spanMsOf(text);
  const atMs = spanMs === null ? parseTimestamp(text) : nowMs + sign * spanMs;
  if (atMs !== null && Math.abs(atMs) <= 8.64e15) return new Date(atMs).toISOString();
  throw new InvalidArgumentError(
    'It must be a span such as 30m, 24h or 7d, or a time such as 2026-01-31 or 2026-01-31T12:00:00Z.',
  );
}

/** How long a span is; null for what is none. */
export function spanMsOf(text: string): number | null {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? null : Number(count) * unitMs;
}
