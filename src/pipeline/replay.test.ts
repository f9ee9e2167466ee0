import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import type { Destination } from '../domain/destination.ts';
import { lanesOf, replayLaneId } from '../domain/lane-plan.ts';
import type { ReplayProgress, ReplaySlice } from '../domain/replay.ts';

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** A replay of all that there is by now. */
async function sliceOf(
  inside: Inside,
  destination: Destination,
  more: Partial<ReplaySlice> = {},
): Promise<ReplaySlice> {
  const id = more.id ?? 'rpl_a';
  return {
    ...{ id, destination: destination.id, sources: ['web'], after: 0, upTo: (await inside.log.extent()).end },
    ...{ ratePerSecond: null, query: {}, positions: null, isPaused: false },
    lanes: lanesOf(destination).map((plan) => replayLaneId(plan.id, id)),
    ...more,
  };
}

async function begin(inside: Inside, destination: Destination, slice: ReplaySlice): Promise<void> {
  await inside.update([destination], [slice]);
  await inside.settle();
}

const standing = async (inside: Inside, { lanes }: ReplaySlice): Promise<readonly [boolean, ReplayProgress]> => {
  const { isThrough, progress } = await inside.dispatcher.replayStanding(lanes, lanes);
  return [isThrough, progress];
};

/** Lets floors be settled, too. */
const passSeconds = async (inside: Inside, seconds = 2): Promise<void> => inside.ambient.advance(seconds * 1_000);

const progressOf = (more: Partial<ReplayProgress>): ReplayProgress => ({
  ...{ delivered: 0, dead: 0, cancelled: 0, expired: 0 },
  ...more,
});

