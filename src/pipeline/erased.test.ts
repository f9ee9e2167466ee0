/** What becomes of deliveries whose events are erased. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import { DeathCounter } from './count-deaths.ts';
import { eventIdOf, type Position } from '../domain/event.ts';

const RETRIED = { retries: 3, backoffMs: [1_000], circuitBreaker: false };

/** As an erasure does it: first the log, then deliveries. */
async function erase(inside: Inside, positions: readonly Position[]): Promise<void> {
  await inside.log.erase(positions);
  await inside.dispatcher.erase(positions);
  await inside.settle();
}

const reasons = (inside: Inside): readonly string[] => inside.died.map(({ reason }) => reason);

describe('an erased event', () => {
  it('is not sent by a lane that has read it before', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 1 })]);
    inside.behave('/d', 'hang');
    const positions = await inside.append(['first', 'secret', 'last']);
    await erase(inside, positions.slice(1, 2));
    inside.behave('/d', 200);
    await inside.release('/d');
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d'), ['first', 'last']);
    assert.deepEqual(reasons(inside), ['event_erased']);
    assert.deepEqual(inside.failures, []);
  });

  it('lets its attempt in flight end, and keeps nothing of the answer', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], RETRIED)]);
    inside.behave('/d', 'hang');
    const positions = await inside.append(['secret']);
    await erase(inside, positions);
    await inside.release('/d', 500);
    await inside.ambient.advance(2_000);
    assert.deepEqual(inside.namesAt('/d'), ['secret']);
    assert.deepEqual(reasons(inside), ['event_erased']);
    assert.deepEqual(inside.rows('select exchange from attempt_detail where exchange is not null'), []);
  });

  it('dies when it waits for a retry, without an attempt', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], RETRIED)]);
    inside.behave('/d', 500, 200);
    const positions = await inside.append(['secret']);
    await inside.append(['other']);
    await erase(inside, positions);
    await inside.ambient.advance(5_000);
    assert.deepEqual(inside.namesAt('/d'), ['secret', 'other']);
    assert.deepEqual(inside.died, [
      { destination: 'd', eventId: eventIdOf(inside.log.epoch, positions[0]!), reason: 'event_erased' },
    ]);
  });

  it('is passed over by a lane that comes to it later', async () => {
    const inside = await Inside.start([]);
    const positions = await inside.append(['secret', 'other']);
    await inside.dispatcher.stop(0);
    await inside.log.erase(positions.slice(0, 1));
    await inside.startDispatcher([makeDestination('d', ['/d'])]);
    const slice = { id: 'rpl_1', destination: 'd', sources: ['web'], after: 0, upTo: positions[1]! };
    const replay = { ...slice, ratePerSecond: null, lanes: ['d@rpl_1'], query: {}, positions: null, isPaused: false };
    await inside.update([makeDestination('d', ['/d'])], [replay]);
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d'), ['other']);
    assert.deepEqual(reasons(inside), []);
  });

  it('goes out with no batch: the others of one that waits are sent without it', async () => {
    const batch = { maxEvents: 3, maxBytes: 65_536, maxWaitMs: 1_000 };
    const inside = await Inside.start([makeDestination('d', ['/d'], { ...RETRIED, batch })]);
    inside.behave('/d', 500, 200);
    const positions = await inside.append(['a', 'secret', 'c']);
    await erase(inside, positions.slice(1, 2));
    await inside.ambient.advance(5_000);
    assert.deepEqual(inside.namesAt('/d'), ['a secret c', 'a c']);
    assert.deepEqual(reasons(inside), ['event_erased']);
    const [whole, rest] = inside.sent;
    assert.notEqual(whole?.id, rest?.id);
  });

  it('goes out with no batch that was made before and waits at a gate', async () => {
    const batch = { maxEvents: 2, maxBytes: 65_536, maxWaitMs: 1_000 };
    const inside = await Inside.start([makeDestination('d', ['/d'], { ...RETRIED, batch, rateLimitPerSecond: 1 })]);
    const positions = await inside.append(['a', 'b', 'c', 'secret']);
    await erase(inside, positions.slice(3));
    await inside.ambient.advance(20_000);
    assert.ok(
      inside.sent.every(({ name }) => !name.includes('secret')),
      JSON.stringify(inside.namesAt('/d')),
    );
    assert.ok(inside.sent.some(({ name }) => name.split(' ').includes('c')));
    assert.equal((await inside.dispatcher.status())[0]?.parked, 0);
  });

  describe('of a user whose order is kept', () => {
    const destinations = [makeDestination('d', ['/d'], { ...RETRIED, order: 'user' })];

    it('holds up nothing of theirs that comes after it', async () => {
      const inside = await Inside.start(destinations);
      inside.behave('/d', 500, 200);
      const positions = await inside.append(['s1', 's2', 's3'], { user: 'ann' });
      await erase(inside, positions);
      await inside.append(['later'], { user: 'ann' });
      await inside.ambient.advance(5_000);
      assert.deepEqual(inside.namesAt('/d'), ['s1', 'later']);
      assert.deepEqual(reasons(inside), ['event_erased', 'event_erased', 'event_erased']);
      assert.equal((await inside.dispatcher.status())[0]?.parked, 0);
    });

    it('leaves their others, which waited behind it, their turn and their order', async () => {
      const inside = await Inside.start(destinations);
      inside.behave('/d', 500, 200);
      const positions = await inside.append(['s1', 'kept1', 's2', 'kept2'], { user: 'ann' });
      await erase(inside, [positions[0]!, positions[2]!]);
      await inside.ambient.advance(5_000);
      assert.deepEqual(inside.namesAt('/d'), ['s1', 'kept1', 'kept2']);
    });

    it('ends no attempt of a lane that is through with it', async () => {
      const inside = await Inside.start(destinations);
      const positions = await inside.append(['s1', 's2'], { user: 'ann' });
      await inside.ambient.advance(2_000);
      inside.behave('/d', 'hang');
      await inside.append(['other'], { user: 'bob' });
      await erase(inside, positions);
      inside.behave('/d', 200);
      await inside.append(['another'], { user: 'cid' });
      assert.deepEqual(inside.namesAt('/d'), ['s1', 's2', 'other', 'another']);
    });

    it('leaves their id in no row, though it was in flight', async () => {
      const inside = await Inside.start(destinations);
      inside.behave('/d', 'hang');
      const positions = await inside.append(['s1', 's2'], { user: 'ann' });
      const erased = erase(inside, positions);
      inside.behave('/d', 500);
      await inside.release('/d', 500);
      await inside.ambient.advance(100);
      await erased;
      await inside.ambient.advance(5_000);
      assert.deepEqual(inside.rows("select * from parked where user = 'ann'"), []);
      assert.deepEqual(inside.namesAt('/d'), ['s1']);
      assert.deepEqual(inside.failures, []);
    });
  });

  it('is no death that an alert tells of', () => {
    const counter = new DeathCounter();
    counter.telemetry.died('d', 'evt_1', 'event_erased');
    assert.deepEqual(counter.take(), []);
  });
});
