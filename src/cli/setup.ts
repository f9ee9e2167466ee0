import { Argument, type Command } from 'commander';
import { LIBRARIES, type Library } from '../domain/setup-code.ts';
import { assert } from '../lib/assert.ts';
import { originOf } from './flag-values.ts';
import { printJson } from './output.ts';

interface SetupFlags {
  /** An origin. */
  readonly url: string;
  readonly writeKey: string;
  readonly json?: boolean;
}

/** `sluice setup`: the code for one library, or which libraries there are. */
export function addSetup(program: Command): void {
  program
    .command('setup')
    .description('print the code that has a Segment library send here')
    .addArgument(
      new Argument('[library]', 'which one; without it, all of them are listed').choices(LIBRARIES.map(({ id }) => id)),
    )
    .option('--url <url>', 'where the library reaches Sluice', originOf, 'http://127.0.0.1:8080')
    .option('--write-key <key>', 'write key of the source that it sends to', 'dev')
    .option('--json', 'print JSON')
    .action(setup);
}

function setup(id: string | undefined, flags: SetupFlags): void {
  if (id === undefined && flags.json === true) {
    printJson(LIBRARIES.map(({ id, name, kind }) => ({ id, name, kind })));
    return;
  }
  if (id === undefined) {
    process.stdout.write(`${LIBRARIES.map(lineOf).join('\n')}\n`);
    return;
  }
  const library = LIBRARIES.find((each) => each.id === id);
  assert(library !== undefined, 'only libraries that there are can be asked for');
  const { protocol, host } = new URL(flags.url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const code = library.code({ scheme, host, writeKey: flags.writeKey });
  if (flags.json === true) {
    printJson({ id, name: library.name, kind: library.kind, code, hints: hintsFor(library, scheme) });
    return;
  }
  process.stdout.write(`${code}\n`);
  for (const hint of hintsFor(library, scheme)) process.stderr.write(`\nsluice: ${hint}\n`);
}

function lineOf({ id, name, kind }: Library): string {
  return `${id.padEnd(14)}${kind.padEnd(8)}${name}`;
}

/** What has to be known besides; apart from the code, which may go into a file. */
function hintsFor({ name, note, needsHttps }: Library, scheme: string): readonly string[] {
  return [
    ...(note === null ? [] : [note]),
    ...(needsHttps && scheme === 'http'
      ? [`${name} sends over HTTPS alone; it will not reach a URL of plain HTTP`]
      : []),
  ];
}
