import { createHmac, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Erasure, ErasureRequest, Notice, Notified, OpenErasure, PersonIdField } from '../../domain/erasure.ts';
import { SluiceError } from '../../domain/errors.ts';
import { erasuresKeptMax, erasuresOpenMax, suppressedMax } from '../../domain/limits.ts';
import type { ErasureProgress, ErasureStore, Suppressed } from '../../ports/erasure-store.ts';
import { emptyWriteAheadLog, explained, inTransactionOrFull, openSqlite, overwriteDeleted } from './sqlite.ts';

const KEY_BYTES = 32;
/** Of a fingerprint: two of a million people share one with a chance of 10^-27. */
const FINGERPRINT_BYTES = 16;

export interface ErasureLimits {
  readonly openMax: number;
  readonly keptMax: number;
  readonly suppressedMax: number;
}

const LIMITS: ErasureLimits = { openMax: erasuresOpenMax, keptMax: erasuresKeptMax, suppressedMax };

/**
 * Opens the erasures in one SQLite file, or in memory for `:memory:`.
 *
 * A fingerprint decides alone whether somebody is suppressed, so it is of 128 bits and not one of the short hashes
 * that only say where to look.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function openSqliteErasureStore({
  file,
  limits = {},
}: {
  readonly file: string;
  readonly limits?: Partial<ErasureLimits>;
}): ErasureStore {
  const db = openSqlite(file, { synchronous: 'full', kind: 'erasure' });
  return explained(file, () => new SqliteErasureStore(db, { ...LIMITS, ...limits }));
}

class SqliteErasureStore implements ErasureStore {
  readonly suppressed: Suppressed;
  readonly #db: DatabaseSync;
  readonly #limits: ErasureLimits;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #key: Uint8Array;
  readonly #suppressed: Set<string>;
  /** The highest number that was ever reserved, as far as it is known: what was not added is forgotten by a restart. */
  #lastNumber: number;

  constructor(db: DatabaseSync, limits: ErasureLimits) {
    this.#db = db;
    this.#limits = limits;
    overwriteDeleted(db);
    this.#sql = prepare(db);
    this.#sql.makeKey.run(randomBytes(KEY_BYTES));
    this.#key = (this.#sql.key.get() as { readonly key: Uint8Array }).key;
    const set = new Set<string>();
    for (const row of this.#sql.suppressions.iterate()) set.add(row['fingerprint'] as string);
    this.#suppressed = set;
    this.#lastNumber = (this.#sql.lastNumber.get() as { readonly last: number } | undefined)?.last ?? 0;
    this.suppressed = {
      get count() {
        return set.size;
      },
      has: (person) => set.size > 0 && set.has(this.#fingerprint(person)),
    };
  }

  reserve(request: ErasureRequest): number {
    this.#check(request);
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  async add(request: ErasureRequest, nowMs: number, number = this.reserve(request)): Promise<Erasure> {
    this.#check(request);
    const { field, person, suppress, notify } = request;
    const fingerprint = this.#fingerprint(person);
    this.#write(() => {
      this.#sql.add.run(number, fingerprint, field, Number(suppress), Number(notify), nowMs);
      this.#sql.name.run(number, person);
      if (suppress) this.#sql.suppress.run(fingerprint, nowMs);
      this.#sql.trim.run(number - this.#limits.keptMax);
    });
    if (suppress) this.#suppressed.add(fingerprint);
    const row = this.#sql.get.get(number) as unknown as ErasureRow;
    return Promise.resolve(erasureOf(row));
  }

  async get(number: number): Promise<Erasure | null> {
    const row = this.#sql.get.get(number) as ErasureRow | undefined;
    return Promise.resolve(row === undefined ? null : erasureOf(row));
  }

  async list(ask: Parameters<ErasureStore['list']>[0]): Promise<readonly Erasure[]> {
    const before = ask.before ?? Number.MAX_SAFE_INTEGER;
    const rows =
      ask.person === undefined
        ? this.#sql.list.all(before, ask.max)
        : this.#sql.listOf.all(this.#fingerprint(ask.person), before, ask.max);
    return Promise.resolve((rows as unknown as readonly ErasureRow[]).map(erasureOf));
  }

  async next(): Promise<OpenErasure | null> {
    const row = this.#sql.next.get() as OpenRow | undefined;
    return Promise.resolve(row === undefined ? null : openErasureOf(row));
  }

  async notifying({ after, max }: Parameters<ErasureStore['notifying']>[0]): Promise<readonly OpenErasure[]> {
    const rows = this.#sql.notifying.all(after, max) as unknown as readonly OpenRow[];
    return Promise.resolve(rows.map(openErasureOf));
  }

  async advance(number: number, { downTo, found, erased }: ErasureProgress): Promise<void> {
    this.#write(() => this.#sql.advance.run(downTo, found, erased, number));
    return Promise.resolve();
  }

  async notify(number: number, { notices, refused }: Parameters<ErasureStore['notify']>[1]): Promise<void> {
    this.#write(() => this.#sql.notify.run(refused, JSON.stringify(notices), number));
    return Promise.resolve();
  }

  async placed(number: number, notices: readonly Notice[]): Promise<void> {
    this.#write(() => this.#sql.placed.run(JSON.stringify(notices), number));
    return Promise.resolve();
  }

  async notified(number: number, { delivered, failed }: Notified): Promise<void> {
    this.#write(() => this.#sql.notified.run(delivered, failed, number));
    return Promise.resolve();
  }

  async finish(number: number, { refused, atMs }: { readonly refused: number; readonly atMs: number }): Promise<void> {
    this.#write(() => this.#sql.forgetName.run(number));
    // Only then is it finished: should this process end before, the next one empties the log.
    emptyWriteAheadLog(this.#db);
    this.#write(() => this.#sql.finish.run(refused, atMs, number));
    return Promise.resolve();
  }

  async unsuppress(person: string): Promise<boolean> {
    const fingerprint = this.#fingerprint(person);
    const { changes } = this.#write(() => this.#sql.unsuppress.run(fingerprint));
    this.#suppressed.delete(fingerprint);
    return Promise.resolve(changes > 0);
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
    return Promise.resolve();
  }

  #fingerprint(person: string): string {
    const digest = createHmac('sha256', this.#key).update(person).digest();
    return digest.subarray(0, FINGERPRINT_BYTES).toString('base64url');
  }

  #check({ person, suppress }: ErasureRequest): void {
    if (suppress) this.#checkRoomFor(this.#fingerprint(person));
    const { open } = this.#sql.countOpen.get() as { readonly open: number };
    if (open >= this.#limits.openMax) throw new SluiceError('too_many_erasures', { max: this.#limits.openMax });
  }

  #checkRoomFor(fingerprint: string): void {
    const { suppressedMax: max } = this.#limits;
    if (this.#suppressed.size >= max && !this.#suppressed.has(fingerprint))
      throw new SluiceError('too_many_suppressions', { max });
  }

  #write<T>(write: () => T): T {
    return inTransactionOrFull(this.#db, write);
  }
}

interface ErasureRow {
  readonly number: number;
  readonly field: PersonIdField;
  readonly suppress: number;
  readonly notify: number;
  readonly at: number;
  readonly down_to: number | null;
  readonly found: number;
  readonly erased: number;
  readonly refused: number;
  readonly finished_at: number | null;
  readonly notices: string | null;
  readonly notices_delivered: number | null;
  readonly notices_failed: number | null;
}

interface OpenRow extends ErasureRow {
  readonly person: string | null;
}

function erasureOf(row: ErasureRow): Erasure {
  const { number, field, suppress, notify, at, found, erased, refused, finished_at } = row;
  const { notices_delivered: delivered, notices_failed: failed } = row;
  return {
    ...{ number, field, suppress: suppress === 1, notify: notify === 1 },
    ...{ state: stateOf(row), atMs: at, finishedAtMs: finished_at, found, erased, refused },
    notified: delivered === null || failed === null ? null : { delivered, failed },
  };
}

function stateOf({ down_to, notices, finished_at }: ErasureRow): Erasure['state'] {
  if (finished_at !== null) return 'finished';
  if (notices !== null) return 'notifying';
  return down_to === null ? 'waiting' : 'running';
}

function openErasureOf(row: OpenRow): OpenErasure {
  const notices = row.notices === null ? null : (JSON.parse(row.notices) as readonly Notice[]);
  return { ...erasureOf(row), person: row.person, downTo: row.down_to, notices };
}

function prepare(db: DatabaseSync) {
  return {
    makeKey: db.prepare('insert into fingerprint_key values (1, ?) on conflict do nothing'),
    key: db.prepare('select key from fingerprint_key'),
    add: db.prepare('insert into erasure (number, fingerprint, field, suppress, notify, at) values (?, ?, ?, ?, ?, ?)'),
    lastNumber: db.prepare(`select seq as last from sqlite_sequence where name = 'erasure'`),
    name: db.prepare('insert into person values (?, ?)'),
    trim: db.prepare('delete from erasure where number <= ? and finished_at is not null'),
    countOpen: db.prepare('select count(*) as open from erasure where finished_at is null'),
    get: db.prepare('select * from erasure where number = ?'),
    list: db.prepare('select * from erasure where number < ? order by number desc limit ?'),
    listOf: db.prepare('select * from erasure where fingerprint = ? and number < ? order by number desc limit ?'),
    next: db.prepare(`
      select erasure.*, person.id as person from erasure left join person on person.erasure = erasure.number
      where finished_at is null and notices is null order by number limit 1`),
    notifying: db.prepare(`
      select erasure.*, person.id as person from erasure left join person on person.erasure = erasure.number
      where finished_at is null and notices is not null and number > ? order by number limit ?`),
    notify: db.prepare('update erasure set refused = refused + ?, notices = ? where number = ?'),
    placed: db.prepare('update erasure set notices = ? where number = ?'),
    notified: db.prepare('update erasure set notices_delivered = ?, notices_failed = ? where number = ?'),
    advance: db.prepare('update erasure set down_to = ?, found = ?, erased = ? where number = ?'),
    forgetName: db.prepare('delete from person where erasure = ?'),
    finish: db.prepare('update erasure set refused = refused + ?, finished_at = ?, notices = null where number = ?'),
    suppressions: db.prepare('select fingerprint from suppression'),
    suppress: db.prepare('insert into suppression values (?, ?) on conflict do nothing'),
    unsuppress: db.prepare('delete from suppression where fingerprint = ?'),
  };
}
