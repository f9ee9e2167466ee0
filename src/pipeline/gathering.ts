import type { BatchPolicy } from '../domain/destination.ts';
import type { LoggedEvent } from '../domain/event.ts';
import { utf8BytesOf } from '../lib/utf8.ts';

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
  #bytes = BRACKETS_BYTES;
  #sendAtMs = Infinity;
  #isFull = false;
  /** Of the body that was asked about last, in bytes. */
  #measured = 0;

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
    this.#measured = utf8BytesOf(body);
    this.#isFull = !this.isEmpty && this.#bytes + 1 + this.#measured > this.#limits.maxBytes;
    return !this.#isFull;
  }

  /** Adds the one that was found to fit just now. */
  add(member: T, nowMs: number): void {
    if (this.isEmpty) this.#sendAtMs = nowMs + this.#limits.maxWaitMs;
    this.#bytes += this.isEmpty ? this.#measured : this.#measured + 1;
    this.#members.push(member);
    this.#isFull = this.#members.length >= this.#limits.maxEvents || this.#bytes >= this.#limits.maxBytes;
  }

  /** It is to be sent now: it is full, or its first event has waited long enough. @param nowMs by the clock of `add` */
  isReady(nowMs: number): boolean {
    return this.#isFull || nowMs >= this.#sendAtMs;
  }

  /** In order; it is empty afterwards. */
  take(): readonly T[] {
    const members = this.#members;
    this.#members = [];
    this.#bytes = BRACKETS_BYTES;
    this.#sendAtMs = Infinity;
    this.#isFull = false;
    return members;
  }
}
