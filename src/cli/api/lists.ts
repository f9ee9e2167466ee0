import type { Command } from 'commander';
import { countOf } from '../flag-values.ts';
import { note, print, printJson, jsonText, makeTable } from '../output.ts';
import type { Column } from '../table.ts';
import type { ApiFlags } from './target.ts';
import { CommandFailure } from '../exit-codes.ts';

export interface ListFlags extends ApiFlags {
  readonly limit: number;
  readonly all?: boolean;
}

/** Entries that a list shows unless it is told otherwise. */
const LIMIT = 50;
/** What one answer has at most. */
const PAGE_MAX = 200;

/** A list that pages by itself. */
export function listCommand(command: Command): Command {
  return command
    .option('--limit <count>', 'how many at most', countOf, LIMIT)
    .option('--all', 'all that there are, however many');
}

export interface Listed<Row> {
  /** Asks for pages of so many entries each. */
  readonly pages: (query: { readonly limit: number }) => AsyncIterable<{ readonly data: readonly Row[] }>;
  readonly columns: readonly Column<Row>[];
  /** Said where there is none: what to do then. */
  readonly empty: string;
  /** Looks, where there is none, why that may be. */
  readonly onEmpty?: () => Promise<void>;
}

/** Prints a list: as a table, or as a JSON array, page by page, so that it may be of any length. */
export async function printList<Row>(
  { limit, all = false, json = false }: ListFlags,
  { pages, columns, empty, onEmpty }: Listed<Row>,
): Promise<void> {
  const most = all ? Infinity : limit;
  // One more than is shown tells whether there are more.
  const asked = pages({ limit: Math.min(most + 1, PAGE_MAX) });
  const show = json ? jsonArray<Row>() : tableOf(columns, empty);
  let shown = 0;
  let hasMore = false;
  for await (const { data } of asked) {
    // Somebody who is no Sluice may answer anything.
    if (!Array.isArray(data)) throw new CommandFailure('unreachable', 'what answered is not Sluice: it sent no list');
    const rows = data.slice(0, most - shown);
    show.rows(rows);
    shown += rows.length;
    hasMore = rows.length < data.length;
    if (hasMore) break;
  }
  show.end();
  if (shown === 0) await onEmpty?.();
  if (hasMore) note(`there are more than these ${shown}; --limit or --all shows them`);
}

/** Prints a list that came whole. */
export function printWhole<Row>(rows: readonly Row[], isJson: boolean, columns: readonly Column<Row>[]): void {
  if (isJson) printJson(rows);
  else if (rows.length > 0) print(...makeTable(columns).lines(rows));
}

interface Shown<Row> {
  readonly rows: (rows: readonly Row[]) => void;
  readonly end: () => void;
}

function tableOf<Row>(columns: readonly Column<Row>[], empty: string): Shown<Row> {
  const table = makeTable(columns);
  let isEmpty = true;
  return {
    rows: (rows) => {
      if (rows.length === 0) return;
      isEmpty = false;
      print(...table.lines(rows));
    },
    end: () => {
      if (isEmpty) note(empty);
    },
  };
}

function jsonArray<Row>(): Shown<Row> {
  let isEmpty = true;
  return {
    rows: (rows) => {
      for (const row of rows) {
        process.stdout.write(`${isEmpty ? '[' : ','}\n${jsonText(row, 2).replaceAll(/^/gm, '  ')}`);
        isEmpty = false;
      }
    },
    end: () => {
      if (isEmpty) printJson([]);
      else print('', ']');
    },
  };
}
