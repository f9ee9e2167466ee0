/** What somebody asks for at the keyboard. */
export interface KeyActions {
  /** Sends one again: the one with this number, or the newest. */
  readonly again: (number: number | null) => void;
  /** Shows all of one. */
  readonly show: (number: number | null) => void;
  readonly quit: () => void;
}

export const KEYS_HELP = 'keys: r sends the last one again, 12r that of #12; d and 12d show all of it; q ends';

/**
 * Reads single keys of a terminal: digits name an exchange, and the letter behind them says what to do with it.
 *
 * @returns what gives the terminal back
 */
export function readKeys(input: NodeJS.ReadStream, { again, show, quit }: KeyActions): () => void {
  if (!input.isTTY) return () => undefined;
  let digits = '';
  const onData = (chunk: Buffer): void => {
    for (const key of chunk.toString()) {
      if (/\d/.test(key) && digits.length < 9) {
        digits += key;
        continue;
      }
      const number = digits === '' ? null : Number(digits);
      digits = '';
      if (key === 'r') again(number);
      else if (key === 'd' || key === '\r') show(number);
      // In raw mode Ctrl-C and Ctrl-D are keys too.
      else if (key === 'q' || key === '\u0003' || key === '\u0004') quit();
    }
  };
  input.setRawMode(true);
  input.on('data', onData);
  input.resume();
  return () => {
    input.off('data', onData);
    input.setRawMode(false);
    input.pause();
  };
}
