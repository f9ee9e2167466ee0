import type { Ambient } from '../../src/ports/ambient.ts';

/** The life of one simulated process. When it ends, nothing that the process began goes on. */
export class Life {
  #isOver = false;
  #onEnd: (() => void)[] = [];

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs when it ends, at once when it has. */
  onEnd(run: () => void): void {
    if (this.#isOver) run();
    else this.#onEnd.push(run);
  }

  end(): void {
    this.#isOver = true;
    for (const run of this.#onEnd.splice(0)) run();
  }
}

/** A part of the world as a process with this life meets it: once it is over, nobody gets an answer any more. */
export function mortal<T extends object>(part: T, life: Life): T {
  return new Proxy(part, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (life.isOver) return new Promise(() => undefined);
        const answer = Reflect.apply(member, target, args) as Promise<unknown>;
        return new Promise((resolve, reject) => {
          answer.then(
            (value) => {
              if (!life.isOver) resolve(value);
            },
            (error: unknown) => {
              if (!life.isOver) reject(asError(error));
            },
          );
        });
      };
    },
  });
}

/** The ambient as a process with this life has it: once it is over, no timer of its runs. */
export function mortalAmbient(ambient: Ambient, life: Life): Ambient {
  const whileAlive = (run: () => void) => () => {
    if (!life.isOver) run();
  };
  return {
    nowMs: () => ambient.nowMs(),
    elapsedMs: () => ambient.elapsedMs(),
    after: (ms, run) => ambient.after(ms, whileAlive(run)),
    soon: (run) => {
      ambient.soon(whileAlive(run));
    },
    chance: () => ambient.chance(),
    uuid: () => ambient.uuid(),
  };
}

/** The same part with some of its methods replaced, whatever others it has or will have. */
export function withReplaced<T extends object>(part: T, replaced: Partial<T>): T {
  return new Proxy(part, {
    get: (target, name) => {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name) as unknown;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
