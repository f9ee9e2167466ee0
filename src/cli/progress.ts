import { fitted } from './display-width.ts';

const BAR_CELLS = 24;

/**
 * One line on stderr that changes: how far something has come. Where stderr is no terminal, it is a line for each tenth.
 */
export class ProgressLine {
  readonly #isLive = process.stderr.isTTY;
  #isDrawn = false;
  #tenth = 0;

  /** @param share from 0 to 1; null while it is not known */
  show(share: number | null, text: string): void {
    if (this.#isLive) {
      const line = share === null ? text : `${barText(share)} ${text}`;
      process.stderr.write(`\r\u001b[K${fitted(line, (process.stderr.columns || 80) - 1)}`);
      this.#isDrawn = true;
      return;
    }
    const tenth = Math.floor((share ?? 0) * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    process.stderr.write(`sluice: ${text}\n`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isDrawn) process.stderr.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}

/** `[██████──────]  50 %` */
export function barText(share: number): string {
  const part = Math.min(1, Math.max(0, share));
  const full = Math.floor(part * BAR_CELLS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${Math.floor(part * 100)
    .toString()
    .padStart(3)} %`;
}

/** How fast something goes, from where it stood lately: it may be slow at first, or pause. */
export class Pace {
  readonly #marks: { readonly atMs: number; readonly done: number }[] = [];
  static readonly #OVER_MS = 10_000;

  mark(done: number, atMs: number): void {
    this.#marks.push({ atMs, done });
    while (this.#marks.length > 2 && atMs - (this.#marks[0]?.atMs ?? 0) > Pace.#OVER_MS) this.#marks.shift();
  }

  /** Null until it has been looked at over some time. */
  get perSecond(): number | null {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return null;
    return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
  }

  /** How long what is left takes at this pace; null where nobody knows. */
  leftMs(left: number): number | null {
    const pace = this.perSecond;
    return pace === null || pace <= 0 ? null : (left / pace) * 1_000;
  }
}
