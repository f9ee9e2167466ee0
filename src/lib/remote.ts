/** One end of a channel between threads, as `node:worker_threads` has them. */
export interface RemotePort {
  /** @param transferred what of the message is handed over rather than cloned */
  postMessage(message: unknown, transferred?: readonly object[]): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** Errors lose their class on the way between threads: taken apart at one end, and made anew at the other. */
export interface ErrorCodec {
  readonly pack: (error: unknown) => unknown;
  readonly unpack: (packed: unknown) => Error;
}

/** Of an object, what can be called from another thread: the methods that answer with a promise. */
export type Remote<T> = {
  readonly [Name in keyof T as T[Name] extends (...args: never) => Promise<unknown> ? Name : never]: T[Name];
};

type Method = (...args: readonly unknown[]) => Promise<unknown>;
type Call = readonly [id: number, method: string, args: readonly unknown[]];
type Answer = readonly [id: number, kind: 'result' | 'error', value: unknown];

/** Answers the calls that come in at this port with the object's methods. They begin in the order of the calls. */
export function serveRemote(port: RemotePort, object: object, { pack }: ErrorCodec): void {
  const methods = object as Readonly<Record<string, Method>>;
  port.on('message', (message) => {
    const [id, method, args] = message as Call;
    const answer = (kind: Answer[1], value: unknown): void => {
      port.postMessage([id, kind, value] satisfies Answer);
    };
    const called = async (): Promise<unknown> => methods[method]?.(...args);
    called().then(
      (result) => {
        answer('result', result);
      },
      (error: unknown) => {
        answer('error', pack(error));
      },
    );
  });
}

/**
 * The other end: an object whose methods are those that are served there. What is asked and what is answered must be
 * of kinds that can be cloned.
 */
export class RemoteEnd<T> {
  /** Calls the object at the other end. */
  readonly object: Remote<T>;
  readonly #port: RemotePort;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #failure: Error | null = null;

  constructor(port: RemotePort, { unpack }: ErrorCodec) {
    port.on('message', (message) => {
      const [id, kind, value] = message as Answer;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (kind === 'result') waiting?.resolve(value);
      else waiting?.reject(unpack(value));
    });
    this.object = new Proxy({} as Remote<T>, {
      get: (_target, method) => {
        // Whoever awaits the object itself must not call it.
        if (typeof method !== 'string' || method === 'then') return undefined;
        return async (...args: readonly unknown[]) => this.#call(method, args);
      },
    });
    this.#port = port;
  }

  /** Calls a method that answers nothing with something that has ports in it, which are handed over. */
  async handOver<Name extends string & keyof Remote<T>>(
    method: Name,
    arg: Parameters<Extract<T[Name], (...args: never) => unknown>>[0],
    ports: readonly object[],
  ): Promise<void> {
    await this.#call(method, [arg], ports);
  }

  /** Rejects all that waits for an answer, and all that is asked from now on: the other thread has ended. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #call(method: string, args: readonly unknown[], transferred?: readonly object[]): Promise<unknown> {
    if (this.#failure !== null) throw this.#failure;
    const id = (this.#calls += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage([id, method, args] satisfies Call, transferred);
    });
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}
