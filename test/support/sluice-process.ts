import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const PROGRAM = join(import.meta.dirname, '../../bin/sluice');
const READY = /^sluice: listening on (https?:\/\/\S+)$/;
const READY_WITHIN_MS = 20_000;
const SAYS_WITHIN_MS = 10_000;

export interface SluiceOptions {
  readonly command?: 'serve' | 'dev';
  /** What the configuration file says. Without one, none is given. */
  readonly config?: unknown;
  /** Further flags. */
  readonly flags?: readonly string[];
  /** Where it listens; null for where it does so by itself. Without one: 127.0.0.1. */
  readonly host?: string | null;
  /** Over the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it listens on the same port at each start, for clients that go on over a restart. */
  readonly keepsPort?: boolean;
  /** A program and its arguments that runs Sluice in its own stead and keeps the process id, such as `strace -D`. */
  readonly under?: readonly string[];
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * A Sluice in a process of its own, on a free port, with a folder that is made for it and removed with it: what a
 * test needs that kills the process, traces it, or measures it.
 *
 *     starting ──listening──▶ running ──kill9, terminate──▶ ended ──restart──▶ starting …
 *
 * The data folder and the configuration stay the same over restarts; the port does where that is asked for.
 */
export class SluiceProcess implements AsyncDisposable {
  readonly dataDir: string;
  /** Lines of stdout, of all starts. */
  readonly stdout: string[] = [];
  readonly #folder: string;
  readonly #options: SluiceOptions;
  /** Says `more` whenever a line came. */
  readonly #output = new EventEmitter();
  #stderr = '';
  #url: string | null = null;
  #port = 0;
  #child: Child | null = null;

  /** Resolves when it listens. Rejects with what it wrote to stderr when it ends first or does not listen in time. */
  static async start(options: SluiceOptions = {}): Promise<SluiceProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'));
    const sluice = new SluiceProcess(folder, options);
    try {
      if (options.config !== undefined) await sluice.configure(options.config);
      if (options.keepsPort === true) sluice.#port = await lastingPort();
      await sluice.restart();
    } catch (error) {
      await sluice.close();
      throw error;
    }
    return sluice;
  }

  private constructor(folder: string, options: SluiceOptions) {
    this.#folder = folder;
    this.#options = options;
    this.dataDir = join(folder, 'data');
  }

  /** Where it listens. @throws Error while it does not */
  get url(): string {
    if (this.#url === null) throw new Error('this Sluice does not listen');
    return this.#url;
  }

  /** @throws Error before the first start */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('this Sluice was not started');
    return pid;
  }

  get configFile(): string {
    return join(this.#folder, 'sluice.yaml');
  }

  /** All of stderr so far, of all starts: JSON lines, or what Node wrote. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The first line of stdout that matches, as soon as there is one. */
  async printed(pattern: RegExp): Promise<string> {
    return this.#said(pattern, () => this.stdout);
  }

  /** The first line of stderr that matches, as soon as there is one. */
  async logged(pattern: RegExp, withinMs = SAYS_WITHIN_MS): Promise<string> {
    return this.#said(pattern, () => this.#stderr.split('\n'), withinMs);
  }

  /** Writes another configuration file, for the next start or `hangUp`: a text as it is, anything else as JSON. */
  async configure(config: unknown): Promise<void> {
    await writeFile(this.configFile, typeof config === 'string' ? config : JSON.stringify(config));
  }

  /** Halts it as it is, without ending it: its port takes connections, and nothing is answered. */
  halt(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  /** Has it go on. */
  goOn(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Asks it to read its configuration again. */
  hangUp(): void {
    process.kill(this.pid, 'SIGHUP');
  }

  /** Starts it again on the same folder and configuration. It must have ended; it may be killed before it listens. */
  async restart(): Promise<void> {
    if (this.#isRunning()) throw new Error('this Sluice still runs');
    const child = this.#spawn();
    this.#child = child;
    const over = new AbortController();
    try {
      this.#url = await Promise.race([this.#listening(child), endedEarly(child, over), tooSlow(over)]);
    } catch (error) {
      await this.kill9();
      throw new Error(`${String(error)}; stderr:\n${this.#stderr}`, { cause: error });
    } finally {
      over.abort();
    }
  }

  /** Ends it as a crash would, at once. Resolves when it is gone. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to end. Resolves to its exit code, `null` when a signal ended it. */
  async terminate(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    if (this.#child !== null && this.#isRunning()) await once(this.#child, 'close');
  }

  /** Kills it when it still runs, and removes its folder. */
  async close(): Promise<void> {
    await this.kill9();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #spawn(): Child {
    const { command = 'serve', config, flags = [], host = '127.0.0.1', env = {}, under = [] } = this.#options;
    const configured = config === undefined ? [] : ['--config', this.configFile];
    const listening = host === null ? [] : ['--host', host];
    const place = ['--data-dir', this.dataDir, ...listening, '--port', String(this.#port)];
    const [program = PROGRAM, ...args] = [...under, PROGRAM, command, ...configured, ...place, ...flags];
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#output.emit('more');
    });
    child.once('exit', () => {
      this.#url = null;
    });
    return child;
  }

  async #said(pattern: RegExp, lines: () => readonly string[], withinMs = SAYS_WITHIN_MS): Promise<string> {
    const deadline = AbortSignal.timeout(withinMs);
    for (;;) {
      const line = lines().find((each) => pattern.test(each));
      if (line !== undefined) return line;
      try {
        await once(this.#output, 'more', { signal: deadline });
      } catch (error) {
        throw new Error(`no line matched ${String(pattern)} in time; there was:\n${lines().join('\n')}`, {
          cause: error,
        });
      }
    }
  }

  async #listening(child: Child): Promise<string> {
    return new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.stdout.push(line);
        this.#output.emit('more');
        const url = READY.exec(line)?.[1];
        if (url !== undefined) resolve(url);
      });
    });
  }

  #isRunning(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === null || !this.#isRunning()) return child?.exitCode ?? null;
    // Its pipes are closed, and so all that it wrote is there.
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
    return child.exitCode;
  }
}

/** A free port below those that a system gives to whoever asks for any: while Sluice is away, nobody else gets it. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => {
        resolve(false);
      });
      probe.listen(port, '127.0.0.1', () => {
        resolve(true);
      });
    });
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

async function endedEarly(child: Child, { signal }: AbortController): Promise<never> {
  // `close` and not `exit`: by then all of stderr has been read. A program that cannot be run rejects with its `error`.
  const [code, killedBy] = (await once(child, 'close', { signal })) as [number | null, string | null];
  throw new Error(`Sluice ended with ${killedBy ?? code ?? 'nothing'} before it listened`);
}

async function tooSlow({ signal }: AbortController): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Sluice did not listen within ${READY_WITHIN_MS} ms`));
    }, READY_WITHIN_MS);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
}
