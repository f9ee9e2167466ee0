/**
 * How many of something there were in each of the last so many spans, which are numbered by whoever counts: a ring, so
 * that counting costs the same however long it goes on. A span that is counted in again after its place was taken, since
 * a clock was set back, begins anew.
 */
export class RecentCounts {
  /** The span that each place holds. */
  readonly #spans: Float64Array;
  readonly #counts: Float64Array;

  constructor(length: number) {
    this.#spans = new Float64Array(length).fill(-1);
    this.#counts = new Float64Array(length);
  }

  /** @param span counting from 0 */
  add(span: number, count: number): void {
    const place = span % this.#spans.length;
    const before = this.#spans[place] === span ? (this.#counts[place] ?? 0) : 0;
    this.#spans[place] = span;
    this.#counts[place] = before + count;
  }

  /** 0 for a span in which nothing was counted, and for one whose place was taken since. */
  in(span: number): number {
    const place = span % this.#spans.length;
    return this.#spans[place] === span ? (this.#counts[place] ?? 0) : 0;
  }
}
