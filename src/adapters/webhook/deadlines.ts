import type { Ambient } from '../../ports/ambient.ts';

/** What is over in one turn of the event loop: with all that follows from each, a millisecond or two. */
const AT_ONCE_MAX = 16;

/**
 * The deadlines of all exchanges. Endpoints that hang together run out of time together, thousands of them in one
 * moment, and each costs a connection and what its lane makes of it. So a few end in a turn, and answers of others are
 * read in between.
 */
export class Deadlines {
  readonly #ambient: Pick<Ambient, 'after' | 'soon'>;
  #over: Deadline[] = [];

  constructor(ambient: Pick<Ambient, 'after' | 'soon'>) {
    this.#ambient = ambient;
  }

  /** Runs it after that long, or as soon then as it is its turn. */
  after(ms: number, run: () => void): { cancel(): void } {
    const deadline = new Deadline(run);
    deadline.timer = this.#ambient.after(ms, () => {
      this.#over.push(deadline);
      if (this.#over.length === 1) this.#endSoon();
    });
    return deadline;
  }

  /** Not at once: timers of one moment go off one after the other, with no turn in between. */
  #endSoon(): void {
    this.#ambient.soon(() => {
      const some = this.#over.slice(0, AT_ONCE_MAX);
      this.#over = this.#over.slice(AT_ONCE_MAX);
      if (this.#over.length > 0) this.#endSoon();
      for (const deadline of some) deadline.end();
    });
  }
}

class Deadline {
  timer: { cancel(): void } | null = null;
  #run: (() => void) | null;

  constructor(run: () => void) {
    this.#run = run;
  }

  end(): void {
    this.#run?.();
    this.#run = null;
  }

  cancel(): void {
    this.#run = null;
    this.timer?.cancel();
  }
}
