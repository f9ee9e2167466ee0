const SPAN_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 },
} as const;

/** Milliseconds of a whole number with its unit (`250ms`, `90s`, `15m`, `12h`, `7d`); null for any other text. */
export function millisecondsOf(text: string): number | null {
  return valueOf(text, SPAN_UNITS);
}

/** Bytes of a whole number with its unit (`512MiB`, `50GB`); null for any other text. */
export function bytesOf(text: string): number | null {
  return valueOf(text, SIZE_UNITS);
}

/** The shortest text that `millisecondsOf` reads as this. */
export function spanText(ms: number): string {
  return textOf(ms, SPAN_UNITS);
}

/** The shortest text that `bytesOf` reads as this. */
export function sizeText(bytes: number): string {
  return textOf(bytes, SIZE_UNITS);
}

function valueOf(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits = '', unit = ''] = /^(\d{1,15})\s?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  const value = factor === undefined ? NaN : Number(digits) * factor;
  return Number.isSafeInteger(value) ? value : null;
}

function textOf(value: number, units: Readonly<Record<string, number>>): string {
  const texts = Object.entries(units)
    .filter(([, factor]) => value % factor === 0)
    .map(([unit, factor]) => `${value / factor}${unit}`);
  return texts.reduce((shortest, text) => (text.length < shortest.length ? text : shortest), texts[0] ?? '');
}
