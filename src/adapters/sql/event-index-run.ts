import type { Position } from '../../domain/event.ts';
import { assert } from '../../lib/assert.ts';
import type { IndexEntry, IndexQuery } from '../../ports/event-index.ts';

/** Positions that a run spans at most, so that a place in it takes two bytes. */
export const RUN_PLACES = 2 ** 16;
/** Pages of a run on disk. One lookup reads one of them: of 65,536 events about 8 KiB. */
export const RUN_PAGES = 2 ** 8;

/** Names whose hashes are kept, at 100 bytes. */
const NAMES_MAX = 1_024;
/** Kinds that are looked up one by one; where more are asked for, most events are. */
const KINDS_MAX = 32;
/**
 * What an entry takes: its hash, of 32 bits, and its place. Two things of a run share a hash once in 10,000 lookups,
 * which then look at an event in vain.
 */
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
 * The newest events of the index, in memory: entries in the order in which they came, of six bytes each, searched
 * from end to end. It becomes pages when it spans as much as a run may.
 */
export class OpenRun {
  readonly first: Position;
  #upTo: Position;
  #hashes = new Uint32Array(1_024);
  #places = new Uint16Array(1_024);
  #count = 0;
  readonly #kinds = new Map<string, Map<string, number>>();
  /** The names that came last. An installation has some hundred, in most of its events. */
  readonly #names = new Map<string, number>();
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
    return [...this.#kinds].flatMap(([source, types]) => [...types.keys()].map((type) => [source, type] as const));
  }

  /** Whether a position is within its span. */
  spans(position: Position): boolean {
    return position - this.first < RUN_PLACES;
  }

  add({ position, messageId, name, people, source, type }: IndexEntry): void {
    assert(this.spans(position) && position > this.#upTo, 'entries come in order, within the span');
    const place = position - this.first;
    this.#push(this.#kindHash(source, type), place);
    this.#push(short(this.#hash(`m${messageId}`)), place);
    if (name !== null) this.#push(this.#nameHash(name), place);
    for (const person of people) this.#push(short(this.#hash(`u${person}`)), place);
    this.#upTo = position;
  }

  /** Events or none, it has come that far. */
  comeTo(upTo: Position): void {
    this.#upTo = Math.max(this.#upTo, upTo);
  }

  /** Falling. */
  places(hash: number, { after, before, max }: PlaceRange): readonly number[] {
    const places: number[] = [];
    const hashes = this.#hashes;
    for (let at = this.#count - 1; at >= 0 && places.length < max; at--) {
      if (hashes[at] !== hash) continue;
      const place = this.#places[at] as number;
      if (place > after && place < before) places.push(place);
    }
    return places;
  }

  /** What is written of it, by page; the bytes are there until the next page. */
  *pages(): Generator<readonly [page: number, entries: Uint8Array]> {
    const count = this.#count;
    const { hashes, places } = sorted({
      hashes: this.#hashes.subarray(0, count),
      places: this.#places.subarray(0, count),
    });
    // One for all, so that a run leaves one buffer behind, and not 256 that wait for the collector.
    const bytes = new ArrayBuffer(count * ENTRY_BYTES);
    let begin = 0;
    for (let page = 0; page < RUN_PAGES; page++) {
      let end = begin;
      while (end < hashes.length && pageOf(hashes[end] as number) === page) end += 1;
      if (end > begin)
        yield [page, packed({ hashes: hashes.subarray(begin, end), places: places.subarray(begin, end) }, bytes)];
      begin = end;
    }
  }

  #kindHash(source: string, type: string): number {
    let types = this.#kinds.get(source);
    if (types === undefined) this.#kinds.set(source, (types = new Map<string, number>()));
    let hash = types.get(type);
    if (hash === undefined) types.set(type, (hash = short(this.#hash(textOf([source, type])))));
    return hash;
  }

  #nameHash(name: string): number {
    let hash = this.#names.get(name);
    if (hash === undefined) {
      if (this.#names.size === NAMES_MAX) this.#names.clear();
      this.#names.set(name, (hash = short(this.#hash(`n${name}`))));
    }
    return hash;
  }

  #push(hash: number, place: number): void {
    if (this.#count === this.#hashes.length) this.#grow();
    this.#hashes[this.#count] = hash;
    this.#places[this.#count] = place;
    this.#count += 1;
  }

  #grow(): void {
    const [hashes, places] = [this.#hashes, this.#places];
    this.#hashes = new Uint32Array(this.#count * 2);
    this.#hashes.set(hashes);
    this.#places = new Uint16Array(this.#count * 2);
    this.#places.set(places);
  }
}

/** The page of a run that has what hashes to this: the first byte of the hash. */
export function pageOf(hash: number): number {
  return hash >>> 24;
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

interface Entries {
  readonly hashes: Uint32Array;
  readonly places: Uint16Array;
}

/**
 * Entries by hash, those of one hash in the order in which they came: by its last byte, then by the one before, to the
 * first. 262,144 of them take 5 ms, where comparing takes 30.
 */
function sorted(entries: Entries): Entries {
  let from = entries;
  let to = emptyLike(entries);
  distribute(from, to, 0);
  [from, to] = [to, emptyLike(entries)];
  for (const shift of [8, 16, 24]) {
    distribute(from, to, shift);
    [from, to] = [to, from];
  }
  return from;
}

function emptyLike({ hashes: { length } }: Entries): Entries {
  return { hashes: new Uint32Array(length), places: new Uint16Array(length) };
}

/** Puts entries in the order of one byte of their hashes. */
function distribute({ hashes, places }: Entries, to: Entries, shift: number): void {
  const next = beginnings(hashes, shift);
  for (let at = 0; at < hashes.length; at++) {
    const hash = hashes[at] as number;
    const byte = (hash >>> shift) & 0xff;
    const place = next[byte] as number;
    next[byte] = place + 1;
    to.hashes[place] = hash;
    to.places[place] = places[at] as number;
  }
}

/** Where those with each value of that byte begin. */
function beginnings(hashes: Uint32Array, shift: number): Uint32Array {
  const counts = new Uint32Array(2 ** 8);
  for (const hash of hashes) (counts[(hash >>> shift) & 0xff] as number) += 1;
  let begin = 0;
  return counts.map((count) => (begin += count) - count);
}

/** All hashes, then all places: `placesIn` looks through the hashes alone. Little-endian, as all machines that it runs on. */
function packed({ hashes, places }: Entries, bytes: ArrayBuffer): Uint8Array {
  const { length } = hashes;
  new Uint32Array(bytes, 0, length).set(hashes);
  new Uint16Array(bytes, length * HASH_BYTES, length).set(places);
  return new Uint8Array(bytes, 0, length * ENTRY_BYTES);
}

/** The last 32 of its bits. */
function short(hash: number): number {
  return hash >>> 0;
}

function textOf([source, type]: Kind): string {
  return `k${type} ${source}`;
}
