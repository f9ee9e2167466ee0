import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { SluiceError } from '../../domain/errors.ts';
import type { EventType, LoggedEvent, Position } from '../../domain/event.ts';
import { damageOf } from './sqlite.ts';

/** Rows fetched at once: few enough that a page overshoots its characters by at most 64 calls of 32 KB. */
const FETCH_ROWS = 64;
/** Up to here SQL filters sources; beyond, making the list costs each fetch more than the rows that it saves. */
const SQL_SOURCES_MAX = 16;

const COLUMNS = 'position, source, type, message_id, name, user, received_at, integrations, body';
const RANGE = `from event where position > ? and position <= ?`;
const OF_SOURCES = 'and source in (select value from json_each(?))';

/** What a page looks at. */
export interface PageRange {
  readonly after: Position;
  readonly upTo: Position;
  /** Null: all. */
  readonly sources: ReadonlySet<string> | null;
}

/** Events being gathered, perhaps from several segments. Full once it has as many, or as many characters, as asked. */
export class Page {
  readonly events: LoggedEvent[] = [];
  #chars = 0;
  readonly #eventsMax: number;
  readonly #charsMax: number;

  constructor({ eventsMax, charsMax }: { readonly eventsMax: number; readonly charsMax: number }) {
    this.#eventsMax = eventsMax;
    this.#charsMax = charsMax;
  }

  get room(): number {
    return this.#chars >= this.#charsMax ? 0 : this.#eventsMax - this.events.length;
  }

  add(event: LoggedEvent): void {
    this.events.push(event);
    this.#chars += event.body.length;
  }
}

export interface Commit {
  readonly first: Position;
  readonly receivedAtMs: number;
  readonly hashes: Float64Array;
}

/** The log's own marks, written into each of its segments. */
export interface SegmentStamp {
  readonly epoch: number;
  readonly hashKey: Uint8Array;
  readonly first: Position;
  readonly createdAtMs: number;
}

/**
 * Reads one segment of the log through its own connection. Every method throws `file_corrupt` where the file is
 * damaged. Rows come as arrays, which node:sqlite makes in half the time of objects.
 */
