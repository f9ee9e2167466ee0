import { LIBRARIES, type Library } from '../domain/setup-code.ts';
import { assert } from '../lib/assert.ts';

export interface SetupFlags {
  /** An origin. */
  readonly url: string;
  readonly writeKey: string;
}

/** `sluice setup`: the code for one library, or which libraries there are. */
export function setup(id: string | undefined, flags: SetupFlags): void {
  if (id === undefined) {
    process.stdout.write(`${LIBRARIES.map(lineOf).join('\n')}\n`);
    return;
  }
  const library = LIBRARIES.find((each) => each.id === id);
  assert(library !== undefined, 'only libraries that there are can be asked for');
  const { protocol, host } = new URL(flags.url);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  process.stdout.write(`${library.code({ scheme, host, writeKey: flags.writeKey })}\n`);
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
