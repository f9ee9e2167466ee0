import { DatabaseSync } from 'node:sqlite';
import { startDeliveryStore } from '../../src/adapters/sql/delivery-store.ts';
import { openSqlite } from '../../src/adapters/sql/sqlite.ts';
import type { DeliveryStore } from '../../src/ports/delivery-store.ts';

/** An empty store's file, made once: making it costs ten times what opening it does. */
let empty: Uint8Array | null = null;

/**
 * What a disk keeps of a delivery store, in memory: SQLite as in earnest, and what a stop, a kill or a power cut leaves
 * is there for the next process. One store at a time is open.
 */
export class DeliveryMemory {
  #left: Uint8Array;
  #db: DatabaseSync | null = null;
  /** What a power cut leaves. Promise 1 of `DeliveryStore`: settlements that came later are taken back, whole. */
  #synced: Uint8Array;
  readonly #killed: DatabaseSync[] = [];

  constructor(left: Uint8Array = emptyStore()) {
    this.#left = left;
    this.#synced = left;
  }

  open(nowMs: number): DeliveryStore {
    const db = new KeptDatabase({
      onSync: (synced) => (this.#synced = synced),
      onClose: (left) => {
        this.#left = left;
        this.#db = null;
      },
    });
    db.deserialize(this.#left);
    this.#db = db;
    return startDeliveryStore(db, nowMs);
  }

  /** What is settled by now survives a power cut: SQLite has synced by itself, as it does now and then. */
  sync(): void {
    if (this.#db !== null) this.#synced = this.#db.serialize();
  }

  /** The process dies: its store, should it go on, has no part in what the next one finds. */
  kill(): void {
    if (this.#db === null) return;
    this.#left = this.#db.serialize();
    this.#killed.push(this.#db);
    this.#db = null;
  }

  /** The machine dies, and with it what was settled since the last `sync`. */
  cutPower(): void {
    if (this.#db === null) return;
    this.kill();
    this.#left = this.#synced;
  }

  /** The rows that a query finds in what there is now. */
  rows(sql: string): readonly Record<string, unknown>[] {
    if (this.#db !== null) return this.#db.prepare(sql).all();
    const db = new DatabaseSync(':memory:');
    db.deserialize(this.#left);
    const rows = db.prepare(sql).all();
    db.close();
    return rows;
  }

  /** Lets go of what was killed, and of what is open. */
  close(): void {
    this.kill();
    for (const db of this.#killed.splice(0)) if (db.isOpen) closeForGood(db);
  }
}

interface Keeper {
  onSync(synced: Uint8Array): void;
  onClose(left: Uint8Array): void;
}

/** A database in memory that hands over its content where one on disk would have it there for good. */
class KeptDatabase extends DatabaseSync {
  readonly #keeper: Keeper;

  constructor(keeper: Keeper) {
    super(':memory:');
    this.#keeper = keeper;
  }

  /** With `synchronous=normal` a checkpoint is what syncs (https://sqlite.org/pragma.html#pragma_synchronous). */
  override exec(sql: string): void {
    super.exec(sql);
    if (sql.includes('wal_checkpoint')) this.#keeper.onSync(this.serialize());
  }

  override close(): void {
    this.#keeper.onClose(this.serialize());
    super.close();
  }
}

function closeForGood(db: DatabaseSync): void {
  DatabaseSync.prototype.close.call(db);
}

function emptyStore(): Uint8Array {
  if (empty === null) {
    const db = openSqlite(':memory:', { synchronous: 'normal', kind: 'delivery' });
    empty = db.serialize();
    db.close();
  }
  return empty;
}