describe('a replay', () => {
  it('sends its slice of the log again, under its own name and with the ids of then', async () => {
    const d = makeDestination('d', ['/d']);
    const inside = await Inside.start([d]);
    await inside.append(names('e', 10));
    const first = inside.sent.map(({ id }) => id);
    const slice = await sliceOf(inside, d, { after: 2, upTo: 8, query: { type: 'track' } });
    await begin(inside, d, slice);
    await passSeconds(inside);
    const again = inside.sent.slice(10);
    assert.deepEqual(
      again.map(({ name }) => name),
      ['e2', 'e3', 'e4', 'e5', 'e6', 'e7'],
    );
    assert.deepEqual(
      again.map(({ id }) => id),
      first.slice(2, 8),
    );
    assert.deepEqual(new Set(again.map(({ target }) => target.replay)), new Set(['rpl_a']));
    assert.equal(inside.sent[0]?.target.replay, null);
    assert.deepEqual(await standing(inside, slice), [true, progressOf({ delivered: 6 })]);
  });

  it('sends of its slice what it is about, and what the filter of the destination takes', async () => {
    const d = makeDestination('d', ['/d'], { filter: { names: { include: ['a', 'b'] } } });
    const inside = await Inside.start([{ ...d, enabled: false }]);
    await inside.append(['a', 'b', 'c', 'a']);
    await begin(inside, d, await sliceOf(inside, d, { query: { name: 'a' } }));
    assert.deepEqual(inside.namesAt('/d'), ['a', 'a']);
    await begin(inside, d, await sliceOf(inside, d, { id: 'rpl_b', positions: Float64Array.of(2, 3) }));
    assert.deepEqual(inside.namesAt('/d'), ['a', 'a', 'b']);
    assert.deepEqual(inside.filtered, []);
  });

  it('leaves slots to new events, however many of its own hang, and takes none that they ask for', async () => {
    const d = makeDestination('d', ['/d'], { concurrency: 4 });
    const inside = await Inside.start([d]);
    await inside.append(names('old', 100));
    inside.behave('/d', 'hang');
    await begin(inside, d, await sliceOf(inside, d));
    assert.equal(inside.sent.length, 102);
    await inside.append(['new1', 'new2', 'new3', 'new4']);
    assert.deepEqual(inside.namesAt('/d').slice(102), ['new1', 'new2']);
    await inside.release('/d');
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d').slice(104, 106), ['new3', 'new4']);
  });

  it('goes on when new events are through, also with a single slot', async () => {
    const d = makeDestination('d', ['/d'], { concurrency: 1 });
    const inside = await Inside.start([d]);
    await inside.append(names('old', 5));
    inside.behave('/d', 'hang', 200);
    await begin(inside, d, await sliceOf(inside, d));
    await inside.append(names('new', 5));
    assert.equal(inside.sent.length, 6);
    await inside.release('/d');
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d').slice(5), ['old0', ...names('new', 5), 'old1', 'old2', 'old3', 'old4']);
  });

  it('counts for the rate of its endpoint, and has one of its own', async () => {
    const d = makeDestination('d', ['/d'], { rateLimitPerSecond: 10 });
    const inside = await Inside.start([d]);
    await inside.append(names('old', 10));
    await passSeconds(inside, 5);
    await begin(inside, d, await sliceOf(inside, d, { ratePerSecond: 2 }));
    assert.equal(inside.sent.length, 12);
    await inside.append(names('new', 10));
    assert.equal(inside.sent.length, 20);
    await passSeconds(inside, 1);
    assert.equal(inside.namesAt('/d').filter((name) => name.startsWith('new')).length, 10);
    assert.equal(inside.sent.length <= 30, true);
    await passSeconds(inside, 5);
    assert.equal(inside.sent.length, 30);
  });

  it('is held with its endpoint, and goes on when that is back', async () => {
    const d = makeDestination('d', ['/d'], { retries: 3 });
    const inside = await Inside.start([d]);
    await inside.append(names('old', 300));
    inside.behave('/d', 500);
    const slice = await sliceOf(inside, d);
    await begin(inside, d, slice);
    await passSeconds(inside, 30);
    const tried = inside.sent.length;
    await passSeconds(inside, 60);
    assert.ok(inside.sent.length - tried < 15, 'only probes are sent');
    inside.behave('/d', 200);
    await passSeconds(inside, 120);
    assert.deepEqual(await standing(inside, slice), [true, progressOf({ delivered: 300 })]);
  });

  it('goes on where it was after a stop, a pause and a crash, and counts each delivery once', async () => {
    const d = makeDestination('d', ['/d'], { concurrency: 8 });
    const inside = await Inside.start([d]);
    await inside.append(names('e', 100));
    const slice = await sliceOf(inside, d, { ratePerSecond: 10 });
    await begin(inside, d, slice);
    await passSeconds(inside);
    await inside.update([d], [{ ...slice, isPaused: true }]);
    const paused = inside.sent.length;
    await passSeconds(inside, 10);
    assert.equal(inside.sent.length, paused);
    assert.equal((await standing(inside, slice))[1].delivered, paused - 100);
    await inside.dispatcher.stop(1_000);
    await inside.startDispatcher([d], [{ ...slice, isPaused: true }]);
    await begin(inside, d, slice);
    await passSeconds(inside, 3);
    await inside.crash([d], [slice]);
    await passSeconds(inside, 10);
    assert.deepEqual(await standing(inside, slice), [true, progressOf({ delivered: 100 })]);
    assert.deepEqual(new Set(inside.namesAt('/d').slice(100)), new Set(names('e', 100)));
  });

  it('is over when it is not wanted any more: what waited for a retry is cancelled', async () => {
    const d = makeDestination('d', ['/d'], { retries: 5, backoffMs: [60_000] });
    const inside = await Inside.start([d]);
    await inside.append(names('e', 3));
    inside.behave('/d', 500, 200);
    const slice = await sliceOf(inside, d);
    await begin(inside, d, slice);
    assert.deepEqual(await standing(inside, slice), [false, progressOf({ delivered: 2 })]);
    await inside.update([d], []);
    assert.deepEqual((await standing(inside, slice))[1], progressOf({ delivered: 2, cancelled: 1 }));
    assert.deepEqual(inside.finished(), [['cancelled', 'replay_cancelled']]);
  });

  it('sends nothing once it is over, also not what waited at an endpoint that others were using', async () => {
    const d = makeDestination('d', ['/a', '/b'], { concurrency: 1 });
    const inside = await Inside.start([d]);
    await inside.append(['old']);
    inside.behave('/a', 500);
    inside.behave('/b', 'hang', 200);
    await inside.append(['new']);
    await begin(inside, d, await sliceOf(inside, d, { upTo: 1 }));
    await inside.ambient.advance(100);
    const before = inside.namesAt('/b').length;
    await inside.update([d], []);
    await inside.release('/b');
    await passSeconds(inside, 5);
    const replayed = inside.sent.filter(({ target, url }) => url === '/b' && target.replay !== null);
    assert.deepEqual([before, replayed.length], [2, 0]);
  });

  it('has a lane for each endpoint with success at every, and none for one that came later', async () => {
    const every = { success: 'every' } as const;
    const d = makeDestination('d', ['/a', '/b'], every);
    const inside = await Inside.start([d]);
    await inside.append(names('e', 3));
    const slice = await sliceOf(inside, d);
    await begin(inside, makeDestination('d', ['/a', '/b', '/c'], every), slice);
    assert.deepEqual(
      ['/a', '/b', '/c'].map((url) => inside.namesAt(url).length),
      [6, 6, 0],
    );
    await passSeconds(inside);
    assert.deepEqual(await standing(inside, slice), [true, progressOf({ delivered: 6 })]);
  });

  it('ends when success is changed, and never begins anew in other lanes', async () => {
    const d = makeDestination('d', ['/a', '/b']);
    const inside = await Inside.start([d]);
    await inside.append(names('e', 3));
    inside.behave('/a', 'hang');
    inside.behave('/b', 'hang');
    const slice = await sliceOf(inside, d);
    await begin(inside, d, slice);
    await inside.ambient.advance(6_000);
    const changed = inside.update([makeDestination('d', ['/a', '/b'], { success: 'every' })], [slice]);
    await inside.release('/a');
    await inside.release('/b');
    await passSeconds(inside);
    await changed;
    const sent = inside.sent.length;
    await passSeconds(inside, 30);
    assert.equal(inside.sent.length, sent);
  });

  it('counts as expired what the log had to forget before it was sent', async () => {
    const d = makeDestination('d', ['/d']);
    const inside = await Inside.start([d]);
    await inside.append(names('e', 20));
    const slice = await sliceOf(inside, d, { ratePerSecond: 1 });
    await begin(inside, d, slice);
    await inside.dispatcher.expire(11);
    await inside.settle();
    const [, { delivered, expired }] = await standing(inside, slice);
    assert.deepEqual([delivered, expired], [1, 9]);
  });

  it('counts for nothing that its destination is owed', async () => {
    const d = makeDestination('d', ['/d']);
    const inside = await Inside.start([d]);
    await inside.append(names('e', 50));
    await begin(inside, d, await sliceOf(inside, d, { ratePerSecond: 1 }));
    const [status] = await inside.dispatcher.status();
    assert.deepEqual([status?.waiting, status?.endpoints.length], [0, 1]);
  });
});
