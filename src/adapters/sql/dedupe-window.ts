import { assert } from '../../lib/assert.ts';
import type { Position } from '../../domain/event.ts';

/** Keys that a new window has room for. */
const CAPACITY_FIRST = 1_024;
/** Commits of one such span share an expiry, so that a day's are at most 1,440 marks. */
const MARK_MS = 60_000;
const NONE: readonly Position[] = [];

/**
 * The hashes of the dedupe keys of the newest events, in memory, to know without reading whether an event may have
 * been seen. Forgets what is older than `ms` (to the minute, and never early) and, beyond `keysMax`, the oldest.
 *
 * - `#hashes` is a ring: the hash of the n-th key that came is at n modulo the capacity. Keys are counted and not their
 *   positions, so that a log may go on far ahead without anything being forgotten.
 * - `#stretches` leads from a key's number to its position: one for each run of positions without a gap.
 * - `#slots` finds a hash in it: open addressing with linear probing; a slot holds a ring index + 1, or 0. Deleting
 *   shifts back what follows, so there are no tombstones and a probe ends at the first free slot. Equal hashes stand
 *   beside each other.
 *
 * Both double as the window fills. A key costs 8 bytes in the ring and, at two to four slots a key, 8 to 16 in the
 * slots: two million keys are 16 + 16 MiB.
 */
export class DedupeWindow {
  readonly #ms: number;
  readonly #keysMax: number;
  #hashes: Float64Array;
  #slots: Uint32Array;
  /** Keys are numbered as they come; the window is [oldest, next). Empty when they are equal. */
  #oldest = 0;
  #next = 0;
  /** Rising, the first at or before the oldest key. */
  #stretches: Stretch[] = [];
  /** Rising: all up to a mark was received at its time or before. */
  #marks: Mark[] = [];

  constructor({ ms, keysMax }: { readonly ms: number; readonly keysMax: number }) {
    assert(keysMax >= 1, 'the window remembers at least one key');
    this.#ms = ms;
    this.#keysMax = keysMax;
    const capacity = Math.min(CAPACITY_FIRST, keysMax);
    this.#hashes = new Float64Array(capacity);
    this.#slots = new Uint32Array(slotCountFor(capacity));
  }

  /** Keys that it holds. */
  get size(): number {
    return this.#next - this.#oldest;
  }

  /** Takes room for so many keys at once: growing to them takes as long as adding them. */
  reserve(keys: number): void {
    let capacity = this.#hashes.length;
    while (capacity < Math.min(keys, this.#keysMax)) capacity = this.#nextCapacity(capacity);
    if (capacity > this.#hashes.length) this.#growTo(capacity);
  }

  /** The events of one commit, at consecutive positions from `first` on. Times must not fall. */
  add(first: Position, hashes: Float64Array, atMs: number): void {
    this.#stretchFrom(first);
    for (const hash of hashes) this.#push(hash);
    this.#mark(atMs);
  }

  /** Where events with this hash are, in no particular order. */
  find(hash: number): readonly Position[] {
    let found: Position[] | null = null;
    for (let slot = this.#homeOf(hash); ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) return found ?? NONE;
      if (this.#hashes[entry - 1] === hash) (found ??= []).push(this.#positionAt(entry - 1));
    }
  }

  /** Forgets what was received longer than the window before this time. */
  expire(nowMs: number): void {
    for (let mark = this.#marks[0]; mark !== undefined && mark.atMs <= nowMs - this.#ms; mark = this.#marks[0]) {
      while (this.#oldest <= mark.upTo) this.#forgetOldest();
      this.#marks.shift();
    }
  }

  #push(hash: number): void {
    this.#makeRoom();
    const index = this.#next % this.#hashes.length;
    this.#hashes[index] = hash;
    this.#next += 1;
    this.#link(index);
  }

  /** Begins a stretch where this position does not follow on the newest. */
  #stretchFrom(first: Position): void {
    const last = this.#stretches.at(-1);
    const ahead = first - this.#next;
    assert(last === undefined || ahead >= last.ahead, 'positions rise');
    if (last?.ahead !== ahead) this.#stretches.push({ from: this.#next, ahead });
    const isPassed = (next: Stretch | undefined): boolean => next !== undefined && next.from <= this.#oldest;
    while (isPassed(this.#stretches[1])) this.#stretches.shift();
  }

  #makeRoom(): void {
    if (this.size < this.#hashes.length) return;
    if (this.size < this.#keysMax) this.#growTo(this.#nextCapacity(this.#hashes.length));
    else this.#forgetOldest();
  }

  #nextCapacity(capacity: number): number {
    return Math.min(capacity * 2, this.#keysMax);
  }

  #growTo(capacity: number): void {
    const old = this.#hashes;
    this.#hashes = new Float64Array(capacity);
    this.#slots = new Uint32Array(slotCountFor(capacity));
    for (let number = this.#oldest; number < this.#next; number++) {
      this.#hashes[number % capacity] = old[number % old.length] as number;
      this.#link(number % capacity);
    }
  }

  #forgetOldest(): void {
    this.#unlink(this.#oldest % this.#hashes.length);
    this.#oldest += 1;
  }

  #link(index: number): void {
    let slot = this.#homeOf(this.#hashes[index] as number);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = index + 1;
  }

  #unlink(index: number): void {
    const mask = this.#slots.length - 1;
    let free = this.#homeOf(this.#hashes[index] as number);
    while (this.#slots[free] !== index + 1) free = (free + 1) & mask;
    for (let slot = (free + 1) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) break;
      const home = this.#homeOf(this.#hashes[entry - 1] as number);
      // An entry may move back to the free slot unless its home lies behind it.
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      this.#slots[free] = entry;
      free = slot;
    }
    this.#slots[free] = 0;
  }

  #homeOf(hash: number): number {
    return (hash >>> 0) & (this.#slots.length - 1);
  }

  #positionAt(index: number): Position {
    const capacity = this.#hashes.length;
    const fromOldest = (index - (this.#oldest % capacity) + capacity) % capacity;
    const number = this.#oldest + fromOldest;
    const stretch = this.#stretches.findLast(({ from }) => from <= number);
    assert(stretch !== undefined, 'every key is in a stretch');
    return number + stretch.ahead;
  }

  #mark(atMs: number): void {
    const upTo = this.#next - 1;
    const last = this.#marks.at(-1);
    assert(last === undefined || atMs >= last.atMs, 'times do not fall');
    if (last !== undefined && atMs < last.startedAtMs + MARK_MS) {
      last.upTo = upTo;
      last.atMs = atMs;
    } else {
      this.#marks.push({ upTo, startedAtMs: atMs, atMs });
    }
    while ((this.#marks[0]?.upTo ?? Infinity) < this.#oldest) this.#marks.shift();
  }
}

/** From a key's number on, positions are so much higher than numbers. */
interface Stretch {
  readonly from: number;
  readonly ahead: number;
}

interface Mark {
  /** A key's number. */
  upTo: number;
  readonly startedAtMs: number;
  atMs: number;
}

/** The power of two that leaves at least half of the slots free. */
function slotCountFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}
