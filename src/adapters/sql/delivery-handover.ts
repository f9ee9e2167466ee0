import type { DatabaseSync } from 'node:sqlite';
import { OUTCOME_CODES } from './delivery-rows.ts';

/**
 * Gives lanes what others owe, inside the caller's transaction, and leaves the others as they are.
 *
 * By sets, and not delivery by delivery: a lane whose endpoint was down for a day has as many rows as there were
 * events.
 */
export class DeliveryHandover {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /**
   * @param from ids of lanes, at least one
   * @param to names of lanes that there are not
   */
  write(from: readonly number[], to: readonly string[], nowMs: number): void {
    const ids = JSON.stringify(from);
    const { floor, expired, wasUnclean } = this.#sql.sum.get(ids) as unknown as Sum;
    for (const [index, name] of to.entries()) {
      // Expired events are counted for the destination, so one of its lanes keeps the number.
      const { id } = this.#sql.addLane.get(name, floor, wasUnclean, index === 0 ? expired : 0) as { id: number };
      this.#sql.park.run({ from: ids, to: id });
      this.#sql.nextOfUsers.run({ lane: id, nowMs });
      this.#sql.finishDelivered.run({ from: ids, to: id, floor, nowMs });
      this.#sql.finishOthers.run({ from: ids, to: id, floor });
    }
  }
}

interface Sum {
  readonly floor: number;
  readonly expired: number;
  readonly wasUnclean: number;
}

function prepare(db: DatabaseSync) {
  const old = 'select value from json_each(:from)';
  const isDelivered = (position: string): string => `(
    exists (select 1 from attempt
      where lane in (${old}) and position = ${position} and outcome = ${OUTCOME_CODES.succeeded})
    or exists (select 1 from finished where lane in (${old}) and position = ${position} and state = 'delivered'))`;
  return {
    sum: db.prepare(`
      select min(floor) as floor, sum(expired) as expired, max(was_unclean) as wasUnclean
      from lane where id in (select value from json_each(?))`),
    addLane: db.prepare('insert into lane (name, floor, was_unclean, expired) values (?, ?, ?, ?) returning id'),
    park: db.prepare(`
      insert into parked (lane, position, attempts, user, batch, due_at, suspicion, in_flight)
      select :to, position, min(attempts), max(user), null, min(due_at), max(suspicion), max(in_flight)
      from parked as waiting where lane in (${old}) and not ${isDelivered('waiting.position')}
      group by position`),
    // Those that a user's deliveries waited behind may have been delivered by another lane.
    nextOfUsers: db.prepare(`
      update parked set due_at = :nowMs where lane = :lane and user is not null and due_at is null
        and not exists (
          select 1 from parked as timed
          where timed.lane = :lane and timed.user = parked.user and timed.due_at is not null)
        and position = (
          select position from parked as behind
          where behind.lane = :lane and behind.user = parked.user and behind.due_at is null
          order by position limit 1)`),
    finishDelivered: db.prepare(`
      insert into finished (lane, position, state, reason, at)
      select :to, position, 'delivered', null, :nowMs from attempt
        where lane in (${old}) and position > :floor and outcome = ${OUTCOME_CODES.succeeded}
      union select :to, position, 'delivered', null, :nowMs from finished
        where lane in (${old}) and position > :floor and state = 'delivered'`),
    // Dead or cancelled in one lane is an end only where every other has come to one too.
    finishOthers: db.prepare(`
      insert or ignore into finished (lane, position, state, reason, at)
      select :to, position, state, reason, at from finished as ended
      where ended.lane in (${old}) and position > :floor and state <> 'delivered'
        and not exists (select 1 from parked where lane = :to and parked.position = ended.position)
        and not exists (
          select 1 from lane where id in (${old}) and lane.floor < ended.position and not exists (
            select 1 from finished where finished.lane = lane.id and finished.position = ended.position))`),
  };
}
