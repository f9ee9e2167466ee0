import { assert } from './assert.ts';

/**
 * Groups what is asked for while a write is under way into the next write, so that many callers share one fsync
 * and nobody waits for a timer.
 *
 *     idle ──add──▶ gathering ──soon──▶ writing ──written, nothing added──▶ idle
 *                                        │   ▲
 *                                        └───┘ written, more was added: as much at once as one write may take
 *
 * - **gathering**: what is added before `soon` runs shares the first write too.
 *
 * A failed write rejects the callers of that write and of no other.
 */
export class Batcher<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #size = 0;
  #isIdle = true;
  #onIdle: (() => void)[] = [];
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #soon: (run: () => void) => void;
  readonly #sizeMax: number;

  /**
   * @param write answers one result per item, in order
   * @param soon when the first write begins: the ambient's
   * @param sizeMax of one write, in the unit of `add`'s `size`; an item that is larger by itself is written alone
   */
  constructor(
    write: (items: readonly Item[]) => Promise<readonly Result[]>,
    { soon, sizeMax = Infinity }: { readonly soon: (run: () => void) => void; readonly sizeMax?: number },
  ) {
    this.#write = write;
    this.#soon = soon;
    this.#sizeMax = sizeMax;
  }

  /** How much is asked for and not written yet, in the unit of `add`'s `size`. */
  get size(): number {
    return this.#size;
  }

  async add(item: Item, size: number): Promise<Result> {
    this.#size += size;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, size, resolve, reject });
      this.#start();
    });
  }

  /** Resolves once all that was added before is written or rejected. */
  async idle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #start(): void {
    if (!this.#isIdle) return;
    this.#isIdle = false;
    this.#soon(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeOnce(this.#takeBatch());
    this.#isIdle = true;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #takeBatch(): Waiting<Item, Result>[] {
    let count = 0;
    let size = 0;
    for (const waiting of this.#waiting) {
      size += waiting.size;
      if (count > 0 && size > this.#sizeMax) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #writeOnce(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#write(batch.map(({ item }) => item));
      assert(results.length === batch.length, 'a write answers one result per item');
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
    for (const { size } of batch) this.#size -= size;
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly size: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}
