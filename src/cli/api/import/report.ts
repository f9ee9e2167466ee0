import { fitted } from '../../display-width.ts';
import { note } from '../../output.ts';
import { durationText, printable } from '../../printable.ts';

const REDRAW_MS = 200;
/** Where nobody watches: a line so often. */
const LINE_MS = 10_000;
const BAR_CELLS = 24;
/** Refused lines that are told one by one. */
const TOLD_MAX = 20;
/** The rate is of so long. */
const RATE_OVER_MS = 10_000;

/** Where an import is, for who waits for it. */
export interface Progress {
  /** How much of the file was read, of how much; null for what has no size. */
  readonly readBytes: number;
  readonly bytes: number | null;
  readonly accepted: number;
  readonly refused: number;
  /** It still looks for the place where an earlier run stopped. */
  readonly isSkipping: boolean;
}

/**
 * Tells how an import goes, on stderr: on a terminal by a line that changes, elsewhere by a line every ten seconds. Also
 * lines that were refused, the first of them.
 */
export class ImportReport {
  readonly #isLive = process.stderr.isTTY;
  readonly #progress: () => Progress;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAtMs = performance.now();
  #seen: { readonly atMs: number; readonly accepted: number }[] = [{ atMs: performance.now(), accepted: 0 }];
  #told = 0;
  #isDrawn = false;
  /** Nothing is accepted now, and this is why. */
  #trouble: string | null = null;

  constructor(progress: () => Progress) {
    this.#progress = progress;
    this.#timer = setInterval(
      () => {
        this.#tell();
      },
      this.#isLive ? REDRAW_MS : LINE_MS,
    );
    this.#timer.unref();
  }

  refused(file: string, number: number, message: string): void {
    this.#told += 1;
    if (this.#told <= TOLD_MAX) this.say(`${placeOf(file, number)}: ${message}`);
    if (this.#told === TOLD_MAX) this.say('there may be more; from here on they are counted');
  }

  trouble(url: string, reason: string, waitMs: number): void {
    if (this.#trouble !== reason) this.say(`the Sluice at ${url} ${reason}; trying again in ${durationText(waitMs)}`);
    this.#trouble = reason;
  }

  troubleOver(tookMs: number): void {
    this.#trouble = null;
    this.say(`it takes events again, after ${durationText(tookMs)}`);
  }

  /** A line above the one that changes. */
  say(...lines: readonly string[]): void {
    this.#clear();
    note(...lines);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #tell(): void {
    const progress = this.#progress();
    const nowMs = performance.now();
    this.#seen = [
      ...this.#seen.filter(({ atMs }) => nowMs - atMs <= RATE_OVER_MS + LINE_MS),
      { atMs: nowMs, accepted: progress.accepted },
    ];
    const text = this.#text(progress);
    if (!this.#isLive) {
      note(text);
      return;
    }
    const cells = (process.stderr.columns || 80) - 1;
    process.stderr.write(`\r\x1b[K${fitted(`${this.#bar(progress)}${text}`, cells)}`);
    this.#isDrawn = true;
  }

  #bar({ readBytes, bytes }: Progress): string {
    if (bytes === null || bytes === 0) return '';
    const full = Math.min(BAR_CELLS, Math.floor((BAR_CELLS * readBytes) / bytes));
    return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} `;
  }

  #text({ readBytes, bytes, accepted, refused, isSkipping }: Progress): string {
    const part = bytes === null || bytes === 0 ? null : readBytes / bytes;
    const percent = part === null ? '' : `${Math.floor(part * 100)} %  `;
    if (isSkipping) return `${percent}looking for where it stopped`;
    const events = `${counted(accepted, 'event')}${refused === 0 ? '' : `, ${refused.toLocaleString('en')} refused`}`;
    if (this.#trouble !== null) return `${percent}${events}  waiting: ${this.#trouble}`;
    const left = part === null || part < 0.01 ? null : ((performance.now() - this.#startedAtMs) / part) * (1 - part);
    const leftText = left === null || left < 1_000 ? '' : `  ${durationText(Math.ceil(left / 1_000) * 1_000)} left`;
    return `${percent}${events}  ${this.#rate().toLocaleString('en')}/s${leftText}`;
  }

  #rate(): number {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    if (first === undefined || last === undefined || first === last) return 0;
    return Math.round(((last.accepted - first.accepted) * 1_000) / (last.atMs - first.atMs));
  }

  #clear(): void {
    if (this.#isDrawn) process.stderr.write('\r\x1b[K');
    this.#isDrawn = false;
  }
}

/** As editors take it. */
export function placeOf(file: string, number: number): string {
  return `${file === '-' ? 'stdin' : printable(file, 200)}:${number}`;
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
