import { styleText } from 'node:util';
import { configLines } from './config-lines.ts';
import { hasColors } from '../colors.ts';
import { type Flags, serveConfig } from '../flags.ts';
import { shownConfig } from '../../config/shown.ts';

export interface ShowFlags extends Flags {
  readonly json?: boolean;
}

/** `sluice config`: prints what `serve` would run by, and where each value is from. @throws SluiceError with all mistakes */
export function showConfig({ json = false, ...flags }: ShowFlags): void {
  const shown = shownConfig(serveConfig(flags, process.env).load());
  if (json) {
    process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  const isColored = hasColors(process.stdout);
  // Whether there are colours was decided by who knows the stream.
  const dim = (text: string): string => (isColored ? styleText('dim', text, { validateStream: false }) : text);
  process.stdout.write(configLines(shown, dim).join(''));
}
