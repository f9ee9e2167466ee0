/** Something that is in one `LinkedList` at a time, or in none. */
export class Link {
  /** @internal */
  before: Link | null = null;
  /** @internal */
  after: Link | null = null;
}

/**
 * What is under way, in the order in which it began, where thousands of things a second begin and end.
 *
 * In a `Map` or a `Set` they would outlive their end. V8 gives one a new table when it has seen as many entries as fit
 * in it, and leaves in the old table what was there, with a pointer to the new one. Once one table has come into the old
 * generation, all after it, and all that was ever in them, is kept until that is collected: two thirds of what such a
 * map's entries hold, where a list leaves none. https://source.chromium.org/chromium/chromium/src/+/main:v8/src/objects/ordered-hash-table.cc
 * (`Rehash`, `SetNextTable`).
 */
export class LinkedList<Item extends Link> {
  /** Before the first and after the last one. */
  readonly #ends = new Link();

  constructor() {
    this.#ends.before = this.#ends;
    this.#ends.after = this.#ends;
  }

  get isEmpty(): boolean {
    return this.#ends.after === this.#ends;
  }

  get first(): Item | null {
    return this.#itemAt(this.#ends.after);
  }

  /** Adds it at the end. It is in no list yet. */
  add(item: Item): void {
    const last = this.#ends.before ?? this.#ends;
    item.before = last;
    item.after = this.#ends;
    last.after = item;
    this.#ends.before = item;
  }

  /** In order. The one that is given may be taken out, and no other. */
  *[Symbol.iterator](): Generator<Item, void> {
    for (let item = this.first; item !== null;) {
      const next = this.#itemAt(item.after);
      yield item;
      item = next;
    }
  }

  #itemAt(link: Link | null): Item | null {
    return link === this.#ends ? null : (link as Item | null);
  }
}

/** Takes it out of the list that it is in, if it is in one. */
export function unlink(link: Link): void {
  const { before, after } = link;
  if (before === null || after === null) return;
  before.after = after;
  after.before = before;
  link.before = null;
  link.after = null;
}
