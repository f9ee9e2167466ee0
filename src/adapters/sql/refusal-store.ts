import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { DiskUse } from '../../domain/disk.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { CallType } from '../../domain/event.ts';
import {
  refusedCountsMax,
  refusedSamplesMax,
  refusedSamplesPerReasonMax,
  refusedSamplesPerSourceMax,
} from '../../domain/limits.ts';
import { beforeBySize, daysOf, type MinuteBytes } from '../../domain/retention.ts';
import type {
  RefusalStore,
  RefusedCount,
  RefusedSample,
  StoredSample,
  WantedCounts,
  WantedSamples,
} from '../../ports/refusal-store.ts';
import { makeMention } from '../../domain/mention.ts';
import {
  damageOf,
  databaseBytes,
  emptyWriteAheadLog,
  inTransaction,
  isDiskFull,
  openSqlite,
  overwriteDeleted,
  pageBytes,
} from './sqlite.ts';

export interface RefusalLimits {
  readonly samplesPerReasonMax: number;
  readonly samplesPerSourceMax: number;
  readonly samplesMax: number;
  readonly countsMax: number;
}

const LIMITS: RefusalLimits = {
  samplesPerReasonMax: refusedSamplesPerReasonMax,
  samplesPerSourceMax: refusedSamplesPerSourceMax,
  samplesMax: refusedSamplesMax,
  countsMax: refusedCountsMax,
};

export interface RefusalStoreOptions {
  readonly file: string;
  readonly limits?: Partial<RefusalLimits>;
}

/**
 * Opens the refused calls in one SQLite file, or in memory for `:memory:`.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`
 */
export function openSqliteRefusalStore({ file, limits = {} }: RefusalStoreOptions): RefusalStore {
  const db = openSqlite(file, { synchronous: 'normal', kind: 'refusal' });
  return new SqliteRefusalStore(db, file, { ...LIMITS, ...limits });
}

const MINUTE_MS = 60_000;
/** Rows of one step of pruning: 5 ms at most, for so long a record has to wait. */
const STEP = 1_000;
/** What a sample takes besides its sample, and what a count takes, to share out what all of them take. */
const SAMPLE_BYTES = 300;
const COUNT_BYTES = 60;

class SqliteRefusalStore implements RefusalStore {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #limits: RefusalLimits;
  readonly #sql: ReturnType<typeof prepare>;
  /** How many there are, so that nothing has to be counted at each write. */
  #countRows: number;

  constructor(db: DatabaseSync, file: string, limits: RefusalLimits) {
    this.#db = db;
    this.#file = file;
    this.#limits = limits;
    overwriteDeleted(db);
    this.#sql = prepare(db);
    this.#countRows = this.#countedRows();
  }

