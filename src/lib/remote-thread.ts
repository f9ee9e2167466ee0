import { type ErrorCodec, type Remote, RemoteEnd, type RemotePort } from './remote.ts';

/** A thread as its starter has it, such as a `Worker` of `node:worker_threads`. */
export interface StartedThread extends RemotePort {
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): unknown;
  terminate(): Promise<unknown>;
}

export interface RemoteThreadOptions {
  /** How its end is told: `the delivery thread`. */
  readonly name: string;
  readonly errors: ErrorCodec & { readonly ofThread: (error: unknown) => Error };
  /** Told when the thread ends by itself after it has started. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * A thread that serves an object, from its start to its stop:
 *
 *     starting ──start resolved──▶ running ──stop──▶ stopping ──▶ ended
 *         ├──start rejected──▶ ended   └──ends by itself, told──▶ ended
 *         └──end──▶ ended
 *
 * Calls reject once it has ended.
 */
export class RemoteThread<T> {
  readonly object: Remote<T>;
  /** See `RemoteEnd.handOver`. */
  readonly handOver: RemoteEnd<T>['handOver'];
  readonly #thread: StartedThread;
  #state: 'starting' | 'running' | 'stopping' = 'starting';

  constructor(thread: StartedThread, { name, errors, onFailure }: RemoteThreadOptions) {
    const end = new RemoteEnd<T>(thread, errors);
    this.#thread = thread;
    this.object = end.object;
    this.handOver = async (...asked) => end.handOver(...asked);
    const ended = (error: Error): void => {
      end.fail(error);
      if (this.#state === 'running') onFailure(error);
    };
    thread.on('error', (error) => {
      ended(errors.ofThread(error));
    });
    thread.on('exit', (code) => {
      ended(new Error(`${name} ended by itself with code ${String(code)}`));
    });
  }

  /** @param start the first call, by which it is ready; what it rejects with ends the thread */
  async start(start: () => Promise<void>): Promise<void> {
    try {
      await start();
    } catch (error) {
      await this.#thread.terminate();
      throw error;
    }
    this.#state = 'running';
  }

  /** Ends it, whatever it does. */
  async end(): Promise<void> {
    this.#state = 'stopping';
    await this.#thread.terminate();
  }

  /** @param stop the last call. A second stop does nothing */
  async stop(stop: () => Promise<void>): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'stopping';
    await stop();
    await this.end();
  }
}
