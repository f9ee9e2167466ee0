import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { ownEnvironment } from './command-line.ts';

const SLUICE = join(import.meta.dirname, '../../bin/sluice');
const SEEN_WITHIN_MS = 15_000;

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
}

/**
 * The command line at a terminal, by `script` of util-linux, which every Debian has: what it shows, colours and all, and
 * what somebody types there.
 */
export class TerminalSession {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #output = new EventEmitter();
  #shown = '';
  #status: number | null | undefined;

  static open(args: readonly string[], { env = {}, columns = 80 }: TerminalOptions = {}): TerminalSession {
    const quoted = [SLUICE, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const command = `stty cols ${columns}; exec ${quoted}`;
    return new TerminalSession(
      spawn('script', ['-qec', command, '/dev/null'], { env: { ...ownEnvironment(), TERM: 'xterm', ...env } }),
    );
  }

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
      this.#output.emit('more');
    });
    child.once('close', (status) => {
      this.#status = status;
      this.#output.emit('more');
    });
  }

  /** All that it showed so far, with every control sequence. */
  get shown(): string {
    return this.#shown;
  }

  /** Resolves as soon as it shows this. */
  async sees(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.#shown), String(pattern));
  }

  /** Types a text; `\u0003` is Ctrl-C. */
  types(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Its exit code, once it has ended. */
  async ended(): Promise<number | null> {
    await this.#until(() => this.#status !== undefined, 'its end');
    return this.#status ?? null;
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const deadline = AbortSignal.timeout(SEEN_WITHIN_MS);
    while (!isSo()) {
      await once(this.#output, 'more', { signal: deadline }).catch((cause: unknown) => {
        this.#child.kill();
        throw new Error(`the terminal did not show ${what} in time; it shows\n${this.#shown}`, { cause });
      });
    }
  }
}
