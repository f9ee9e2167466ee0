import type { DatabaseSync } from 'node:sqlite';
import type { OwedSample } from '../../ports/delivery-store.ts';
import { type HistoryBytes, ROW_BYTES } from './history-bytes.ts';

/** Writes what destinations are owed as rows, inside the caller's transaction. */
export class OwedMinutes {
  readonly #put: ReturnType<DatabaseSync['prepare']>;
  readonly #bytes: HistoryBytes;

  constructor(db: DatabaseSync, bytes: HistoryBytes) {
    this.#bytes = bytes;
    // A minute comes twice when the process starts again within it, or the clock is set back.
    this.#put = db.prepare(`
      insert into owed_minute (minute, destination, waiting, is_held) values (?, ?, ?, ?)
      on conflict do update set waiting = max(waiting, excluded.waiting), is_held = max(is_held, excluded.is_held)`);
  }

  write(minute: number, samples: readonly OwedSample[]): void {
    for (const { destination, waiting, isHeld } of samples) {
      this.#put.run(minute, destination, waiting, isHeld ? 1 : 0);
      this.#bytes.addCount(minute, `owed ${destination}`, ROW_BYTES.owed);
    }
    this.#bytes.write();
  }
}
