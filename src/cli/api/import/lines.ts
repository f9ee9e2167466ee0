import { createHash, type Hash } from 'node:crypto';
import { callBytesMax } from '../../../domain/limits.ts';

/** A line, as it stands in the file. */
export interface Line {
  /** Counting from 1. */
  readonly number: number;
  /** Without its end; null for one that is longer than `lineBytesMax`, of which nothing is kept. */
  readonly bytes: Buffer | null;
}

/** A call may be written with white space and `\u…` escapes, which its event has no more: four times as long is enough. */
export const lineBytesMax = 4 * callBytesMax;

const NEWLINE = 0x0a;

/**
 * Cuts what is read into lines, and holds a piece of the file and a line at most, however long either is. It also knows a
 * digest of everything up to the line that was passed last, by which a later run recognises what it has sent already.
 */
export class LineReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #hash = createHash('sha256');
  /** While a line is let go piece by piece: the digest before it. */
  #hashBefore: Hash | null = null;
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;
  #number = 0;
  #isEnded = false;
  /** The line that was taken last, with its end, until it is passed. */
  #taken: Buffer | null = null;
  #first: string | null = null;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Of the lines that were passed, each with its end, which the last one of a file may lack. */
  digest(): string {
    return (this.#hashBefore ?? this.#hash).copy().digest('hex');
  }

  /** The digest of the first line alone, once it was taken: what the file is known by. */
  get first(): string | null {
    return this.#first;
  }

  /** The next line, where it was read already; null where there is more to read, or nothing. The one before is passed. */
  take(): Line | null {
    if (this.#taken !== null) this.pass();
    const end = this.#rest.indexOf(NEWLINE, this.#at);
    if (end !== -1) return this.#lineTo(end, end + 1);
    const { length } = this.#rest;
    if (length - this.#at > lineBytesMax) {
      this.#hashBefore ??= this.#hash.copy();
      this.#hash.update(this.#rest.subarray(this.#at));
      this.#at = length;
      return null;
    }
    if (!this.#isEnded || (this.#at === length && this.#hashBefore === null)) return null;
    // The last line, with the end that it lacks, so that it is the same line where others were put behind it.
    this.#rest = Buffer.concat([this.#rest.subarray(this.#at), Buffer.from('\n')]);
    this.#at = 0;
    return this.#lineTo(this.#rest.length - 1, this.#rest.length);
  }

  /** The line that was taken last counts for the digest from now on. */
  pass(): void {
    if (this.#taken === null) return;
    this.#hash.update(this.#taken);
    this.#hashBefore = null;
    this.#taken = null;
  }

  /** Reads on. False when there is nothing more. */
  async more(): Promise<boolean> {
    if (this.#isEnded) return false;
    const next = await this.#chunks.next();
    if (next.done === true) this.#isEnded = true;
    else {
      const left = this.#rest.subarray(this.#at);
      this.#rest = left.length === 0 ? next.value : Buffer.concat([left, next.value]);
      this.#at = 0;
    }
    return true;
  }

  #lineTo(end: number, next: number): Line {
    const bytes = this.#rest.subarray(this.#at, end);
    this.#taken = this.#rest.subarray(this.#at, next);
    this.#at = next;
    this.#number += 1;
    this.#first ??= this.#hash.copy().update(this.#taken).digest('hex');
    return { number: this.#number, bytes: this.#hashBefore === null && bytes.length <= lineBytesMax ? bytes : null };
  }
}