export class SegmentReader {
  readonly file: string;
  readonly db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, file: string) {
    this.db = db;
    this.file = file;
  }

  stamp(): SegmentStamp {
    return this.#sound(() => {
      const row = this.#first<StampRow>('select epoch, hash_key, first, created_at from segment');
      if (row === null)
        throw new SluiceError('file_corrupt', { file: this.file, reason: 'it does not say whose it is' });
      return { epoch: row[0], hashKey: row[1], first: row[2], createdAtMs: row[3] };
    });
  }

  /** The newest position, or null in an empty segment. */
  last(): Position | null {
    return this.#sound(() => this.#first<[Position | null]>('select max(position) from event')?.[0] ?? null);
  }

  /** Adds the next events of (after, upTo] to the page until it is full. Answers how far it looked. */
  fill(page: Page, range: PageRange): Position {
    return this.#sound(() => {
      let { after } = range;
      while (after < range.upTo && page.room > 0) {
        const limit = Math.min(FETCH_ROWS, page.room);
        const rows = this.#rows(after, range, limit);
        for (const row of rows) {
          if (page.room <= 0) return after;
          after = row[0];
          if (range.sources?.has(row[1]) !== false) page.add(eventOf(row));
        }
        if (rows.length < limit && page.room > 0) return range.upTo;
      }
      return after;
    });
  }

  event(position: Position): LoggedEvent | null {
    return this.#sound(() => {
      const row = this.#first<EventRow>(`select ${COLUMNS} from event where position = ?`, position);
      return row === null ? null : eventOf(row);
    });
  }

  /** Source and message id. */
  sender(position: Position): readonly [source: string, messageId: string] | null {
    return this.#sound(() => this.#first('select source, message_id from event where position = ?', position));
  }

  count(sources: ReadonlySet<string>, after: Position, upTo: Position): number {
    const sql = `select count(*) ${RANGE} ${OF_SOURCES}`;
    return this.#sound(() => this.#first<[number]>(sql, after, upTo, jsonOf(sources))?.[0] ?? 0);
  }

  oldestAtMs(): number | null {
    const sql = 'select received_at from event order by position limit 1';
    return this.#sound(() => this.#first<[number]>(sql)?.[0] ?? null);
  }

  /** The latest time at which an event up to the end of this segment was received; null in an empty segment. */
  latestAtMs(): number | null {
    const sql = 'select received_at from batch order by first desc limit 1';
    return this.#sound(() => this.#first<[number]>(sql)?.[0] ?? null);
  }

  /**
   * The first position that was received at or after that time; null when there is none. Commits carry the latest
   * time so far, so halving finds the first commit that reaches it, and the event is the first in that one that does.
   */
  seek(atMs: number): Position | null {
    return this.#sound(() => {
      const commit = this.#firstCommitAt(atMs);
      if (commit === null) return null;
      const sql = 'select position from event where position >= ? and received_at >= ? order by position limit 1';
      return this.#first<[Position]>(sql, commit, atMs)?.[0] ?? null;
    });
  }

  /** All of them, oldest first. */
  commits(): readonly Commit[] {
    return this.#sound(() => {
      const rows = this.#prepare('select first, received_at, keys from batch order by first').all();
      return (rows as unknown as readonly BatchRow[]).map(commitOf);
    });
  }

  #firstCommitAt(atMs: number): Position | null {
    const bounds = this.#first<[Position | null, Position | null]>('select min(first), max(first) from batch');
    if (bounds?.[0] == null || bounds[1] === null) return null;
    let [low, high] = bounds as [Position, Position];
    if ((this.#commitAt(high)?.[1] ?? 0) < atMs) return null;
    while (low < high) {
      const middle = this.#commitAt(Math.floor((low + high) / 2));
      if (middle === null) return null;
      const [first, receivedAtMs] = middle;
      if (receivedAtMs >= atMs) high = first;
      else low = this.#first<[Position]>('select min(first) from batch where first > ?', first)?.[0] ?? high;
    }
    return low;
  }

  /** The commit that holds this position. */
  #commitAt(position: Position): readonly [first: Position, receivedAtMs: number] | null {
    return this.#first('select first, received_at from batch where first <= ? order by first desc limit 1', position);
  }

  #rows(after: Position, { upTo, sources }: PageRange, limit: number): readonly EventRow[] {
    const isFiltered = sources !== null && sources.size <= SQL_SOURCES_MAX;
    const sql = `select ${COLUMNS} ${RANGE} ${isFiltered ? OF_SOURCES : ''} order by position limit ?`;
    const values = isFiltered ? [after, upTo, jsonOf(sources), limit] : [after, upTo, limit];
    return this.#prepare(sql).all(...values) as unknown as readonly EventRow[];
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the caller knows what it selects
  #first<Row>(sql: string, ...values: SQLInputValue[]): Row | null {
    return (this.#prepare(sql).get(...values) as unknown as Row | undefined) ?? null;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #sound<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw damageOf(this.file, error) ?? error;
    }
  }
}

type StampRow = [epoch: number, hashKey: Uint8Array, first: Position, createdAtMs: number];
type BatchRow = [first: Position, receivedAtMs: number, keys: Uint8Array];
type EventRow = [
  position: Position,
  source: string,
  type: EventType,
  messageId: string,
  name: string | null,
  user: string | null,
  receivedAtMs: number,
  integrations: string | null,
  body: string,
];

function eventOf(row: EventRow): LoggedEvent {
  return {
    position: row[0],
    source: row[1],
    type: row[2],
    messageId: row[3],
    name: row[4],
    user: row[5],
    receivedAtMs: row[6],
    integrations: row[7],
    body: row[8],
  };
}

function commitOf([first, receivedAtMs, keys]: BatchRow): Commit {
  // Copied, because a blob need not begin where a double may.
  return { first, receivedAtMs, hashes: new Float64Array(new Uint8Array(keys).buffer) };
}

function jsonOf(sources: ReadonlySet<string>): string {
  return JSON.stringify([...sources]);
}
