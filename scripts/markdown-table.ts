/** The narrowest column that Prettier writes: its rule has three dashes. */
const WIDTH_MIN = 3;

/** A table of Markdown as Prettier writes it. A bar in a cell is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const [names = [], ...others] = [head, ...rows].map((row) => row.map(escaped));
  const widths = names.map((_, column) =>
    Math.max(WIDTH_MIN, ...[names, ...others].map((row) => charsOf(row[column] ?? ''))),
  );
  const line = (cells: readonly string[], fill: string): string => {
    const filled = cells.map((cell, column) => cell + fill.repeat((widths[column] ?? 0) - charsOf(cell)));
    return `| ${filled.join(' | ')} |`;
  };
  const rule = names.map(() => '');
  return [line(names, ' '), line(rule, '-'), ...others.map((row) => line(row, ' '))].join('\n');
}

function escaped(cell: string): string {
  return cell.replaceAll('|', String.raw`\|`);
}

/** As Prettier counts the characters of our pages, none of which is two columns wide. */
function charsOf(text: string): number {
  return Array.from(text).length;
}
