import { type Command, InvalidArgumentError } from 'commander';
import { millisecondsOf } from '../../../lib/units.ts';
import { pathOf } from '../../flag-values.ts';
import { apiCommand, asking } from '../api-command.ts';
import type { ImportFlags } from './importing.ts';

const EXAMPLES = `
Each line is one call as Segment libraries send it, with its "type". Files may be gzip.
  sluice import events.ndjson.gz --write-key wk_website
  sluice import 2026-*.gz --write-key wk_website --skip-invalid --refused refused.ndjson
  sluice import events.ndjson --dry-run                           what is wrong with it, all of it at once
  zcat *.gz | jq -c .event | sluice import - --write-key wk_website --rate 500

Stopped, killed, or cut off, the same command goes on where it was; docs/import.md has more.
`;

/** What may be under way at once: more than the log can write together has no use. */
const CONCURRENCY_MAX = 16;
const RATE_MAX = 1_000_000;

/** `sluice import`: calls of a file, with the times that they have. */
export function addImport(program: Command): void {
  apiCommand(
    program,
    'import <file...>',
    'send calls of files (newline-delimited JSON, gzip or not), with their own times',
  )
    .option('--write-key <key>', 'write key of the source that they are of')
    .option('--dry-run', 'check all lines, send nothing')
    .option(
      '--skip-invalid',
      'leave out lines that Sluice would not accept, and go on; otherwise the first one stops it',
    )
    .option('--refused <file>', 'with --skip-invalid: where those lines go, to mend them', pathOf)
    .option('--restart', 'begin at the beginning, whatever was imported before')
    .option('--rate <events>', 'events a second at most', rateOf)
    .option(
      '--concurrency <requests>',
      'requests under way at once, up to 16; 1 keeps the order of the file',
      concurrencyOf,
      4,
    )
    .option('--give-up-after <time>', 'how long Sluice may be away, such as 10m (default: it is waited for)', spanOf)
    .addHelpText('after', EXAMPLES)
    .action(
      asking(async (remote, flags: ImportFlags, files: readonly string[]) => {
        const { importFiles } = await import('./importing.ts');
        await importFiles(remote, flags, files);
      }),
    );
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && rate >= 0.1 && rate <= RATE_MAX) return rate;
  throw new InvalidArgumentError('It must be a number of at least 0.1.');
}

function concurrencyOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= CONCURRENCY_MAX) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${CONCURRENCY_MAX}.`);
}

function spanOf(text: string): number {
  const ms = millisecondsOf(text);
  if (ms !== null) return ms;
  throw new InvalidArgumentError('It must be a time with its unit, such as 90s, 15m or 12h.');
}
