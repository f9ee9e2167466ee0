import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** More than a lane keeps ready, so that it falls behind and reads from the log. */
const MANY = 3_000;

describe('what the log is about to forget', () => {
  it('is given up by a lane that never took it, and counted', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 4 })]);
    inside.behave('/d', 'hang');
    await inside.append(names('e', MANY));
    await inside.append(['off'], { integrations: '{"All":false}' });
    const positions = await inside.append(['kept']);
    const expiring = inside.dispatcher.expire(positions[0]!);
    await inside.settle();
    assert.equal(await expiring, 1, 'what is in flight holds it');
    assert.deepEqual(inside.expired, [{ destination: 'd', count: MANY - 4 }]);
    inside.behave('/d', 200);
    await inside.release('/d');
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d').toSorted(), [...names('e', 4), 'kept']);
    assert.equal(await inside.dispatcher.expire(positions[0]!), positions[0]);
    assert.equal(inside.expired.length, 1);
  });

  it('is not missed by a lane that has had it', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    const positions = await inside.append(names('e', 10));
    assert.equal(await inside.dispatcher.expire(positions[5]!), positions[5]);
    assert.deepEqual([inside.expired, inside.sent.length], [[], 10]);
  });

  it('stays while one change has closed a lane and the next has yet to open those in its place', async () => {
    const any = makeDestination('d', ['/a', '/b'], { concurrency: 1, success: 'any' });
    const inside = await Inside.start([any]);
    inside.behave('/a', 'hang');
    inside.behave('/b', 'hang');
    const positions = await inside.append(names('e', 10));
    const changes = [
      makeDestination('d', ['/a', '/b'], { concurrency: 1, success: 'every' }),
      makeDestination('d', ['/a', '/b'], { concurrency: 2, success: 'every' }),
    ].map((destination) => ({ destinations: [destination] }));
    for (const change of changes) await inside.dispatcher.begin(change);
    const closing = inside.dispatcher.finish(changes[0]!);
    await inside.release('/a');
    await inside.release('/b');
    await inside.ambient.advance(1_000);
    await closing;
    const end = positions.at(-1)! + 1;
    const allowed = await inside.dispatcher.expire(end);
    assert.ok(allowed <= positions[1]!, `${allowed} of ${positions.join()}`);
    const opening = inside.dispatcher.finish(changes[1]!);
    await inside.ambient.advance(1_000);
    await opening;
    const expiring = inside.dispatcher.expire(end);
    await inside.ambient.advance(1_000);
    await expiring;
    const counted = inside.expired.reduce((sum, { count }) => sum + count, 0);
    assert.ok(counted > 0, 'and is counted then');
  });

  it('may all go when there is no lane', async () => {
    const inside = await Inside.start([]);
    await inside.append(['e']);
    assert.equal(await inside.dispatcher.expire(2), 2);
  });

  it('is counted in the store, together with the floor that passed it', async () => {
    const destination = makeDestination('d', ['/d'], { concurrency: 1 });
    const inside = await Inside.start([destination]);
    inside.behave('/d', 'hang');
    const positions = await inside.append(names('e', MANY));
    const expiring = inside.dispatcher.expire(positions.at(-1)!);
    await inside.settle();
    await expiring;
    inside.behave('/d', 200);
    await inside.release('/d');
    await inside.settle();
    const [grant] = await inside.store.hold('test', [{ lane: 'd', startAt: 0 }], 1);
    assert.deepEqual([grant?.expired, grant?.floor], [MANY - 2, positions.at(-1)]);
    assert.deepEqual(inside.namesAt('/d'), ['e0', `e${MANY - 1}`]);
  });

  it('is dead with its reason when it was parked and its event is gone', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 1, backoffMs: [60_000] })]);
    inside.behave('/d', 500);
    const positions = await inside.append(['e']);
    await inside.ambient.advance(1_000);
    const allowed = await inside.dispatcher.expire(positions[0]! + 1);
    assert.equal(allowed, 2);
    await inside.log.prune(allowed);
    await inside.ambient.advance(60_000);
    assert.deepEqual(
      inside.died.map(({ reason }) => reason),
      ['event_expired'],
    );
    const [status] = await statusOf(inside);
    assert.deepEqual([status?.waiting, status?.parked], [0, 0]);
  });
});

