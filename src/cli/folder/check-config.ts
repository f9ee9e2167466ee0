import { SluiceError } from '../../domain/errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Flags, serveConfig } from '../flags.ts';
import { printJson } from '../output.ts';
import { counted } from '../printable.ts';

export interface CheckFlags extends Flags {
  readonly json?: boolean;
}

/** `sluice config check`: says what file and environment declare. @throws SluiceError with all their mistakes */
export function checkConfig({ json = false, ...flags }: CheckFlags): void {
  if (json) {
    checkAsJson(flags);
    return;
  }
  const { sources, destinations } = serveConfig(flags, process.env).load().config;
  process.stdout.write(`ok: ${counted(sources.length, 'source')}, ${counted(destinations.length, 'destination')}\n`);
}

/** The same for a program: mistakes are what it asked for, and not what went wrong. */
function checkAsJson(flags: Flags): void {
  try {
    const { sources, destinations } = serveConfig(flags, process.env).load().config;
    printJson({ isOk: true, sources: sources.length, destinations: destinations.length, problems: [] });
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const { problems } = error.details;
    printJson({ isOk: false, problems: typeof problems === 'string' ? problems.split('\n') : [error.message] });
    process.exitCode = EXIT_CODES.failed.code;
  }
}
