import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DeliveryMemory } from '../../test/support/delivery-memory.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { openSqliteEventLog, type SqliteEventLog } from '../adapters/sql/sqlite-event-log.ts';
import type { Destination } from '../domain/destination.ts';
import type { NewEvent, Position } from '../domain/event.ts';
import { windowEventsMax } from '../domain/limits.ts';
import type { DeliveryStore, Grant } from '../ports/delivery-store.ts';
import { lanesOf } from '../domain/lane-plan.ts';
import { feedOf } from './feed.ts';
import { DueClock } from './due-clock.ts';
import { parkSuspects } from './park-suspects.ts';

const DESTINATION = makeDestination('d', ['/d']);

/** A log, and a store whose processes end as a test says. */
class Ground {
  readonly ambient = new SimulatedAmbient();
  readonly #disk = new DeliveryMemory();
  #messages = 0;
  log!: SqliteEventLog;
  store!: DeliveryStore;

  static async open(t: TestContext): Promise<Ground> {
    const ground = new Ground();
    const { ambient } = ground;
    ground.log = await openSqliteEventLog({ folder: ':memory:', ambient, onFailure: assert.ifError });
    t.after(async () => {
      await ground.log.close();
      ground.#disk.close();
    });
    ground.store = ground.#disk.open(ambient.nowMs());
    await ground.hold();
    return ground;
  }

  async append(count: number, more: Partial<NewEvent> = {}): Promise<readonly Position[]> {
    const event = { source: 'web', type: 'track', name: 'e', user: 'u', integrations: null, body: '{}' } as const;
    const receivedAtMs = this.ambient.nowMs();
    const events = Array.from({ length: count }, (): NewEvent => {
      return { ...event, messageId: `m${(this.#messages += 1)}`, receivedAtMs, ...more };
    });
    const appended = this.log.append(events);
    await this.ambient.advance(20);
    return [...(await appended)];
  }

  async hold(): Promise<Grant> {
    const [grant] = await this.store.hold('node', [{ lane: 'd', startAt: 0 }], 60_000);
    assert.ok(grant !== undefined);
    return grant;
  }

  /** The process dies, and another takes the lane. */
  async crash(): Promise<Grant> {
    this.#disk.kill();
    this.store = this.#disk.open(this.ambient.nowMs());
    return this.hold();
  }

  /** The process stops as it should, and another takes the lane. */
  async stop(): Promise<Grant> {
    await this.store.close();
    this.store = this.#disk.open(this.ambient.nowMs());
    return this.hold();
  }

  async park(grant: Grant, destination: Destination = DESTINATION): Promise<Grant> {
    const { log, store, ambient } = this;
    const tail = { position: (await log.extent()).end };
    const [plan] = lanesOf(destination);
    assert.ok(plan !== undefined);
    const feed = feedOf(plan, log, tail);
    const keepsOrder = destination.delivery.order === 'user';
    return parkSuspects(grant, { feed, keepsOrder, store, ambient, clock: new DueClock(ambient) });
  }

  /** Position, rounds of attempts and suspicion of all that is parked and due. */
  async parked({ term }: Grant): Promise<readonly (readonly number[])[]> {
    const rows = await this.store.due('d', term, this.ambient.nowMs(), 10_000);
    return rows.map(({ position, attempts, suspicion }) => [position, attempts, suspicion]);
  }
}

const positionsOf = (rows: readonly (readonly number[])[]): readonly (number | undefined)[] =>
  rows.map(([position]) => position);

describe('what a lane may have had in flight', () => {
  it('is left in the log after a clean stop', async (t) => {
    const ground = await Ground.open(t);
    await ground.append(3);
    const grant = await ground.stop();
    assert.equal(await ground.park(grant), grant);
    assert.deepEqual(await ground.parked(grant), []);
  });

  it('is parked after an unclean one, due at once, with its retries unspent and under suspicion', async (t) => {
    const ground = await Ground.open(t);
    const positions = await ground.append(3);
    const before = await ground.crash();
    const grant = await ground.park(before);
    assert.deepEqual(
      await ground.parked(grant),
      positions.map((position) => [position, 0, 1]),
    );
    const nextDueAtMs = ground.ambient.nowMs();
    assert.deepEqual(grant, { ...before, floor: positions.at(-1), nextDueAtMs, parked: 3 });
  });

  it('is nothing that was settled, and the floor passes both', async (t) => {
    const ground = await Ground.open(t);
    const [first, second, third] = await ground.append(3);
    const { term } = await ground.hold();
    const finished = [{ position: second!, state: 'delivered', reason: null } as const];
    const rest = { atMs: 1, parked: [], attempts: [], counts: [], expired: 0, paused: [] };
    await ground.store.settle([{ lane: 'd', term, floor: 0, finished, ...rest }]);
    const before = await ground.crash();
    assert.deepEqual([...before.settledAbove], [second]);
    const grant = await ground.park(before);
    assert.deepEqual(positionsOf(await ground.parked(grant)), [first, third]);
    assert.deepEqual([grant.floor, [...grant.settledAbove]], [third, []]);
  });

  it('is nothing that the destination does not get', async (t) => {
    const ground = await Ground.open(t);
    await ground.append(1, { source: 'other' });
    await ground.append(1, { integrations: '{"Webhooks":false}' });
    await ground.append(1, { name: 'Heartbeat' });
    const [wanted] = await ground.append(1);
    const [last] = await ground.append(1, { source: 'other' });
    const filter = { names: { exclude: ['Heartbeat'] } };
    const grant = await ground.park(await ground.crash(), makeDestination('d', ['/d'], { filter }));
    assert.deepEqual(positionsOf(await ground.parked(grant)), [wanted]);
    assert.equal(grant.floor, last);
  });

  it('is no more than a window past the floor: what comes behind it stays in the log', async (t) => {
    const ground = await Ground.open(t);
    const positions = await ground.append(windowEventsMax + 10);
    const grant = await ground.park(await ground.crash());
    assert.equal(grant.parked, windowEventsMax);
    assert.equal(grant.floor, positions[windowEventsMax - 1]);
    assert.deepEqual(positionsOf(await ground.parked(grant)), positions.slice(0, windowEventsMax));
  });

  it('is found whole where bodies are so large that few are read at a time', async (t) => {
    const ground = await Ground.open(t);
    const positions = await ground.append(12, { body: 'x'.repeat(400_000) });
    const grant = await ground.park(await ground.crash());
    assert.deepEqual(positionsOf(await ground.parked(grant)), positions);
  });

  it('is nothing where the log has nothing past the floor, which stays', async (t) => {
    const ground = await Ground.open(t);
    const before = await ground.crash();
    assert.equal(before.wasUnclean, true);
    assert.deepEqual(await ground.park(before), { ...before, settledAbove: new Float64Array(0) });
  });

  it('is parked once, however often the process dies before it is tried', async (t) => {
    const ground = await Ground.open(t);
    const positions = await ground.append(2);
    await ground.park(await ground.crash());
    const grant = await ground.park(await ground.crash());
    assert.deepEqual(
      await ground.parked(grant),
      positions.map((position) => [position, 0, 1]),
    );
    assert.deepEqual([grant.parked, grant.floor], [2, positions.at(-1)]);
  });
});
