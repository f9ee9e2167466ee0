/** One thing that was looked at. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was looked at, in a word or two: the same whatever came of it. */
  readonly check: string;
  /** How it is, in one line. May hold texts of others. */
  readonly text: string;
  /** What to do about it; null for nothing. */
  readonly wayOut: string | null;
}

/** What was looked at together. */
export interface Part {
  readonly title: string;
  readonly findings: readonly Finding[];
}

export function ok(check: string, text: string): Finding {
  return { state: 'ok', check, text, wayOut: null };
}

/** It works, and may not for long, or not for everybody. */
export function warning(check: string, text: string, wayOut: string): Finding {
  return { state: 'warning', check, text, wayOut };
}

/** It keeps Sluice from starting, from accepting, or from delivering. */
export function problem(check: string, text: string, wayOut: string): Finding {
  return { state: 'problem', check, text, wayOut };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${Number(value.toFixed(power === 0 || value >= 100 ? 0 : 1))} ${UNITS[power] ?? 'B'}`;
}
