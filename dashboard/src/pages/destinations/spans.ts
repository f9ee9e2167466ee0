import type { Answered } from '../../api.ts';

type Stats = Answered<'countAttempts'>;

/** Of the charts, so that nothing jumps when they come. */
export const CHART_PX = 240;

/** What can be looked at, in as many spans as one can tell apart. */
export const WINDOWS = {
  '1h': { label: '1 h', step: '1m', stepMs: 60_000, count: 60, everyMs: 5_000 },
  '24h': { label: '24 h', step: '30m', stepMs: 30 * 60_000, count: 48, everyMs: 30_000 },
  '7d': { label: '7 d', step: '3h', stepMs: 3 * 3_600_000, count: 56, everyMs: 60_000 },
} as const;
export type WindowName = keyof typeof WINDOWS;

export function windowOf(text: string | undefined): WindowName {
  return text !== undefined && Object.hasOwn(WINDOWS, text) ? (text as WindowName) : '24h';
}

/** What happened in a span; nothing has no latency. */
export interface Span {
  readonly label: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly rejected: number;
  readonly delivered: number;
  readonly dead: number;
  readonly cancelled: number;
  readonly waiting: number;
  readonly heldMinutes: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit' });

/** When the first span of a window begins. */
export function beginOf(name: WindowName, nowMs: number): number {
  const { stepMs, count } = WINDOWS[name];
  return (Math.floor(nowMs / stepMs) - count + 1) * stepMs;
}

/** Every span of a window: what is not answered is zero. */
export function spansOf(name: WindowName, fromMs: number, { data, owed }: Stats): readonly Span[] {
  const { stepMs, count } = WINDOWS[name];
  const rows = new Map(data.map((row) => [Date.parse(row.at), row]));
  const waits = new Map(owed.map((row) => [Date.parse(row.at), row]));
  return Array.from({ length: count }, (_, index): Span => {
    const atMs = fromMs + index * stepMs;
    const row = rows.get(atMs);
    const { succeeded = 0, failed = 0, rejected = 0 } = row?.attempts ?? {};
    const { delivered = 0, dead = 0, cancelled = 0 } = row?.ended ?? {};
    const { p50 = null, p95 = null, p99 = null } = row?.latencyMs ?? {};
    const { waiting = 0, heldMinutes = 0 } = waits.get(atMs) ?? {};
    const label = (name === '7d' ? dayAndClock : clock).format(atMs);
    return {
      ...{ label, succeeded, failed, rejected, delivered, dead, cancelled },
      ...{ waiting, heldMinutes, p50, p95, p99 },
    };
  });
}
