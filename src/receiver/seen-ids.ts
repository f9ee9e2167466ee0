/**
 * Remembers which events were worked on, because Sluice delivers each at least once: again when an answer was lost or came
 * too late, or after a crash.
 *
 *     unknown ──claim──▶ claimed ──remember──▶ done
 *        ▲                  │
 *        └─────release──────┘
 *
 * The order matters. Whoever remembers before the work loses the event when the work fails; whoever asks first and
 * remembers afterwards, without a claim between, works twice when the same event comes twice at once.
 *
 * `rememberInMemory` is one to start from: it forgets with the process. In earnest, make one of your database: a table with
 * the id as its primary key, best written by the transaction that does the work. A claim needs an end of its own there, a
 * minute perhaps, or an event whose receiver was killed is never worked on.
 */
export interface SeenIds {
  /**
   * Before the work. `new`: it is yours. `done`: it was worked on, so that there is nothing to do. `busy`: somebody else has
   * claimed it and may yet fail; Sluice is told to come again.
   */
  claim(id: string): Promise<'new' | 'done' | 'busy'>;
  /** The work failed: the next claim is `new` again. */
  release(id: string): Promise<unknown>;
  /** The work is done: later claims are `done`. */
  remember(id: string): Promise<unknown>;
}

export interface MemoryOptions {
  /** How many ids are remembered, the newest: each takes some 150 bytes. Default: 100,000. */
  readonly idsMax?: number;
}

/** In this process alone, and bounded. Never `busy`: a second claim waits for what becomes of the first. */
export function rememberInMemory({ idsMax = 100_000 }: MemoryOptions = {}): SeenIds {
  const done = new Set<string>();
  const claimed = new Map<string, { readonly ended: Promise<void>; readonly end: () => void }>();

  function endOf(id: string): void {
    claimed.get(id)?.end();
    claimed.delete(id);
  }

  return {
    async claim(id) {
      for (let other = claimed.get(id); other !== undefined; other = claimed.get(id)) await other.ended;
      if (done.has(id)) return 'done';
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      claimed.set(id, { ended, end });
      return 'new';
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- a database would be waited for
    async release(id) {
      endOf(id);
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- a database would be waited for
    async remember(id) {
      done.add(id);
      for (const oldest of done) {
        if (done.size <= idsMax) break;
        done.delete(oldest);
      }
      endOf(id);
    },
  };
}
