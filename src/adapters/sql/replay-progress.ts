import type { DatabaseSync } from 'node:sqlite';
import type { Ended, LaneId } from '../../domain/delivery.ts';
import { replayIdOf } from '../../domain/lane-plan.ts';
import type { ReplayProgress } from '../../domain/replay.ts';

/**
 * Counts how the deliveries of replays ended, inside the caller's transaction. Other lanes are not counted, since it
 * would cost each of their settlements a little, and nobody asks.
 */
export class ReplayProgressRows {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** @param lane of a replay; in the table `lane` */
  count(lane: number, ended: Ended): void {
    this.#sql.add.run({ ...ended, lane });
  }

  /** These are not dead any more, in whatever lane. */
  retried(lane: number, count: number): void {
    this.#sql.takeDead.run({ lane, count });
  }

  /** What is parked in this lane is about to be cancelled. */
  cancelParked(lane: number): void {
    this.#sql.cancelParked.run({ lane });
  }

  read(lanes: readonly LaneId[]): ReadonlyMap<LaneId, ReplayProgress> {
    const asked = lanes.filter((lane) => replayIdOf(lane) !== null);
    return new Map(
      asked.flatMap((lane) => {
        const row = this.#sql.read.get(lane) as unknown as ReplayProgress | undefined;
        return row === undefined ? [] : [[lane, { ...row }]];
      }),
    );
  }
}

const OF_REPLAY = "name like '%@%'";

function prepare(db: DatabaseSync) {
  return {
    add: db.prepare(`
      update lane set delivered = delivered + :delivered, dead = dead + :dead, cancelled = cancelled + :cancelled
      where id = :lane`),
    takeDead: db.prepare(`update lane set dead = max(0, dead - :count) where id = :lane and ${OF_REPLAY}`),
    cancelParked: db.prepare(`
      update lane set cancelled = cancelled + (select count(*) from parked where lane = :lane)
      where id = :lane and ${OF_REPLAY}`),
    // A dropped lane is not in the index by name, and few lanes are there at all.
    read: db.prepare('select delivered, dead, cancelled, expired from lane where name = ? order by id desc limit 1'),
  };
}
