import type { BatchPolicy } from '../domain/destination.ts';
import type { LoggedEvent } from '../domain/event.ts';
import { utf8BytesMostOf, utf8BytesOf } from '../lib/utf8.ts';

/** `[` and `]`. A comma for each event but the first. */
const BRACKETS_BYTES = 2;

/**
 * Events on their way into a batch, as they come. It knows when it is full and until when it may wait; who takes it
 * keeps the time.
 *
 * An event that is larger than `maxBytes` by itself is a batch of one: a limit on size delays no event for ever.
 */
export class Gathering<T extends { readonly event: LoggedEvent }> {
  readonly #limits: BatchPolicy;
  #members: T[] = [];
  /** How many bytes it has at most. They are counted only near the limit: counting takes as long as sending. */
  #bytesMost = BRACKETS_BYTES;
  /** Of the members that were counted, the first so many, in bytes. */
  #bytes = BRACKETS_BYTES;
  #counted = 0;
  #sendAtMs = Infinity;
  #isFull = false;

  constructor(limits: BatchPolicy) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  /** When it is to be sent however small it is; `Infinity` while it is empty. */
  get sendAtMs(): number {
    return this.#sendAtMs;
  }

  /** Whether this one goes into it too; if not, it is full, and to be taken before. */
  fits({ body }: LoggedEvent): boolean {
    if (this.#isFull) return false;
    const { maxBytes } = this.#limits;
    const mayOverflow = !this.isEmpty && this.#bytesMost + mostBytesOf(body) > maxBytes;
    this.#isFull = mayOverflow && this.#count() + 1 + utf8BytesOf(body) > maxBytes;
    return !this.#isFull;
  }

  /** Adds the one that was found to fit just now. */
  add(member: T, nowMs: number): void {
    if (this.isEmpty) this.#sendAtMs = nowMs + this.#limits.maxWaitMs;
    this.#bytesMost += mostBytesOf(member.event.body);
    this.#members.push(member);
    const { maxEvents, maxBytes } = this.#limits;
    this.#isFull = this.#members.length >= maxEvents || (this.#bytesMost >= maxBytes && this.#count() >= maxBytes);
  }

  /** It is to be sent now: it is full, or its first event has waited long enough. @param nowMs by the clock of `add` */
  isReady(nowMs: number): boolean {
    return this.#isFull || nowMs >= this.#sendAtMs;
  }

  /** In order; it is empty afterwards. */
  take(): readonly T[] {
    const members = this.#members;
    this.#members = [];
    this.#bytesMost = BRACKETS_BYTES;
    this.#bytes = BRACKETS_BYTES;
    this.#counted = 0;
    this.#sendAtMs = Infinity;
    this.#isFull = false;
    return members;
  }

  /** How many bytes it has. Each member is counted once. */
  #count(): number {
    for (const { event } of this.#members.slice(this.#counted)) {
      this.#bytes += utf8BytesOf(event.body) + (this.#counted > 0 ? 1 : 0);
      this.#counted += 1;
    }
    this.#bytesMost = this.#bytes;
    return this.#bytes;
  }
}

/** With a comma. */
function mostBytesOf(body: string): number {
  return 1 + utf8BytesMostOf(body);
}
