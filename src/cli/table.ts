import type { Paint, Tone } from './colors.ts';
import { displayWidth, fitted, padded } from './display-width.ts';
import { printable } from './printable.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Its text, as it came: the table makes it safe to print. */
  readonly of: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | null;
  /** It is what one copies, such as an id: others are cut first. */
  readonly isKept?: boolean;
}

const GAP = '  ';
const LEAST_WIDTH = 6;
const CELL_CHARS_MAX = 200;

/**
 * Rows as lines for a terminal, columns below each other, never wider than it is: what is too long ends in `…`. The
 * first rows decide how wide columns are; they may come in several parts.
 */
export class Table<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #width: number;
  readonly #paint: Paint;
  #widths: readonly number[] | null = null;

  /** @param width of the terminal in cells; Infinity where there is none */
  constructor(columns: readonly Column<Row>[], { width, paint }: { readonly width: number; readonly paint: Paint }) {
    this.#columns = columns;
    this.#width = width;
    this.#paint = paint;
  }

  lines(rows: readonly Row[]): readonly string[] {
    const cells = rows.map((row) => this.#columns.map(({ of }) => printable(of(row), CELL_CHARS_MAX)));
    const isFirst = this.#widths === null;
    this.#widths ??= this.#widthsFor(cells);
    const widths = this.#widths;
    const heads = this.#columns.map(({ title }) => title);
    const head = isFirst ? [this.#line(heads, widths, () => 'quiet')] : [];
    return [
      ...head,
      ...rows.map((row, index) =>
        this.#line(cells[index] ?? [], widths, (column) => this.#columns[column]?.tone?.(row) ?? null),
      ),
    ];
  }

  #line(cells: readonly string[], widths: readonly number[], toneOf: (column: number) => Tone | null): string {
    let left = this.#width;
    const parts: string[] = [];
    for (const [index, cell] of cells.entries()) {
      const width = Math.min(widths[index] ?? 0, left);
      if (width < 1) break;
      const isLast = index === cells.length - 1 || left - width - GAP.length < 1;
      const shown = Number.isFinite(this.#width) ? fitted(cell, width) : cell;
      const tone = toneOf(index);
      const blanks = isLast ? '' : padded(shown, width).slice(shown.length);
      parts.push(`${tone === null || shown === '' ? shown : this.#paint(tone, shown)}${blanks}`);
      left -= width + GAP.length;
    }
    return parts.join(GAP).trimEnd();
  }

  /** As wide as what is in them; where that is too wide, the widest is narrowed until it fits, kept ones last. */
  #widthsFor(cells: readonly (readonly string[])[]): readonly number[] {
    const widths = this.#columns.map(({ title }, index) =>
      Math.max(displayWidth(title), ...cells.map((row) => displayWidth(row[index] ?? ''))),
    );
    let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - this.#width;
    for (const isKept of [false, true]) {
      const which = widths.flatMap((_, index) => ((this.#columns[index]?.isKept ?? false) === isKept ? [index] : []));
      while (excess > 0) {
        const widest = which.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a), which[0] ?? -1);
        const width = widths[widest];
        if (width === undefined || width <= LEAST_WIDTH) break;
        widths[widest] = width - 1;
        excess -= 1;
      }
    }
    return widths;
  }
}

/** What an object has, as lines: names below each other, values behind them. Null leaves a line out. */
export function fieldLines(
  fields: readonly (readonly [name: string, text: string | null])[],
  paint: Paint,
): readonly string[] {
  const shown = fields.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, text]) => `${paint('quiet', name.padEnd(width))}  ${text}`);
}
