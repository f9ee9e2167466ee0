import { styleText } from 'node:util';
import { foreseeDeclaration } from '../../provisioning.ts';
import { hasColors } from '../colors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { diffLines } from './diff-lines.ts';
import { type Flags, serveConfig } from '../flags.ts';

export interface DiffFlags extends Pick<Flags, 'config' | 'dataDir'> {
  readonly json?: boolean;
}

/**
 * `sluice config diff`: tells what the next start or SIGHUP would change of sources and destinations, and changes
 * nothing. Reads the data folder beside a running Sluice.
 *
 * @throws SluiceError with all mistakes, and when the folder cannot be read
 */
export function diffConfig({ json = false, ...flags }: DiffFlags): void {
  const { config } = serveConfig(flags, process.env).load();
  const foreseen = foreseeDeclaration(config);
  if (json) {
    process.stdout.write(`${JSON.stringify(foreseen, null, 2)}\n`);
  } else {
    const isColored = hasColors(process.stdout);
    const paint = (color: 'green' | 'yellow' | 'red' | 'dim', text: string): string =>
      isColored ? styleText(color, text, { validateStream: false }) : text;
    process.stdout.write(diffLines(foreseen, config.dataDir, paint).join(''));
  }
  if (foreseen.sources.length + foreseen.destinations.length > 0) process.exitCode = EXIT_CODES.changes.code;
}
