import type { DatabaseSync } from 'node:sqlite';
import { replaysKeptMax } from '../../domain/limits.ts';
import { isUnfinished, type Replay, type ReplayId } from '../../domain/replay.ts';
import type { ReplayStore } from '../../ports/replay-store.ts';
import { emptyWriteAheadLog, explained, inTransaction, openSqlite, overwriteDeleted } from './sqlite.ts';

/**
 * Opens the replays in one SQLite file, or in memory for `:memory:`.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function openSqliteReplayStore({ file, max = replaysKeptMax }: { file: string; max?: number }): ReplayStore {
  return new SqliteReplayStore(openSqlite(file, { synchronous: 'full', kind: 'replay' }), file, max);
}

class SqliteReplayStore implements ReplayStore {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #max: number;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync, file: string, max: number) {
    this.#db = db;
    this.#file = file;
    this.#max = max;
    overwriteDeleted(db);
    this.#sql = prepare(db);
  }

  async all(): Promise<readonly Replay[]> {
    const rows = this.#sql.all.all() as unknown as readonly { readonly replay: string }[];
    return Promise.resolve(rows.map(({ replay }) => JSON.parse(replay) as Replay));
  }

  async positions(id: ReplayId): Promise<Float64Array | null> {
    const row = this.#sql.positions.get(id) as { readonly positions: Uint8Array | null } | undefined;
    // Copied, since floats have to be aligned.
    return Promise.resolve(row?.positions ? new Float64Array(row.positions.slice().buffer) : null);
  }

  async put(replay: Replay, positions: Float64Array | null = null): Promise<void> {
    const kept =
      positions === null ? null : new Uint8Array(positions.buffer, positions.byteOffset, positions.byteLength);
    explained(this.#file, () => {
      inTransaction(this.#db, () => {
        this.#sql.put.run({ id: replay.id, createdAt: replay.createdAtMs, replay: JSON.stringify(replay), kept });
        if (isUnfinished(replay)) return;
        this.#sql.dropPositions.run(replay.id);
        this.#sql.forget.run(this.#max);
      });
    });
    return Promise.resolve();
  }

  async forgetWhatWas(): Promise<void> {
    emptyWriteAheadLog(this.#db);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
    return Promise.resolve();
  }
}

function prepare(db: DatabaseSync) {
  return {
    all: db.prepare('select replay from replay order by created_at desc, id desc'),
    positions: db.prepare('select positions from replay where id = ?'),
    put: db.prepare(`
      insert into replay (id, created_at, replay, positions) values (:id, :createdAt, :replay, :kept)
      on conflict (id) do update set replay = excluded.replay, positions = coalesce(excluded.positions, positions)`),
    dropPositions: db.prepare('update replay set positions = null where id = ?'),
    forget: db.prepare(`
      delete from replay where id in (
        select id from replay where replay ->> 'state' in ('finished', 'cancelled')
        order by created_at desc, id desc limit -1 offset ?)`),
  };
}
