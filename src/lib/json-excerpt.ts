/** The beginning of a text, and whether there was more. */
export interface Excerpt {
  readonly text: string;
  readonly isCut: boolean;
}

/**
 * The beginning of the JSON text of a parsed JSON value, at most so many UTF-16 units, and no further than the first
 * place that is nested deeper than `DEPTH_MAX`. It costs what it answers, however large the value is.
 */
export function jsonExcerpt(value: unknown, charsMax: number): Excerpt {
  const writer = new ExcerptWriter(charsMax);
  writer.write(value);
  return { text: writer.text, isCut: writer.isFull };
}

/** So that the recursion never overflows the stack. */
const DEPTH_MAX = 256;

class ExcerptWriter {
  text = '';
  /** Something had no room any more. */
  isFull = false;
  readonly #charsMax: number;
  #depth = 0;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  write(value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      this.#putScalar(value);
      return;
    }
    this.isFull ||= this.#depth === DEPTH_MAX;
    if (this.isFull) return;
    this.#depth++;
    if (Array.isArray(value)) this.#writeArray(value);
    else this.#writeObject(value as Readonly<Record<string, unknown>>);
    this.#depth--;
  }

  #writeArray(values: readonly unknown[]): void {
    this.#put('[');
    for (const [index, value] of values.entries()) {
      if (this.isFull) return;
      if (index > 0) this.#put(',');
      this.write(value);
    }
    this.#put(']');
  }

  #writeObject(object: Readonly<Record<string, unknown>>): void {
    this.#put('{');
    let isFirst = true;
    for (const key of Object.keys(object)) {
      if (this.isFull) return;
      if (!isFirst) this.#put(',');
      isFirst = false;
      this.#putScalar(key);
      this.#put(':');
      this.write(object[key]);
    }
    this.#put('}');
  }

  #putScalar(value: unknown): void {
    // A long string is cut before it is quoted, which takes the rest of the room and more.
    this.#put(JSON.stringify(typeof value === 'string' ? value.slice(0, this.#charsMax) : (value ?? null)));
  }

  #put(text: string): void {
    if (this.isFull) return;
    const left = this.#charsMax - this.text.length;
    this.isFull = text.length > left;
    this.text += this.isFull ? text.slice(0, left) : text;
  }
}
