/** What all those are counted under that have no series of their own. No id looks like it. */
export const OTHER = '(other)';

export interface SeriesOptions<Cells> {
  /** How many have series of their own; the others share one. */
  readonly max: number;
  /** Makes what is counted under a label. */
  readonly open: (label: string) => Cells;
  /** The label is not to be exported any more. */
  readonly close: (label: string, cells: Cells) => void;
}

/**
 * What is counted per source or per destination. A name finds its cells by one look into a map, so that what is
 * prepared per label is prepared once; and the number of labels is bounded, because each is kept and exported for as
 * long as it exists, and stored for much longer by whoever scrapes.
 */
export class Series<Cells> {
  readonly #options: SeriesOptions<Cells>;
  readonly #labels = new Map<string, string>();
  readonly #cells = new Map<string, Cells>();
  readonly #byName = new Map<string, Cells>();

  constructor(options: SeriesOptions<Cells>) {
    this.#options = options;
  }

  /** The cells of a name that exists: its own, or those of all beyond the limit. */
  of(name: string): Cells {
    return this.#byName.get(name) ?? this.#add(name);
  }

  /** The label that a name that exists is exported under. */
  labelOf(name: string): string {
    this.of(name);
    return this.#labels.get(name) ?? OTHER;
  }

  /** These exist now, and no others. Who is gone is not exported any more, and makes room for who shared a label. */
  keep(names: readonly string[]): void {
    const kept = new Set(names);
    for (const [name, label] of this.#labels) if (label === OTHER || !kept.has(name)) this.#forget(name);
    const used = new Set(this.#labels.values());
    for (const [label, cells] of this.#cells) {
      if (used.has(label) || (label === OTHER && kept.size > this.#options.max)) continue;
      this.#cells.delete(label);
      this.#options.close(label, cells);
    }
    for (const name of kept) this.of(name);
  }

  #add(name: string): Cells {
    const owned = this.#cells.size - (this.#cells.has(OTHER) ? 1 : 0);
    const label = owned < this.#options.max ? name : OTHER;
    const cells = this.#cells.get(label) ?? this.#options.open(label);
    this.#labels.set(name, label);
    this.#cells.set(label, cells);
    this.#byName.set(name, cells);
    return cells;
  }

  #forget(name: string): void {
    this.#labels.delete(name);
    this.#byName.delete(name);
  }
}
