import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../../domain/errors.ts';
import type { Position } from '../../domain/event.ts';
import type { Candidates, EventIndex, FindAsk, IndexEntry } from '../../ports/event-index.ts';
import {
  type Hash,
  hashesFor,
  type Kind,
  OpenRun,
  pageOf,
  type PlaceRange,
  placesIn,
  RUN_PAGES,
} from './event-index-run.ts';
import { HASH_KEY_BYTES, makeKeyedHash } from './keyed-hash.ts';
import { damageOf, databaseBytes, inTransaction, isDiskFull, openSqlite } from './sqlite.ts';

/** Runs that one search looks into: 67 million events, in 20 ms when nothing is found. */
const RUNS_A_FIND = 1_024;

export interface EventIndexOptions {
  readonly file: string;
  /** The log that is indexed, and how far it is durable: what is of another one, or beyond, is forgotten. */
  readonly epoch: number;
  readonly end: Position;
  /** Events of one run. */
  readonly runEvents?: number;
}

/**
 * Opens the event index in one SQLite file. Events are gathered in memory, and written when they fill a run: 32 bytes
 * each, in some hundred rows, once and in order, so that adding one costs 2 µs however many there are. What was not
 * written yet is indexed again after a stop.
 *
 * A damaged file, or that of another log, costs the whole index, which is then made anew.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `disk_full`, `files_exhausted`
 */
export function openSqliteEventIndex(options: EventIndexOptions): EventIndex {
  return new SqliteEventIndex(options);
}

class SqliteEventIndex implements EventIndex {
  readonly #options: EventIndexOptions;
  #file: IndexFile;
  #newest: OpenRun | null = null;

  constructor(options: EventIndexOptions) {
    this.#options = options;
    this.#file = openSound(options);
  }

  async indexedTo(): Promise<Position> {
    return Promise.resolve(this.#indexedTo());
  }

  async index(entries: readonly IndexEntry[], upTo: Position): Promise<void> {
    this.#sound(() => {
      for (const entry of entries) if (entry.position > this.#indexedTo()) this.#runFor(entry.position).add(entry);
      if (upTo > this.#indexedTo()) this.#runFor(upTo).comeTo(upTo);
    }, undefined);
    return Promise.resolve();
  }

  async find(ask: FindAsk): Promise<Candidates> {
    return Promise.resolve(this.#sound(() => this.#find(ask), { positions: [], downTo: ask.after + 1 }));
  }

  async forget(before: Position): Promise<void> {
    this.#sound(() => {
      this.#file.forget(before);
    }, undefined);
    return Promise.resolve();
  }

  async bytes(): Promise<number> {
    return Promise.resolve(databaseBytes(this.#options.file));
  }

  async close(): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }

  #indexedTo(): Position {
    return this.#newest?.upTo ?? this.#file.runs.at(-1)?.upTo ?? 0;
  }

