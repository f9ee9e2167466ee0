/** What runs something soon, after what is on the stack: the ambient. */
interface Soon {
  soon(run: () => void): void;
}

/** Gathers what one turn of the event loop comes to, and hands it over in one go when the turn ends. */
export class TurnGathering<Item> {
  #items: Item[] = [];
  readonly #ambient: Soon;
  readonly #take: (items: Item[]) => void;

  /**
   * @param ambient by which a turn ends
   * @param take gets what was gathered, in order, never nothing; what is added meanwhile is of the next turn
   */
  constructor(ambient: Soon, take: (items: Item[]) => void) {
    this.#ambient = ambient;
    this.#take = take;
  }

  /** What is gathered so far, to push more to at once. */
  open(): Item[] {
    if (this.#items.length === 0) {
      this.#ambient.soon(() => {
        this.flush();
      });
    }
    return this.#items;
  }

  /** Hands over now what there is. */
  flush(): void {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    this.#take(items);
  }
}
