import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ownEnvironment } from './command-line.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/sluice');
const SAYS_WITHIN_MS = 15_000;

/** `sluice listen` in a process of its own. */
export class ListenProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(PROGRAM, ['listen', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ownEnvironment(), ...env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        for (const look of this.#waiting.splice(0)) look();
      });
    }
  }

  /** Both streams, so far. */
  get output(): string {
    return this.#output;
  }

  /** The first text that matches, as soon as there is one. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const untilMs = Date.now() + SAYS_WITHIN_MS;
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found;
      if (Date.now() > untilMs || this.#child.exitCode !== null)
        throw new Error(`sluice listen did not say ${String(pattern)}; it said:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, 1_000);
      });
    }
  }

  /** @returns the exit code, once it has ended */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'close');
      this.#child.kill(signal);
      await ended;
    }
    return this.#child.exitCode;
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}