  /** Where this position goes: the newest run, or another one when it has come to its end, which is then written. */
  #runFor(position: Position): OpenRun {
    const run = this.#newest;
    const eventsMax = this.#options.runEvents ?? Infinity;
    if (run?.spans(position) === true && position - run.first < eventsMax) return run;
    if (run !== null) this.#file.write(run);
    this.#newest = new OpenRun(position, this.#file.hash);
    return this.#newest;
  }

  #find({ query, after, before, max }: FindAsk): Candidates {
    const positions: Position[] = [];
    let downTo = before;
    let looked = 0;
    for (const run of this.#runsBelow(before)) {
      if (looked++ === RUNS_A_FIND) return { positions, downTo };
      const hashes = hashesFor(query, run.kinds, this.#file.hash);
      const range = { after, before: Math.min(before, run.upTo + 1), max: max - positions.length };
      const found = hashes === null ? everyOne(run.first, range) : newestOf(run, hashes, range);
      positions.push(...found);
      downTo = positions.length === max ? (positions.at(-1) ?? before) : run.first;
      if (positions.length === max || downTo <= after + 1) break;
    }
    const isOver = positions.length < max || downTo <= after + 1;
    return { positions, downTo: isOver ? after + 1 : downTo };
  }

  /** Newest first. */
  *#runsBelow(before: Position): Generator<SearchedRun> {
    if (this.#newest !== null && this.#newest.first < before) yield this.#newest;
    const { runs } = this.#file;
    for (let at = runs.length - 1; at >= 0; at--) {
      const run = runs[at] as StoredRun;
      if (run.first < before) yield run;
    }
  }

  /** Does without the index where its file is damaged: all of it is made anew. */
  #sound<T>(act: () => T, otherwise: T): T {
    try {
      return act();
    } catch (error) {
      if (isDiskFull(error, this.#options.file)) throw new SluiceError('store_full', {}, error);
      if (damageOf(this.#options.file, error) === null) throw error;
      this.#file.close();
      this.#newest = null;
      this.#file = openNew(this.#options);
      return otherwise;
    }
  }
}

/** What is searched alike: the newest run in memory, the others on disk. */
interface SearchedRun {
  readonly first: Position;
  readonly upTo: Position;
  readonly kinds: readonly Kind[];
  /** Falling, counted from `first`. */
  places(hash: number, range: PlaceRange): readonly number[];
}

function newestOf(run: SearchedRun, hashes: readonly number[], range: PlaceRange): readonly Position[] {
  const { first } = run;
  const inRun = { after: range.after - first, before: range.before - first, max: range.max };
  const places = hashes.flatMap((hash) => run.places(hash, inRun));
  const falling = hashes.length === 1 ? places : [...new Set(places)].sort((a, b) => b - a).slice(0, range.max);
  return falling.map((place) => first + place);
}

/** Whatever there is: the log knows which of these positions have an event. */
function everyOne(first: Position, { after, before, max }: PlaceRange): readonly Position[] {
  const low = Math.max(first, after + 1);
  return Array.from({ length: Math.max(0, Math.min(max, before - low)) }, (_, at) => before - 1 - at);
}

/** A run on disk. */
class StoredRun implements SearchedRun {
  readonly first: Position;
  readonly upTo: Position;
  readonly kinds: readonly Kind[];
  readonly id: number;
  readonly #pages: { get(id: number): unknown };

  constructor({ id, first, up_to: upTo, kinds }: RunRow, pages: { get(id: number): unknown }) {
    this.id = id;
    this.first = first;
    this.upTo = upTo;
    this.kinds = JSON.parse(kinds) as Kind[];
    this.#pages = pages;
  }

  places(hash: number, range: PlaceRange): readonly number[] {
    const row = this.#pages.get(this.id * RUN_PAGES + pageOf(hash)) as { readonly entries: Uint8Array } | undefined;
    return row === undefined ? [] : placesIn(row.entries, hash, range);
  }
}

/** The file, and what of it is kept in memory. */
class IndexFile {
  readonly hash: Hash;
  readonly epoch: number;
  /** Rising. */
  readonly runs: StoredRun[];
  readonly #db: DatabaseSync;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync, epoch: number) {
    this.#db = db;
    this.#sql = prepare(db);
    this.#sql.begin.run(epoch, randomBytes(HASH_KEY_BYTES));
    const begun = this.#sql.begun.get() as { readonly epoch: number; readonly hash_key: Uint8Array };
    this.epoch = begun.epoch;
    this.hash = makeKeyedHash(begun.hash_key);
    const rows = this.#sql.runs.all() as unknown as readonly RunRow[];
    this.runs = rows.map((row) => new StoredRun(row, this.#sql.page));
  }

  write(run: OpenRun): void {
    const row = { first: run.first, up_to: run.upTo, kinds: JSON.stringify(run.kinds) };
    const id = inTransaction(this.#db, () => {
      const added = this.#sql.addRun.run(row.first, row.up_to, row.kinds).lastInsertRowid as number;
      for (const [page, entries] of run.pages()) this.#sql.addPage.run(added * RUN_PAGES + page, entries);
      return added;
    });
    this.runs.push(new StoredRun({ id, ...row }, this.#sql.page));
  }

  /** Whole runs below the position; one at a time, so that a search waits for no more than that. */
  forget(before: Position): void {
    for (let oldest = this.runs[0]; oldest !== undefined && oldest.upTo < before; oldest = this.runs[0]) {
      const { id } = oldest;
      inTransaction(this.#db, () => {
        this.#sql.dropPages.run(id * RUN_PAGES, (id + 1) * RUN_PAGES);
        this.#sql.dropRun.run(id);
      });
      this.runs.shift();
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

interface RunRow {
  readonly id: number;
  readonly first: number;
  readonly up_to: number;
  readonly kinds: string;
}

/** The file if it is of this log and sound, else a new one. */
function openSound(options: EventIndexOptions): IndexFile {
  let found: IndexFile;
  try {
    found = openFile(options);
  } catch (error) {
    const isDamaged = error instanceof SluiceError && error.code === 'file_corrupt';
    if (!isDamaged && damageOf(options.file, error) === null) throw error;
    return openNew(options);
  }
  const { epoch, runs } = found;
  if (epoch === options.epoch && (runs.at(-1)?.upTo ?? 0) <= options.end) return found;
  found.close();
  return openNew(options);
}

function openNew(options: EventIndexOptions): IndexFile {
  for (const companion of ['', '-wal', '-shm']) rmSync(options.file + companion, { force: true });
  return openFile(options);
}

function openFile({ file, epoch }: EventIndexOptions): IndexFile {
  const db = openSqlite(file, { synchronous: 'normal', kind: 'event-index' });
  try {
    return new IndexFile(db, epoch);
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: DatabaseSync) {
  return {
    begin: db.prepare('insert into event_index values (1, ?, ?) on conflict do nothing'),
    begun: db.prepare('select epoch, hash_key from event_index'),
    runs: db.prepare('select id, first, up_to, kinds from run order by first'),
    addRun: db.prepare('insert into run (first, up_to, kinds) values (?, ?, ?)'),
    addPage: db.prepare('insert into page (id, entries) values (?, ?)'),
    page: db.prepare('select entries from page where id = ?'),
    dropRun: db.prepare('delete from run where id = ?'),
    dropPages: db.prepare('delete from page where id >= ? and id < ?'),
  };
}
