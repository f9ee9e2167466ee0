import { median, quantile } from './quantile.ts';

/** A table in Markdown; the first column has words, all others numbers. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = heads.map((_, index) => (index === 0 ? '---' : '--:'));
  return [heads, rule, ...rows].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** A line of a table that compares two; of what was measured of one alone, the other has nothing. */
export interface ComparedRow<Measurement, Pair> {
  readonly title: string;
  readonly of: (measurement: Measurement) => Partial<Readonly<Record<keyof Pair, number>>>;
  readonly digits: number;
}

/** What is compared, and how its columns are called: the ratio is the second's to the first. */
export interface ComparedHeads<Pair> {
  readonly keys: readonly [first: keyof Pair, second: keyof Pair];
  readonly titles: readonly [first: string, second: string, ratio: string];
}

/** The medians of two over the same rounds, and how they compare. */
export function comparisonTable<Measurement, Pair>(
  { keys: [first, second], titles }: ComparedHeads<Pair>,
  rows: readonly ComparedRow<Measurement, Pair>[],
  rounds: readonly Measurement[],
): string {
  return markdownTable(
    ['', ...titles],
    rows.map(({ title, of, digits }) => {
      const values = rounds.map(of);
      const [one, other] = [values.map((value) => value[first] ?? null), values.map((value) => value[second] ?? null)];
      return [title, spreadCell(one, digits), spreadCell(other, digits), ratioCell(other, one)];
    }),
  );
}

/** The median, in brackets the lowest and the highest where they differ; a dash where nothing was measured. */
export function spreadCell(values: readonly (number | null)[], digits: number): string {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) return '–';
  const [lowest, middle, highest] = [0, 0.5, 1].map((share) => number(quantile(measured, share), digits));
  return lowest === highest ? String(middle) : `${middle} (${lowest}–${highest})`;
}

/** The median of the rounds' own ratios, since only what was measured in one round compares. */
export function ratioCell(some: readonly (number | null)[], others: readonly (number | null)[]): string {
  const ratios = some.flatMap((value, round) => {
    const other = others[round] ?? null;
    return value === null || other === null || other === 0 ? [] : [value / other];
  });
  return ratios.length === 0 ? '–' : number(median(ratios), 2);
}

export function number(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
