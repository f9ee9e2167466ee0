import { hasColors, makePaint, type Paint } from './colors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { harmless } from './printable.ts';
import { type Column, Table } from './table.ts';

/** Has the program end when nobody reads what it says any more (`| head`): they have seen enough, and it is no failure. */
export function endWithReaders(): void {
  onError((error) => {
    process.exit(error.code === 'EPIPE' ? EXIT_CODES.done.code : EXIT_CODES.failed.code);
  });
}

/** For what has to go on whoever reads: a server, or a copy that would be left half done. */
export function outliveReaders(): void {
  onError(() => undefined);
}

function onError(listener: (error: NodeJS.ErrnoException) => void): void {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', listener);
}

/** Lines on stdout. Texts of others in them have gone through `printable`. */
export function print(...lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(lines.map((line) => `${harmless(line)}\n`).join(''));
}

/** What is said beside the output, on stderr: it must not go where that goes. */
export function note(...lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `sluice: ${harmless(line)}\n`).join(''));
}

/** One JSON document on stdout. */
export function printJson(value: unknown): void {
  print(...jsonText(value, 2).split('\n'));
}

/** One line of JSON on stdout, of many. */
export function printJsonLine(value: unknown): void {
  print(jsonText(value));
}

/**
 * A value as JSON that does nothing to a terminal: besides what JSON escapes anyway, other control and format characters
 * are written as their codes, which mean the same.
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replaceAll(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_unit, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** How stdout is painted. */
export function stdoutPaint(): Paint {
  return makePaint(hasColors(process.stdout));
}

/** Cells of a line on stdout; Infinity where it is no terminal, and nothing is cut. */
export function stdoutWidth(): number {
  // A terminal that does not know says 0.
  return process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
}

export function makeTable<Row>(columns: readonly Column<Row>[]): Table<Row> {
  return new Table(columns, { width: stdoutWidth(), paint: stdoutPaint() });
}
