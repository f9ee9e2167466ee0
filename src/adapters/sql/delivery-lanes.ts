import type { DatabaseSync } from 'node:sqlite';
import type { LaneId } from '../../domain/delivery.ts';
import type { Position } from '../../domain/event.ts';
import { replayIdOf } from '../../domain/lane-plan.ts';
import type { Grant } from '../../ports/delivery-store.ts';
import { OUTCOME_CODES } from './delivery-rows.ts';

/** A lane that a node holds: what is needed to write for it without reading first. */
export interface HeldLane {
  /** In the table `lane`. */
  readonly id: number;
  readonly node: string;
  readonly term: number;
  readonly isReplay: boolean;
  /**
   * No position above it has a row in `parked` or `finished`. So a first attempt that succeeds looks for none, which
   * is most of what settling it would cost besides its own row.
   */
  rowsUpTo: Position;
}

/**
 * Who holds which lane, and what a holder is told.
 *
 * One process owns the file, so holding is kept in memory: nothing is held at a start, and nothing held is lost before
 * it is given back or dropped. Changes are made in two steps, `take` inside the caller's transaction and `keep` once
 * it is committed, so that memory never says more than the file.
 */
export class DeliveryLanes {
  readonly #held = new Map<LaneId, HeldLane>();
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** The lane, if it is held under this term. */
  underTerm(lane: LaneId, term: number): HeldLane | null {
    const held = this.#held.get(lane);
    return held?.term === term ? held : null;
  }

  /** Writes that this node holds the lane, or answers null when another one does. */
  take(node: string, lane: LaneId, startAt: Position): { readonly held: HeldLane; readonly grant: Grant } | null {
    const held = this.#held.get(lane) ?? this.#takeFree(node, lane, startAt);
    return held.node === node ? { held, grant: this.#grantOf(lane, held) } : null;
  }

  /** What `take` wrote is committed. */
  keep(lane: LaneId, held: HeldLane): void {
    this.#held.set(lane, held);
  }

  giveBack(node: string, lane: LaneId): void {
    if (this.#held.get(lane)?.node === node) this.#held.delete(lane);
  }

  /** Its term is over, whoever holds it. */
  end(lane: LaneId): void {
    this.#held.delete(lane);
  }

  /** The lane's id in the file, held or not; null when there is none, or no longer. */
  idOf(lane: LaneId): number | null {
    return (this.#sql.lane.get(lane) as LaneRow | undefined)?.id ?? null;
  }

  floors(): ReadonlyMap<LaneId, Position> {
    const rows = this.#sql.floors.all() as unknown as readonly { readonly name: string; readonly floor: number }[];
    return new Map(rows.map(({ name, floor }) => [name, floor]));
  }

  oldestParked(): ReadonlyMap<LaneId, Position> {
    const rows = this.#sql.oldestParked.all() as unknown as readonly {
      readonly name: string;
      readonly oldest: number;
    }[];
    return new Map(rows.map(({ name, oldest }) => [name, oldest]));
  }

  #takeFree(node: string, lane: LaneId, startAt: Position): HeldLane {
    this.#sql.addLane.run(lane, startAt);
    const { id } = this.#sql.lane.get(lane) as unknown as LaneRow;
    const { term } = this.#sql.nextTerm.get() as { term: number };
    const { upTo } = this.#sql.rowsUpTo.get({ lane: id }) as { upTo: number };
    return { id, node, term, isReplay: replayIdOf(lane) !== null, rowsUpTo: upTo };
  }

  #grantOf(lane: LaneId, { id, term }: HeldLane): Grant {
    const { floor, expired, was_unclean: wasUnclean } = this.#sql.lane.get(lane) as unknown as LaneRow;
    if (wasUnclean === 1) this.#sql.tellUnclean.run(id);
    const settledAbove = this.#sql.settledAbove.all({ lane: id, floor }) as unknown as readonly { position: number }[];
    const { due, parked } = this.#sql.parked.get(id) as { due: number | null; parked: number };
    const blocked = this.#sql.blockedUsers.all(id) as unknown as readonly { user: string; parked: number }[];
    return {
      lane,
      number: id,
      term,
      untilMs: Number.MAX_SAFE_INTEGER,
      floor,
      settledAbove: Float64Array.from(settledAbove, ({ position }) => position),
      wasUnclean: wasUnclean === 1,
      nextDueAtMs: due,
      parked,
      expired,
      blockedUsers: new Map(blocked.map((row) => [row.user, row.parked])),
    };
  }
}

interface LaneRow {
  readonly id: number;
  readonly floor: number;
  readonly expired: number;
  readonly was_unclean: number;
}

function prepare(db: DatabaseSync) {
  return {
    lane: db.prepare('select id, floor, expired, was_unclean from lane where name = ? and is_dropped = 0'),
    addLane: db.prepare(
      'insert into lane (name, floor) values (?, ?) on conflict (name) where is_dropped = 0 do nothing',
    ),
    nextTerm: db.prepare('update store set term = term + 1 returning term'),
    tellUnclean: db.prepare('update lane set was_unclean = 0 where id = ?'),
    floors: db.prepare('select name, floor from lane where is_dropped = 0'),
    rowsUpTo: db.prepare(`
      select max(
        coalesce((select max(position) from parked where lane = :lane), 0),
        coalesce((select max(position) from finished where lane = :lane), 0)
      ) as upTo`),
    // A success finishes a delivery even where no row says so.
    settledAbove: db.prepare(`
      select position from parked where lane = :lane and position > :floor
      union select position from finished where lane = :lane and position > :floor
      union select position from attempt
        where lane = :lane and position > :floor and outcome = ${OUTCOME_CODES.succeeded}
      order by position`),
    parked: db.prepare('select min(due_at) as due, count(*) as parked from parked where lane = ?'),
    oldestParked: db.prepare(`
      select name, (select min(position) from parked where parked.lane = lane.id) as oldest
      from lane where is_dropped = 0 and oldest is not null`),
    blockedUsers: db.prepare(
      'select user, count(*) as parked from parked where lane = ? and user is not null group by user',
    ),
  };
}
