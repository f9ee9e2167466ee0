import type { CopyProgress } from '../../backup.ts';

/** Between two changes of the line on a terminal. */
const REDRAW_MS = 100;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/**
 * Tells how a long copy goes: on a terminal one line that changes, elsewhere a line for each file, and nothing when
 * quiet. What goes wrong is an error, and told by whoever catches it.
 */
export class CopyReport {
  readonly #isQuiet: boolean;
  readonly #isLive = process.stdout.isTTY;
  #drawnAtMs = -Infinity;

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
  }

  async during<T>(copy: (onProgress: (progress: CopyProgress) => void) => Promise<T>): Promise<T> {
    try {
      return await copy((progress) => {
        if (!this.#isQuiet) this.#tell(progress);
      });
    } finally {
      this.#clear();
    }
  }

  end(...lines: readonly string[]): void {
    if (!this.#isQuiet) process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }

  #tell(progress: CopyProgress): void {
    if (!this.#isLive) {
      if (progress.isComplete) process.stdout.write(`${progressText(progress)}\n`);
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#drawnAtMs < REDRAW_MS) return;
    this.#drawnAtMs = nowMs;
    process.stdout.write(`\r\x1b[K${progressText(progress).slice(0, (process.stdout.columns || 80) - 1)}`);
  }

  #clear(): void {
    if (this.#isLive && this.#drawnAtMs !== -Infinity) process.stdout.write('\r\x1b[K');
  }
}

export function progressText({ path, doneBytes, totalBytes }: CopyProgress): string {
  const percent = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
  return `${percent.toString().padStart(3)} %  ${sizeText(doneBytes)} of ${sizeText(totalBytes)}  ${path}`;
}

/** As people say it: `850 B`, `12.4 MiB`. */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${Number(value.toFixed(power === 0 || value >= 100 ? 0 : 1))} ${UNITS[power] ?? 'B'}`;
}
