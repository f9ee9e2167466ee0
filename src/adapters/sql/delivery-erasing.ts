import type { DatabaseSync } from 'node:sqlite';
import type { Position } from '../../domain/event.ts';
import { NEXT_OF_USER } from './delivery-rows.ts';

/** Takes out of the delivery store what it has about the people of events, inside the caller's transaction. */
export class DeliveryErasing {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  write(positions: readonly Position[], nowMs: number): void {
    const lanes = this.#sql.lanes.all() as unknown as readonly { readonly lane: number }[];
    // By lane, because the tables have their rows by lane and then position.
    for (const { lane } of lanes) {
      const users = new Set<string>();
      for (const position of positions) {
        this.#sql.eraseDetails.run({ lane, position });
        const parked = this.#sql.parked.get({ lane, position }) as { readonly user: string | null } | undefined;
        if (parked === undefined) continue;
        this.#sql.eraseParked.run({ lane, position, nowMs });
        if (parked.user !== null) users.add(parked.user);
      }
      // Others of them are not erased, such as those under another of a person's ids, and may have waited for these.
      for (const user of users) this.#sql.nextOfUser.run({ lane, user, nowMs });
    }
  }
}

function prepare(db: DatabaseSync) {
  const key = 'lane = :lane and position = :position';
  return {
    lanes: db.prepare('select id as lane from lane'),
    eraseDetails: db.prepare(`
      update attempt_detail set exchange = null
      where exchange is not null and id in (select detail from attempt where ${key} and detail is not null)`),
    parked: db.prepare(`select user from parked where ${key}`),
    // Out of its batch, whose other events are sent without it.
    eraseParked: db.prepare(`update parked set user = null, batch = null, due_at = :nowMs where ${key}`),
    nextOfUser: db.prepare(NEXT_OF_USER),
  };
}