  async record(counts: readonly RefusedCount[], samples: readonly RefusedSample[]): Promise<void> {
    this.#write(() => {
      for (const { minute, source, reason, type, count } of counts) {
        this.#sql.addCount.run(minute, source ?? '', reason, type ?? '', count);
      }
      for (const sample of samples) this.#insert(sample);
      for (const { source, reason } of samples) this.#trim(source, reason);
      const { samplesMax } = this.#limits;
      this.#sql.trimAll.run(samplesMax);
    });
    this.#countRows += counts.length;
    if (this.#countRows > this.#limits.countsMax) this.#forgetOldestCounts();
    return Promise.resolve();
  }

  async list(wanted: WantedSamples, limit: number): Promise<readonly StoredSample[]> {
    const { where, values } = conditions(wanted, [
      ['at >= ?', wanted.fromMs],
      ['at < ?', wanted.toMs],
      ['id < ?', wanted.before],
      ['source is ?', wanted.source],
    ]);
    const sql = `select * from sample where ${where} order by id desc limit ?`;
    const rows = this.#read(() => this.#db.prepare(sql).all(...values, limit)) as unknown as readonly SampleRow[];
    return Promise.resolve(rows.map(sampleOf));
  }

  async counts(wanted: WantedCounts, stepMinutes: number, limit: number): Promise<readonly RefusedCount[]> {
    const { where, values } = conditions(wanted, [
      ['minute >= ?', minuteFrom(wanted.fromMs)],
      ['minute < ?', minuteFrom(wanted.toMs)],
      ['source = ?', wanted.source === null ? '' : wanted.source],
    ]);
    const sql = `
      select minute - minute % ? as minute, source, reason, type, sum(count) as count from refused_count
      where ${where} group by 1, source, reason, type order by 1, source, reason, type limit ?`;
    const rows = this.#read(() => this.#db.prepare(sql).all(stepMinutes, ...values, limit));
    return Promise.resolve((rows as unknown as readonly CountRow[]).map(countOf));
  }

  async erase(text: string): Promise<number> {
    const isNamed = makeMention(text);
    let erased = 0;
    this.#write(() => {
      for (const { id, message, message_id: messageId, sample } of this.#samples()) {
        if (![message, messageId, sample].some((each) => each !== null && isNamed(each))) continue;
        this.#sql.dropSample.run(id);
        erased += 1;
      }
    });
    emptyWriteAheadLog(this.#db);
    return Promise.resolve(erased);
  }

  async prune(beforeMs: number, bytesMax: number | null = null): Promise<void> {
    const bySize = bytesMax === null ? -Infinity : this.#read(() => this.#beforeBySize(bytesMax));
    const before = Math.max(beforeMs, bySize);
    const step = { before, minute: Math.floor(before / MINUTE_MS) };
    while (this.#db.isOpen && this.#write(() => this.#dropSome(step))) await turn();
  }

  async use(): Promise<DiskUse> {
    const { unusedBytes, minutes } = this.#read(() => ({ ...pageBytes(this.#db), minutes: this.#minutes() }));
    return Promise.resolve({ bytes: databaseBytes(this.#file), unusedBytes, days: daysOf(minutes) });
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
    return Promise.resolve();
  }

  #samples(): readonly MentioningRow[] {
    return this.#sql.texts.all() as unknown as readonly MentioningRow[];
  }

  #insert(sample: RefusedSample): void {
    const { atMs, source, reason, type, route, count, message, messageId, writeKey, isCut } = sample;
    this.#sql.insert.run(
      ...[atMs, source, reason, type, route, count, message, messageId, writeKey, isCut ? 1 : 0, sample.sample],
    );
  }

  #trim(source: string | null, reason: string): void {
    const { samplesPerReasonMax, samplesPerSourceMax } = this.#limits;
    this.#sql.trimReason.run({ source, reason, max: samplesPerReasonMax });
    this.#sql.trimSource.run({ source, max: samplesPerSourceMax });
  }

  /** Answers whether there may be more. */
  #dropSome({ before, minute }: { readonly before: number; readonly minute: number }): boolean {
    const samples = this.#sql.dropSamples.run(before).changes;
    const counts = this.#sql.dropCounts.run(minute).changes;
    this.#countRows -= Number(counts);
    return Number(samples) === STEP || Number(counts) === STEP;
  }

  #beforeBySize(bytesMax: number): number {
    return beforeBySize(this.#minutes(), pageBytes(this.#db).usedBytes - bytesMax);
  }

  /** What its pages hold, shared among its minutes by what their rows take. */
  #minutes(): readonly MinuteBytes[] {
    const minutes = this.#sql.minutes.all() as unknown as readonly MinuteBytes[];
    const sum = minutes.reduce((total, { bytes }) => total + bytes, 0);
    const { usedBytes } = pageBytes(this.#db);
    return minutes.map(({ minute, bytes }) => ({ minute, bytes: (usedBytes * bytes) / sum }));
  }

  /** Down to nine tenths, so that it is seldom done. What was added to is counted twice until then, which does no harm. */
  #forgetOldestCounts(): void {
    const { countsMax } = this.#limits;
    this.#write(() => {
      const kept = this.#sql.newestCount.get(Math.floor(countsMax * 0.9)) as { readonly minute: number } | undefined;
      if (kept !== undefined) this.#sql.dropOldestCounts.run(kept.minute + 1);
    });
    this.#countRows = this.#countedRows();
  }

  #countedRows(): number {
    return this.#read(() => (this.#sql.countRows.get() as { readonly rows: number }).rows);
  }

  #write<T>(write: () => T): T {
    try {
      return inTransaction(this.#db, write);
    } catch (error) {
      if (isDiskFull(error, this.#db)) throw new SluiceError('store_full', {}, error);
      throw damageOf(this.#file, error) ?? error;
    }
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw damageOf(this.#file, error) ?? error;
    }
  }
}

interface CountRow {
  readonly minute: number;
  readonly source: string;
  readonly reason: string;
  readonly type: string;
  readonly count: number;
}

type MentioningRow = Pick<SampleRow, 'id' | 'message' | 'message_id' | 'sample'>;

interface SampleRow {
  readonly id: number;
  readonly at: number;
  readonly source: string | null;
  readonly reason: string;
  readonly type: CallType | null;
  readonly route: CallType | 'batch';
  readonly count: number;
  readonly message: string;
  readonly message_id: string | null;
  readonly write_key: string | null;
  readonly is_cut: number;
  readonly sample: string | null;
}

function sampleOf({ id, at, message_id, write_key, is_cut, ...same }: SampleRow): StoredSample {
  return { id, atMs: at, messageId: message_id, writeKey: write_key, isCut: is_cut === 1, ...same };
}

function countOf({ minute, source, reason, type, count }: CountRow): RefusedCount {
  return { minute, source: source || null, reason, type: type === '' ? null : (type as CallType), count };
}

type Condition = readonly [sql: string, value: SQLInputValue | undefined];

/** All that is asked for; `undefined` asks for nothing. */
function conditions({ reason }: WantedCounts, more: readonly Condition[]): { where: string; values: SQLInputValue[] } {
  const asked = [['reason = ?', reason] as const, ...more].filter(([, value]) => value !== undefined);
  return {
    where: ['true', ...asked.map(([sql]) => sql)].join(' and '),
    values: asked.map(([, value]) => value ?? null),
  };
}

/** The first minute that begins at this time or later. */
function minuteFrom(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.ceil(ms / MINUTE_MS);
}

function prepare(db: DatabaseSync) {
  return {
    addCount: db.prepare(`
      insert into refused_count (minute, source, reason, type, count) values (?, ?, ?, ?, ?)
      on conflict (minute, source, reason, type) do update set count = count + excluded.count`),
    insert: db.prepare(`
      insert into sample (at, source, reason, type, route, count, message, message_id, write_key, is_cut, sample)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    trimReason: db.prepare(`
      delete from sample where source is :source and reason = :reason and id <= (
        select id from sample where source is :source and reason = :reason order by id desc limit 1 offset :max)`),
    trimSource: db.prepare(`
      delete from sample where source is :source and id <= (
        select id from sample where source is :source order by id desc limit 1 offset :max)`),
    trimAll: db.prepare(`
      delete from sample where id <= (select id from sample order by id desc limit 1 offset ?)`),
    texts: db.prepare('select id, message, message_id, sample from sample'),
    dropSample: db.prepare('delete from sample where id = ?'),
    // In the order in which they came, which is nearly that of their times: the table has no index by time.
    dropSamples: db.prepare(`
      delete from sample where id in (select id from sample where at < ? order by id limit ${STEP})`),
    dropCounts: db.prepare(`
      delete from refused_count where (minute, source, reason, type) in (
        select minute, source, reason, type from refused_count where minute < ? order by minute limit ${STEP})`),
    dropOldestCounts: db.prepare('delete from refused_count where minute < ?'),
    // Without reading the samples: `octet_length` of a column takes its length from the row's header.
    minutes: db.prepare(`
      select minute, sum(bytes) as bytes from (
        select at / ${MINUTE_MS} as minute, ${SAMPLE_BYTES} + coalesce(octet_length(sample), 0) as bytes from sample
        union all select minute, ${COUNT_BYTES} from refused_count)
      group by minute order by minute`),
    newestCount: db.prepare('select minute from refused_count order by minute desc limit 1 offset ?'),
    countRows: db.prepare('select count(*) as rows from refused_count'),
  };
}
