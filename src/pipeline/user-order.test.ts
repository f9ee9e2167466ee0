import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { LoggedEvent } from '../domain/event.ts';
import { UserOrder, type Waiting } from './user-order.ts';

function waiting(position: number, user: string | null): Waiting {
  const event: LoggedEvent = {
    ...{ position, user, source: 'web', type: 'track', messageId: `m${position}`, name: null },
    ...{ integrations: null, body: '{}', receivedAtMs: 0 },
  };
  return { event, taken: { position, chars: 2, isSettled: false } };
}

const positionsOf = (all: readonly Waiting[]): readonly number[] => all.map(({ event }) => event.position);

describe("users' order", () => {
  it('begins one event of each user at once, and lets the others of that user wait', () => {
    const order = new UserOrder(new Map());
    const admissions = [waiting(1, 'ann'), waiting(2, 'ann'), waiting(3, 'bob')].map((each) => order.admit(each));
    assert.deepEqual(admissions, ['start', 'wait', 'start']);
    assert.equal(order.hasReady, false);
  });

  it('lets everything without a user begin', () => {
    const order = new UserOrder(new Map());
    assert.deepEqual([order.admit(waiting(1, null)), order.admit(waiting(2, null))], ['start', 'start']);
    order.ended(null);
    assert.deepEqual(order.blocked(null), []);
    assert.equal(order.hasReady, false);
  });

  it('gives the next of the user its turn when the one before it has ended', () => {
    const order = new UserOrder(new Map());
    for (const position of [1, 2, 3]) order.admit(waiting(position, 'ann'));
    order.ended('ann');
    assert.equal(order.takeReady()?.event.position, 2);
    assert.equal(order.takeReady(), null);
    assert.equal(order.admit(waiting(4, 'ann')), 'wait');
    for (const position of [3, 4]) {
      order.ended('ann');
      assert.equal(order.takeReady()?.event.position, position);
    }
    order.ended('ann');
    assert.equal(order.admit(waiting(5, 'ann')), 'start');
  });

  it('parks what waits, and what comes, behind one that has to be retried, until all of them have ended', () => {
    const order = new UserOrder(new Map());
    for (const position of [1, 2, 3]) order.admit(waiting(position, 'ann'));
    assert.deepEqual(positionsOf(order.blocked('ann')), [2, 3]);
    assert.equal(order.admit(waiting(4, 'ann')), 'park');
    assert.equal(order.admit(waiting(5, 'bob')), 'start');
    for (let count = 0; count < 4; count += 1) {
      assert.equal(order.isAnyBlocked, true);
      order.unparked('ann');
    }
    assert.equal(order.isAnyBlocked, false);
    assert.equal(order.admit(waiting(6, 'ann')), 'start');
  });

  it('goes on with the users whom it found blocked', () => {
    const order = new UserOrder(new Map([['ann', 2]]));
    assert.equal(order.admit(waiting(3, 'ann')), 'park');
    for (let count = 0; count < 3; count += 1) order.unparked('ann');
    assert.equal(order.admit(waiting(4, 'ann')), 'start');
  });

  it('has no room while a million deliveries are parked', () => {
    const order = new UserOrder(new Map([['ann', 1_000_000]]));
    assert.equal(order.hasRoom, false);
    order.unparked('ann');
    assert.equal(order.hasRoom, true);
  });

  it('lets go of turns that have come, with what waits behind them', () => {
    const order = new UserOrder(new Map());
    for (const [position, user] of [
      [1, 'ann'],
      [2, 'ann'],
      [3, 'ann'],
      [4, 'bob'],
      [5, 'bob'],
      [6, 'eve'],
    ] as const)
      order.admit(waiting(position, user));
    order.ended('ann');
    order.ended('bob');
    order.ended('eve');
    assert.deepEqual(order.letGo().map(positionsOf), [[2, 3], [5]]);
    assert.equal(order.hasReady, false);
    assert.equal(order.admit(waiting(7, 'ann')), 'park');
    assert.equal(order.admit(waiting(8, 'eve')), 'start');
  });

  it('has at most one delivery of a user under way, and begins them in order, whatever they come to', () => {
    const steps = fc.array(
      fc.record({
        what: fc.constantFrom('take', 'take', 'deliver', 'retry', 'begin'),
        user: fc.constantFrom('ann', 'bob', null),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const lane = new ModelLane();
        for (const { what, user } of all) lane[what](user);
      }),
    );
  });
});

/** A lane and its store in the plainest way: what is under way, and what is parked, by user. */
class ModelLane {
  readonly #order = new UserOrder(new Map());
  readonly #underWay = new Map<string, number>();
  readonly #parked = new Map<string, number[]>();
  readonly #newest = new Map<string, number>();
  #taken = 0;

  take(user: string | null): void {
    const taken = waiting((this.#taken += 1), user);
    const admission = this.#order.admit(taken);
    if (admission === 'start') this.#start(taken);
    if (admission === 'park') this.#parked.get(user ?? '')?.push(taken.event.position);
  }

  begin(): void {
    const ready = this.#order.takeReady();
    if (ready !== null) this.#start(ready);
  }

  /** What is parked first, or else what is under way. */
  deliver(user: string | null): void {
    if (user === null) return;
    const parked = this.#parked.get(user);
    if (parked !== undefined) {
      const position = parked.shift();
      assert.ok(position !== undefined && position >= (this.#newest.get(user) ?? 0));
      this.#newest.set(user, position);
      if (parked.length === 0) this.#parked.delete(user);
      this.#order.unparked(user);
    } else if (this.#underWay.delete(user)) this.#order.ended(user);
  }

  retry(user: string | null): void {
    const position = this.#underWay.get(user ?? '');
    if (user === null || position === undefined) return;
    this.#underWay.delete(user);
    this.#parked.set(user, [position, ...positionsOf(this.#order.blocked(user))]);
  }

  #start({ event: { position, user } }: Waiting): void {
    if (user === null) return;
    assert.ok(!this.#underWay.has(user) && !this.#parked.has(user), `${user} has one under way`);
    assert.ok(position > (this.#newest.get(user) ?? 0), `${position} comes after ${this.#newest.get(user)}`);
    this.#underWay.set(user, position);
    this.#newest.set(user, position);
  }
}
