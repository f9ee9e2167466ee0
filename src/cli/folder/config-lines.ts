import { parse } from 'yaml';
import { type Path, pathText } from '../../contract/problems.ts';
import { entriesOf, type ShownConfig } from '../../config/shown.ts';

/** Where comments begin at the latest, so that one long value doesn't push all of them off the screen. */
const COLUMN_MAX = 56;

interface Line {
  readonly text: string;
  readonly origin: string | null;
}

/**
 * A configuration as the lines of a YAML file, ends included, each value's origin in a comment behind it. Without
 * secrets in it, the file says what the configuration said: what looks like a reference is escaped.
 *
 * @param dim makes a comment less prominent
 */
export function configLines({ values, origins }: ShownConfig, dim: (text: string) => string): readonly string[] {
  const lines = linesOf(values, [], origins);
  const column = Math.min(COLUMN_MAX, Math.max(...lines.map(({ text }) => text.length)));
  return lines.map(({ text, origin }) =>
    origin === null ? `${text}\n` : `${text.padEnd(column)} ${dim(`# ${escaped(origin)}`)}\n`,
  );
}

function linesOf(value: unknown, path: Path, origins: ShownConfig['origins']): readonly Line[] {
  const entries = entriesOf(value);
  if (entries === null) return [{ text: leaf(value), origin: origins[pathText(path)] ?? null }];
  return entries.flatMap(([key, held]) => {
    const lines = linesOf(held, [...path, key], origins);
    if (typeof key === 'number') return hung('- ', lines);
    if (entriesOf(held) === null) return hung(`${scalar(key)}: `, lines);
    return [{ text: `${scalar(key)}:`, origin: null }, ...hung('  ', lines, '  ')];
  });
}

/** The lines behind what introduces the first of them. */
function hung(first: string, lines: readonly Line[], others = ' '.repeat(first.length)): readonly Line[] {
  return lines.map(({ text, origin }, index) => ({ text: `${index === 0 ? first : others}${text}`, origin }));
}

function leaf(value: unknown): string {
  if (typeof value === 'string') return scalar(value.replaceAll('${', () => '$${'));
  return Array.isArray(value) ? '[]' : JSON.stringify(value);
}

/** Text as YAML reads it back as the same text: in quotes where it has to be. */
function scalar(text: string): string {
  const isPlain =
    /^[\p{L}\p{N}./][\p{L}\p{N}\p{M}./_@+:-]*$/u.test(text) && !text.endsWith(':') && parse(text) === text;
  return isPlain ? text : escaped(JSON.stringify(text));
}

/** What a terminal could take for more than text is written as its code, which quoted YAML reads back. */
function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_unit, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
