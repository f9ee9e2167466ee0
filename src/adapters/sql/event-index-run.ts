import type { Position } from '../../domain/event.ts';
import { assert } from '../../lib/assert.ts';
import type { IndexEntry, IndexQuery } from '../../ports/event-index.ts';

/** Positions that a run spans at most, so that a place in it takes two bytes. */
export const RUN_PLACES = 2 ** 16;
/** Pages of a run on disk. One lookup reads one of them: of 65,536 events about 8 KiB. */
export const RUN_PAGES = 2 ** 8;

/** Hashes are of 32 bits. Two things of a run share one once in 10,000 lookups, which then look at an event in vain. */
const HASHES = 2 ** 32;
const PAGE_HASHES = HASHES / RUN_PAGES;
/** Kinds that are looked up one by one; where more are asked for, most events are. */
const KINDS_MAX = 32;
/** What an entry takes on disk: its hash and its place. */
const HASH_BYTES = 4;
const ENTRY_BYTES = HASH_BYTES + 2;

/** Places of a run: above `after`, below `before`, and at most so many of the last of these. */
export interface PlaceRange {
  readonly after: number;
  readonly before: number;
  readonly max: number;
}

export type Kind = readonly [source: string, type: string];
export type Hash = (text: string) => number;

/** What is looked up for a query: the hashes of one thing that the fewest events have, or null for every event. */
export function hashesFor(query: IndexQuery, kinds: readonly Kind[], hash: Hash): readonly number[] | null {
  const { messageId, user, name, source, type } = query;
  if (messageId !== undefined) return [short(hash(`m${messageId}`))];
  if (user !== undefined) return [short(hash(`u${user}`))];
  if (name !== undefined) return [short(hash(`n${name}`))];
  if (source === undefined && type === undefined) return null;
  const asked = kinds.filter((kind) => (source ?? kind[0]) === kind[0] && (type ?? kind[1]) === kind[1]);
  return asked.length > KINDS_MAX ? null : asked.map((kind) => short(hash(textOf(kind))));
}

/**
 * The newest events of the index, in memory: entries in the order in which they came, of eight bytes each, searched
 * from end to end. It becomes pages when it spans as much as a run may.
 */
export class OpenRun {
  readonly first: Position;
  #upTo: Position;
  /** Hash times `RUN_PLACES` plus place: a safe integer, whose order is the order on disk. */
  #entries = new Float64Array(1_024);
  #count = 0;
  readonly #kinds = new Map<string, Kind>();
  readonly #hash: Hash;

  constructor(first: Position, hash: Hash) {
    this.first = first;
    this.#upTo = first - 1;
    this.#hash = hash;
  }

  get upTo(): Position {
    return this.#upTo;
  }

  get kinds(): readonly Kind[] {
    return [...this.#kinds.values()];
  }

  /** Whether a position is within its span. */
  spans(position: Position): boolean {
    return position - this.first < RUN_PLACES;
  }

  add({ position, messageId, name, people, source, type }: IndexEntry): void {
    assert(this.spans(position) && position > this.#upTo, 'entries come in order, within the span');
    const place = position - this.first;
    const kind = [source, type] as const;
    const kindText = textOf(kind);
    this.#kinds.set(kindText, kind);
    this.#push(kindText, place);
    this.#push(`m${messageId}`, place);
    if (name !== null) this.#push(`n${name}`, place);
    for (const person of people) this.#push(`u${person}`, place);
    this.#upTo = position;
  }

  /** Events or none, it has come that far. */
  comeTo(upTo: Position): void {
    this.#upTo = Math.max(this.#upTo, upTo);
  }

  /** Falling. */
  places(hash: number, { after, before, max }: PlaceRange): readonly number[] {
    const low = hash * RUN_PLACES + Math.max(0, after + 1);
    const high = hash * RUN_PLACES + Math.min(before, RUN_PLACES);
    const places: number[] = [];
    for (let at = this.#count - 1; at >= 0 && places.length < max; at--) {
      const entry = this.#entries[at] as number;
      if (entry >= low && entry < high) places.push(entry - hash * RUN_PLACES);
    }
    return places;
  }

  /** What is written of it, by page. */
  *pages(): Generator<readonly [page: number, entries: Uint8Array]> {
    const entries = this.#entries.slice(0, this.#count).sort();
    let begin = 0;
    for (let page = 0; page < RUN_PAGES; page++) {
      const limit = (page + 1) * PAGE_HASHES * RUN_PLACES;
      let end = begin;
      while (end < entries.length && (entries[end] as number) < limit) end += 1;
      if (end > begin) yield [page, packed(entries.subarray(begin, end))];
      begin = end;
    }
  }

  #push(text: string, place: number): void {
    if (this.#count === this.#entries.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    this.#entries[this.#count] = short(this.#hash(text)) * RUN_PLACES + place;
    this.#count += 1;
  }
}

/** The page of a run that has what hashes to this. */
export function pageOf(hash: number): number {
  return Math.floor(hash / PAGE_HASHES);
}

/** The places of a hash in a page, falling. */
export function placesIn(page: Uint8Array, hash: number, { after, before, max }: PlaceRange): readonly number[] {
  const count = page.length / ENTRY_BYTES;
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const hashAt = (at: number): number => view.getUint32(at * HASH_BYTES, true);
  let end = 0;
  let high = count;
  while (end < high) {
    const middle = (end + high) >>> 1;
    if (hashAt(middle) <= hash) end = middle + 1;
    else high = middle;
  }
  const places: number[] = [];
  for (let at = end - 1; at >= 0 && hashAt(at) === hash && places.length < max; at--) {
    const place = view.getUint16(count * HASH_BYTES + at * 2, true);
    if (place <= after) break;
    if (place < before) places.push(place);
  }
  return places;
}

/** All hashes, then all places: `placesIn` looks through the hashes alone. */
function packed(entries: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * ENTRY_BYTES));
  for (const [at, entry] of entries.entries()) {
    view.setUint32(at * HASH_BYTES, Math.floor(entry / RUN_PLACES), true);
    view.setUint16(entries.length * HASH_BYTES + at * 2, entry % RUN_PLACES, true);
  }
  return new Uint8Array(view.buffer);
}

function short(hash: number): number {
  return hash % HASHES;
}

function textOf([source, type]: Kind): string {
  return `k${type} ${source}`;
}
