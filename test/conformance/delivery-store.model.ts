import fc from 'fast-check';
import type { Finished, Parked } from '../../src/domain/delivery.ts';
import type { Position } from '../../src/domain/event.ts';
import { AT_MS, attempt, parked } from './settlements.ts';

/** What a lane settles, in a shape that is easy to make at random: each position in one list at most. */
export interface SettlementPlan {
  readonly floor: Position;
  readonly finished: readonly Finished[];
  readonly parked: readonly Parked[];
  readonly attempts: readonly ReturnType<typeof attempt>[];
}

type Fate =
  | 'delivered'
  | 'delivered, attempt apart'
  | 'dead'
  | 'cancelled'
  | 'due'
  | 'later'
  | "later, a user's"
  | 'behind its user';

const fates = fc.constantFrom<Fate>(
  'delivered',
  'delivered, attempt apart',
  'dead',
  'cancelled',
  'due',
  'later',
  "later, a user's",
  'behind its user',
);
const plans: fc.Arbitrary<SettlementPlan> = fc
  .record({ floor: fc.nat(12), fateByPosition: fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fates) })
  .map(({ floor, fateByPosition }) => planOf(floor, Object.entries(fateByPosition)));

/** A short life of one lane, over so few positions that settlements of one delivery meet. */
export const settlementPlans = fc.array(plans, { minLength: 1, maxLength: 6 });

function planOf(floor: Position, fatesByPosition: readonly (readonly [string, Fate])[]): SettlementPlan {
  const all = fatesByPosition.map(([position, fate]) => ({ position: Number(position), fate }));
  const finished = all.flatMap(({ position, fate }) => finishedAs(position, fate) ?? []);
  const waiting = all.flatMap(({ position, fate }) => parkedAs(position, fate) ?? []);
  const attempts = all.filter(({ fate }) => fate === 'delivered').map(({ position }) => attempt(position));
  return { floor, finished, parked: waiting, attempts };
}

function finishedAs(position: Position, fate: Fate): Finished | null {
  if (fate === 'delivered' || fate === 'delivered, attempt apart')
    return { position, state: 'delivered', reason: null };
  return fate === 'dead' || fate === 'cancelled' ? { position, state: fate, reason: 'http_500' } : null;
}

function parkedAs(position: Position, fate: Fate): Parked | null {
  if (fate === 'due') return parked(position, { attempts: 1 });
  if (fate === 'later') return parked(position, { dueAtMs: AT_MS + position });
  if (fate === "later, a user's") return parked(position, { dueAtMs: AT_MS + position, user: 'ann' });
  return fate === 'behind its user' ? parked(position, { dueAtMs: null, user: 'ann' }) : null;
}

/** What a delivery store says of one lane, kept in the plainest way: one entry per delivery, the last one told. */
export class StoreModel {
  floor: Position = 0;
  readonly #deliveries = new Map<Position, Finished | Parked>();

  settle(plan: SettlementPlan): void {
    this.floor = Math.max(this.floor, plan.floor);
    const users = new Set<string | null>();
    for (const { position } of plan.finished) {
      const before = this.#deliveries.get(position);
      if (before !== undefined && 'user' in before) users.add(before.user);
    }
    for (const one of [...plan.finished, ...plan.parked]) this.#deliveries.set(one.position, one);
    for (const user of users) if (user !== null) this.#giveTurn(user);
  }

  #giveTurn(user: string): void {
    const parked = [...this.#deliveries.values()].filter((one): one is Parked => 'user' in one && one.user === user);
    const first = parked.sort((a, b) => a.position - b.position)[0];
    if (first === undefined || parked.some(({ dueAtMs }) => dueAtMs !== null)) return;
    this.#deliveries.set(first.position, { ...first, dueAtMs: AT_MS });
  }

  settledAbove(): readonly Position[] {
    return [...this.#deliveries.keys()].filter((position) => position > this.floor).sort((a, b) => a - b);
  }

  due(nowMs: number): readonly Parked[] {
    return this.#waiting()
      .filter(({ dueAtMs }) => dueAtMs <= nowMs)
      .sort((a, b) => a.dueAtMs - b.dueAtMs || a.position - b.position);
  }

  nextDueAtMs(): number | null {
    const times = this.#waiting().map(({ dueAtMs }) => dueAtMs);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Rising. */
  parked(): readonly Position[] {
    const parked = [...this.#deliveries.values()].filter((one) => !('state' in one));
    return parked.map(({ position }) => position).sort((a, b) => a - b);
  }

  dead(): readonly Finished[] {
    return [...this.#deliveries.values()].filter((one) => 'state' in one && one.state === 'dead') as Finished[];
  }

  #waiting(): (Parked & { dueAtMs: number })[] {
    return [...this.#deliveries.values()].filter(
      (one): one is Parked & { dueAtMs: number } => 'dueAtMs' in one && one.dueAtMs !== null,
    );
  }
}
