const UNITS_MS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 } as const;

/** `1s, 30s, 5min`: exact, so that what is read back is the same. */
export function durationsText(all: readonly number[]): string {
  return all.map(durationText).join(', ');
}

function durationText(ms: number): string {
  const unit = (['h', 'min', 's'] as const).find((each) => ms >= UNITS_MS[each] && ms % UNITS_MS[each] === 0) ?? 'ms';
  return `${ms / UNITS_MS[unit]}${unit}`;
}

/** Milliseconds of `1s, 500ms, 2 h`; a number alone is milliseconds, as in the configuration file. Null for anything else. */
export function durationsOf(text: string): readonly number[] | null {
  const parts = text.split(/[\s,]+(?=\d)|,/).map((part) => part.trim());
  const all = parts.filter((part) => part !== '').map(durationOf);
  return all.length === 0 || all.includes(null) ? null : all.filter((ms) => ms !== null);
}

function durationOf(text: string): number | null {
  const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?$/.exec(text) ?? [];
  return amount === undefined ? null : Math.round(Number(amount) * UNITS_MS[unit === 'm' ? 'min' : (unit as 'ms')]);
}