describe('the status of a destination', () => {
  it('says what waits, and since when: in flight, ready, in the log, and for a retry', async () => {
    const inside = await Inside.start([
      makeDestination('slow', ['/slow'], { concurrency: 4 }),
      makeDestination('failing', ['/failing'], { retries: 1, backoffMs: [3_600_000] }),
      makeDestination('quiet', ['/quiet'], {}, { sources: ['mobile'] }),
    ]);
    const startedAtMs = inside.ambient.nowMs();
    inside.behave('/slow', 'hang');
    inside.behave('/failing', 500, 200);
    await inside.append(['first']);
    await inside.ambient.advance(60_000);
    await inside.append(names('e', MANY));
    const [slow, failing, quiet] = (await statusOf(inside)).map(({ endpoints, ...status }) => {
      const states = endpoints.map(({ state }) => state);
      return { ...status, states };
    });
    const states = ['open'];
    assert.deepEqual(slow, {
      states,
      ...{ destination: 'slow', waiting: MANY + 1, parked: 0, inFlight: 4, oldestAtMs: startedAtMs, expired: 0 },
    });
    assert.deepEqual(failing, {
      states,
      ...{ destination: 'failing', waiting: 1, parked: 1, inFlight: 0, oldestAtMs: startedAtMs, expired: 0 },
    });
    assert.deepEqual(quiet, {
      states,
      ...{ destination: 'quiet', waiting: 0, parked: 0, inFlight: 0, oldestAtMs: null, expired: 0 },
    });
  });

  it('follows what arrives and what is delivered, behind and after catching up', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 4 })]);
    inside.behave('/d', 'hang');
    await inside.append(names('e', MANY));
    assert.equal((await statusOf(inside))[0]?.waiting, MANY);
    await inside.append(names('f', 10), { source: 'mobile' });
    await inside.append(names('g', 500));
    assert.equal((await statusOf(inside))[0]?.waiting, MANY + 500);
    inside.behave('/d', ...Array.from({ length: 1_500 }, () => 200), 'hang');
    await inside.release('/d');
    await inside.settle();
    assert.equal((await statusOf(inside))[0]?.waiting, MANY + 500 - 1_504);
    inside.behave('/d', 200);
    await inside.release('/d');
    await inside.ambient.advance(1_000);
    const [status] = await statusOf(inside);
    assert.deepEqual([status?.waiting, status?.inFlight, status?.oldestAtMs], [0, 0, null]);
    assert.equal(inside.sent.length, MANY + 500);
  });

  it('counts a retry until it ended, over a restart as well', async () => {
    const destination = makeDestination('d', ['/d'], { retries: 2, backoffMs: [1_000] });
    const inside = await Inside.start([destination]);
    inside.behave('/d', 500);
    await inside.append(['a', 'b']);
    assert.equal((await statusOf(inside))[0]?.parked, 2);
    await inside.ambient.advance(1_000);
    await inside.settle();
    assert.equal((await statusOf(inside))[0]?.parked, 2);
    const changed = makeDestination('d', ['/d'], { retries: 2, backoffMs: [500] });
    const updated = inside.update([changed]);
    await inside.settle();
    await updated;
    assert.equal((await statusOf(inside))[0]?.parked, 2);
    await inside.ambient.advance(2_000);
    await inside.settle();
    assert.equal((await statusOf(inside))[0]?.parked, 0);
    assert.equal(inside.died.length, 2);
  });
});

describe('a wall clock that is set', () => {
  for (const [way, jumpMs] of [
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ] as const) {
    it(`${way} by an hour delays no retry`, async () => {
      const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 3, backoffMs: [1_000] })]);
      inside.behave('/d', 500);
      await inside.append(['a']);
      inside.ambient.jump(jumpMs);
      await inside.append(['b']);
      for (let retry = 1; retry <= 3; retry += 1) {
        await inside.ambient.advance(1_050);
        assert.ok(inside.sent.length >= 2 * retry, `retry ${retry}`);
      }
      await inside.settle();
      assert.equal(inside.sent.length, 8);
      assert.equal(inside.died.length, 2);
    });
  }
});

/** Lets the pauses between lanes pass as well. */
async function statusOf(inside: Inside) {
  const status = inside.dispatcher.status();
  await inside.settle();
  return status;
}
