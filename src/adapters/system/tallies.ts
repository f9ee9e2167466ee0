/**
 * Counters and histograms for what happens with each event: cells of plain numbers, each with its labels as they are
 * exported. prom-client hashes and checks the labels at each count, bound or not, and renders them at each scrape: the
 * four counts of an attempt took 1.1 µs where these take 0.1, and the rendering of a histogram with a thousand
 * destinations 30 ms, for which its thread did nothing else, where this takes 4.
 */
export interface Tally {
  /** As Prometheus reads it, each line ended. */
  text(): string;
}

export type Labels = Readonly<Record<string, string>>;

export class CounterTally implements Tally {
  readonly #head: string;
  readonly #name: string;
  readonly #cells = new Set<CounterCell>();

  constructor({ name, help }: { readonly name: string; readonly help: string }) {
    this.#name = name;
    this.#head = headOf(name, help, 'counter');
  }

  /** A cell for these labels, of which there is none yet. */
  open(labels: Labels): CounterCell {
    const cell = new CounterCell(labels);
    this.#cells.add(cell);
    return cell;
  }

  /** It is not exported any more. */
  close(cell: CounterCell): void {
    this.#cells.delete(cell);
  }

  text(): string {
    let text = this.#head;
    for (const cell of this.#cells) text += `${this.#name}${cell.labels} ${cell.value}\n`;
    return text;
  }
}

export class CounterCell {
  /** As they are exported. */
  readonly labels: string;
  /** To be raised, and never lowered. */
  value = 0;

  constructor(labels: Labels) {
    this.labels = inBraces(rendered(labels));
  }
}

export class HistogramTally implements Tally {
  readonly #head: string;
  readonly #name: string;
  readonly #bounds: readonly number[];
  readonly #cells = new Set<HistogramCell>();

  /** @param bounds of the buckets, rising, each belonging to the bucket below it */
  constructor({ name, help, bounds }: { readonly name: string; readonly help: string; readonly bounds: number[] }) {
    this.#name = name;
    this.#bounds = bounds;
    this.#head = headOf(name, help, 'histogram');
  }

  /** A cell for these labels, of which there is none yet. */
  open(labels: Labels = {}): HistogramCell {
    const cell = new HistogramCell(labels, this.#bounds);
    this.#cells.add(cell);
    return cell;
  }

  /** It is not exported any more. */
  close(cell: HistogramCell): void {
    this.#cells.delete(cell);
  }

  text(): string {
    let text = this.#head;
    for (const cell of this.#cells) text += cell.text(this.#name);
    return text;
  }
}

export class HistogramCell {
  readonly #labels: string;
  readonly #bounds: readonly number[];
  /** How many values lie in each bucket; the last one is for those above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: Labels, bounds: readonly number[]) {
    this.#labels = rendered(labels);
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (value > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  text(name: string): string {
    const before = this.#labels === '' ? '' : `${this.#labels},`;
    let text = '';
    let count = 0;
    for (const [bucket, inBucket] of this.#counts.entries()) {
      count += inBucket;
      text += `${name}_bucket{${before}le="${this.#bounds[bucket] ?? '+Inf'}"} ${count}\n`;
    }
    const labels = inBraces(this.#labels);
    return `${text}${name}_sum${labels} ${this.#sum}\n${name}_count${labels} ${count}\n`;
  }
}

function headOf(name: string, help: string, type: 'counter' | 'histogram'): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function inBraces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function rendered(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
    .join(',');
}
