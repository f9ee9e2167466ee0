/**
 * Groups what is asked for while a write is under way into the next write, so that many callers share one fsync
 * and nobody waits for a timer.
 *
 *     idle ──add──▶ writing ──written, nothing added──▶ idle
 *                    │   ▲
 *                    └───┘ written, more was added: all of it at once
 *
 * A failed write rejects the callers of that write and of no other.
 */
export class Batcher<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #size = 0;
  #writing = false;
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>;

  /** @param write answers one result per item, in order */
  constructor(write: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#write = write;
  }

  /** How much is asked for and not written yet, in the unit of `add`'s `size`. */
  get size(): number {
    return this.#size;
  }

  async add(item: Item, size: number): Promise<Result> {
    this.#size += size;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, size, resolve, reject });
      if (!this.#writing) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const results = await this.#write(batch.map(({ item }) => item));
        batch.forEach(({ resolve }, index) => {
          resolve(results[index] as Result);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error as Error);
      }
      for (const { size } of batch) this.#size -= size;
    }
    this.#writing = false;
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly size: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}
