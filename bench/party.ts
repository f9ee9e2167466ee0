import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

type Answer = { readonly answer: unknown } | { readonly error: string };

/**
 * A process of the benchmark's own (sender, receiver, forwarder) that answers questions, one at a time. Each party
 * has its own process, so that none does its work on another's thread or in another's heap.
 */
export class Party<Question, Reply> {
  readonly #file: string;
  readonly #child: ChildProcess;

  /**
   * @param file of this folder; it calls `answerQuestions`
   * @param env over that of this process
   */
  constructor(file: string, env: Readonly<Record<string, string>> = {}) {
    this.#file = file;
    this.#child = fork(join(import.meta.dirname, file), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`${this.#file} did not start`);
    return pid;
  }

  /** Rejects with what went wrong over there, or when the process ends before it answers. */
  async ask(question: Question): Promise<Reply> {
    const over = new AbortController();
    const answered = once(this.#child, 'message', over) as Promise<[Answer]>;
    const ended = once(this.#child, 'exit', over).then(() => {
      throw new Error(`${this.#file} ended before it answered`);
    });
    this.#child.send(question as object);
    const [answer] = await Promise.race([answered, ended]).finally(() => {
      over.abort();
    });
    if ('error' in answer) throw new Error(`${this.#file}: ${answer.error}`);
    return answer.answer as Reply;
  }

  /** Whatever it still does is left undone, save its profile. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }
}

/** The other side: called once by a party's own file. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    answer(question as never).then(
      (reply) => process.send?.({ answer: reply }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Whoever asks is gone: nobody would ever stop this process.
  process.on('disconnect', () => process.exit());
}
