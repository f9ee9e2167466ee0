const whole = new Intl.NumberFormat('en-US');
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const tenth = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto', style: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** As a sentence begins. */
export function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** `12,345` */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `12.3K` */
export function formatShort(count: number): string {
  return count < 10_000 ? whole.format(count) : short.format(count);
}

/** `3 events`, `1 event` */
export function formatOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Per second: `0`, `0.3`, `1,234` */
export function formatRate(perSecond: number): string {
  return perSecond < 10 ? tenth.format(perSecond) : short.format(Math.round(perSecond));
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${tenth.format(bytes / 1024 ** power)} ${BYTE_UNITS[power] ?? ''}`;
}

/** A span: `0.4 ms`, `12 ms`, `1.5 s`, `3 min`, `2 h`, `5 days` */
export function formatSpan(ms: number): string {
  if (ms < 10) return `${tenth.format(ms)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${tenth.format(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${tenth.format(ms / 60_000)} min`;
  if (ms < 2 * 86_400_000) return `${tenth.format(ms / 3_600_000)} h`;
  return `${tenth.format(ms / 86_400_000)} days`;
}

/** From the largest unit that it has one of. */
const STEPS = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `3 min. ago`, `in 2 hr.` */
export function formatRelative(atMs: number, nowMs: number): string {
  const ms = atMs - nowMs;
  const step = STEPS.find(([, unitMs]) => Math.abs(ms) >= unitMs);
  if (step !== undefined) return relative.format(Math.trunc(ms / step[1]), step[0]);
  return Math.abs(ms) < 2_000 ? 'now' : relative.format(Math.trunc(ms / 1_000), 'second');
}

/** In the reader's own time zone, which it names. */
export function formatExact(atMs: number): string {
  return exact.format(atMs);
}

/** `14:03:59` */
export function formatClock(atMs: number): string {
  return clock.format(atMs);
}

export function formatDay(atMs: number): string {
  return day.format(atMs);
}

/** A field of CSV that no spreadsheet takes for a formula, whoever wrote the text in it. */
export function csvField(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
