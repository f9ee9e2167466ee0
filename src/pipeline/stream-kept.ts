import { streamKeptMax } from '../domain/limits.ts';

interface Message {
  readonly number: number;
  readonly text: string;
  readonly atMs: number;
}

/** The newest messages that the readers of one set of filters were told, for those that come back. */
export class KeptMessages {
  #messages: Message[] = [];
  /** Of `#messages`, those that are gone are before it. */
  #begin = 0;
  #chars = 0;
  /** What came after this number is all there. */
  #after: number;

  constructor(after: number) {
    this.#after = after;
  }

  get chars(): number {
    return this.#chars;
  }

  /** @param number rises */
  add(number: number, text: string, atMs: number): void {
    this.#messages.push({ number, text, atMs });
    this.#chars += text.length;
    while (this.#messages.length - this.#begin > streamKeptMax) this.#forgetOldest();
  }

  /** All that was told after this number, as one text; null when some of it is gone. */
  since(number: number): string | null {
    if (number < this.#after) return null;
    let text = '';
    for (let index = this.#firstAfter(number); index < this.#messages.length; index += 1)
      text += this.#messages[index]?.text ?? '';
    return text;
  }

  /** Forgets what was told before that, and of the oldest so much more that the rest has at most so many characters. */
  prune(beforeMs: number, charsMax: number): void {
    for (;;) {
      const oldest = this.#messages[this.#begin];
      if (oldest === undefined || (oldest.atMs >= beforeMs && this.#chars <= charsMax)) return;
      this.#forgetOldest();
    }
  }

  /** @param number up to which something was told */
  forgetAll(number: number): void {
    this.#messages = [];
    this.#begin = 0;
    this.#chars = 0;
    this.#after = number;
  }

  #forgetOldest(): void {
    const oldest = this.#messages[this.#begin];
    if (oldest === undefined) return;
    this.#begin += 1;
    this.#chars -= oldest.text.length;
    this.#after = oldest.number;
    // What is gone is let go of soon, and moved no more than once for each that is added.
    if (this.#begin * 2 <= this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#begin);
    this.#begin = 0;
  }

  #firstAfter(number: number): number {
    let [low, high] = [this.#begin, this.#messages.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#messages[middle]?.number ?? Infinity) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
