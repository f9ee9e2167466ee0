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
 * - `#hashes` is a ring: the hash of the event at position p is at p modulo the capacity. Positions that hold no
 *   event have NaN.
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
  /** The window is [oldest, next). Empty when they are equal. */
  #oldest: Position = 1;
  #next: Position = 1;
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

  /** Positions that it reaches over. */
  get size(): number {
    return this.#next - this.#oldest;
  }

  /** The events of one commit, at consecutive positions from `first` on. Times must not fall. */
  add(first: Position, hashes: Float64Array, atMs: number): void {
    this.#skipTo(first);
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
    if (!Number.isNaN(hash)) this.#link(index);
  }

  #skipTo(first: Position): void {
    assert(first >= this.#next, 'positions rise');
    if (this.size === 0 || first - this.#next >= this.#keysMax) {
      this.#slots.fill(0);
      this.#marks = [];
      this.#oldest = first;
      this.#next = first;
    }
    while (this.#next < first) this.#push(NaN);
  }

  #makeRoom(): void {
    if (this.size < this.#hashes.length) return;
    if (this.size < this.#keysMax) this.#grow();
    else this.#forgetOldest();
  }

  #grow(): void {
    const old = this.#hashes;
    const capacity = Math.min(old.length * 2, this.#keysMax);
    this.#hashes = new Float64Array(capacity);
    this.#slots = new Uint32Array(slotCountFor(capacity));
    for (let position = this.#oldest; position < this.#next; position++) {
      const hash = old[position % old.length] as number;
      this.#hashes[position % capacity] = hash;
      if (!Number.isNaN(hash)) this.#link(position % capacity);
    }
  }

  #forgetOldest(): void {
    const index = this.#oldest % this.#hashes.length;
    if (!Number.isNaN(this.#hashes[index])) this.#unlink(index);
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
    return this.#oldest + fromOldest;
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

interface Mark {
  upTo: Position;
  readonly startedAtMs: number;
  atMs: number;
}

/** The power of two that leaves at least half of the slots free. */
function slotCountFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}
