import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const ROOT = join(import.meta.dirname, '../..');
const WITHIN_MS = 10_000;

/** A receiver of `examples/` in a process of its own, as it is started by hand, on a free port or the given one. */
export class ExampleProcess implements AsyncDisposable {
  /** Lines of stdout and stderr. */
  readonly lines: string[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #output = new EventEmitter();
  #url = '';

  /** Resolves when it listens. @param file below `examples/` */
  static async start(file: string, secrets: string, port = 0): Promise<ExampleProcess> {
    const example = new ExampleProcess(file, secrets, port);
    const line = await example.said(/^waiting for webhooks at \S+$/);
    example.#url = line.slice(line.indexOf('http'));
    return example;
  }

  private constructor(file: string, secrets: string, port: number) {
    this.#child = spawn(join(ROOT, 'bin/node'), [join(ROOT, 'examples', file)], {
      env: { ...process.env, WEBHOOK_SECRETS: secrets, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        const lines = `${rest}${text}`.split('\n');
        rest = lines.pop() ?? '';
        this.lines.push(...lines);
        this.#output.emit('more');
      });
    }
  }

  get url(): string {
    return this.#url;
  }

  get port(): number {
    return Number(new URL(this.#url).port);
  }

  /** The first line that matches, as soon as so many do. */
  async said(pattern: RegExp, times = 1): Promise<string> {
    const deadline = AbortSignal.timeout(WITHIN_MS);
    for (;;) {
      const matching = this.lines.filter((each) => pattern.test(each));
      if (matching[0] !== undefined && matching.length >= times) return matching[0];
      await once(this.#output, 'more', { signal: deadline }).catch((cause: unknown) => {
        throw new Error(`too few lines matched ${String(pattern)}; there was:\n${this.lines.join('\n')}`, { cause });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
