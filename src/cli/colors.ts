import { styleText } from 'node:util';

/**
 * Whether text for this stream may have colours: it is a terminal, and nobody said no (`NO_COLOR`,
 * https://no-color.org); or somebody said yes in any case (`FORCE_COLOR`, which stands over both as in Node.js).
 */
export function hasColors({ isTTY = false }: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force } = process.env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTTY && no === '';
}

/** What a part of a line means, for who shows it in colour. */
export type Tone = 'good' | 'warned' | 'bad' | 'quiet';
export type Paint = (tone: Tone, text: string) => string;

const COLORS = { good: 'green', warned: 'yellow', bad: 'red', quiet: 'gray' } as const;

export function makePaint(colors: boolean): Paint {
  // Whether there are colours was decided by who knows the stream.
  return colors ? (tone, text) => styleText(COLORS[tone], text, { validateStream: false }) : (_tone, text) => text;
}
