import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import type { Destination } from '../domain/destination.ts';
import { replayLanesOf } from '../domain/lane-plan.ts';
import type { ReplaySlice } from '../domain/replay.ts';

const HOUR_MS = 3_600_000;

async function act(inside: Inside, verb: 'pause' | 'resume', url: string | null = null): Promise<readonly string[]> {
  const answered = inside.dispatcher[verb]('d', url);
  await inside.settle();
  return answered;
}

async function standings(inside: Inside): Promise<readonly string[]> {
  const [status] = await inside.dispatcher.status();
  return status!.endpoints.map(({ url, state, reason }) => `${url} ${state} ${reason ?? ''}`.trim());
}

async function update(inside: Inside, ...destinations: readonly Destination[]): Promise<void> {
  const updated = inside.update(destinations);
  await inside.settle();
  await updated;
  await inside.settle();
}

describe('a pause by an operator', () => {
  it('has events wait at no cost, lets what is in flight end, and ends when he says so', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 'hang', 200);
    await inside.append(['in flight']);
    assert.deepEqual(await act(inside, 'pause'), ['/d']);
    await inside.append(['one', 'two']);
    await inside.release('/d');
    await inside.ambient.advance(HOUR_MS);
    assert.deepEqual(inside.namesAt('/d'), ['in flight']);
    assert.deepEqual(await standings(inside), ['/d paused operator']);
    const [status] = await inside.dispatcher.status();
    assert.deepEqual([status?.waiting, status?.parked, status?.inFlight], [2, 0, 0]);
    assert.deepEqual(inside.rows('select * from parked'), [], 'they wait in the log');
    assert.deepEqual(await act(inside, 'resume'), ['/d']);
    assert.deepEqual(inside.namesAt('/d'), ['in flight', 'one', 'two']);
    assert.deepEqual(await standings(inside), ['/d open']);
  });

  it('holds over a crash and a stop, with when it began', async () => {
    const destination = makeDestination('d', ['/d']);
    const inside = await Inside.start([destination]);
    await act(inside, 'pause');
    const { sinceMs } = (await inside.dispatcher.status())[0]!.endpoints[0]!;
    await inside.crash([destination]);
    await inside.append(['waits']);
    await inside.ambient.advance(HOUR_MS);
    const stopped = inside.dispatcher.stop(1_000);
    await inside.settle();
    await stopped;
    await inside.startDispatcher([destination]);
    await inside.ambient.advance(HOUR_MS);
    assert.deepEqual(inside.namesAt('/d'), []);
    assert.equal((await inside.dispatcher.status())[0]!.endpoints[0]!.sinceMs, sinceMs);
    await act(inside, 'resume');
    assert.deepEqual(inside.namesAt('/d'), ['waits']);
    await inside.crash([destination]);
    assert.deepEqual(await standings(inside), ['/d open']);
  });

  it('of one endpoint leaves the others to carry on', async () => {
    for (const success of ['any', 'every'] as const) {
      const inside = await Inside.start([makeDestination('d', ['/a', '/b'], { success })]);
      assert.deepEqual(await act(inside, 'pause', '/a'), ['/a']);
      await inside.append(['one', 'two']);
      assert.deepEqual([inside.namesAt('/a'), inside.namesAt('/b')], [[], ['one', 'two']]);
      assert.deepEqual(await act(inside, 'resume', '/b'), [], 'it is not paused');
      assert.deepEqual(await act(inside, 'resume', '/a'), ['/a']);
      assert.deepEqual(inside.namesAt('/a'), success === 'any' ? [] : ['one', 'two']);
    }
  });

  it('has no attempt wait at its gate whose event another endpoint can have', async () => {
    const inside = await Inside.start([makeDestination('d', ['/a', '/b'], { concurrency: 1, retries: 0 })]);
    inside.behave('/a', 'hang');
    inside.behave('/b', 500);
    await inside.append(['first', 'second']);
    assert.deepEqual(inside.died, [], 'both wait for /a');
    await act(inside, 'pause', '/a');
    assert.equal(inside.died.length, 1, 'the second, which waited there');
    await inside.release('/a');
    assert.equal(inside.died.length, 1, 'the first was taken');
  });

  it('has retries wait, and a batch that gathers', async () => {
    const inside = await Inside.start([
      makeDestination('d', ['/d'], { batch: { maxEvents: 10, maxBytes: 65_536, maxWaitMs: 5_000 } }),
    ]);
    inside.behave('/d', 500, 200);
    await inside.append(['one']);
    await inside.ambient.advance(5_100);
    assert.deepEqual(inside.namesAt('/d'), ['one']);
    await inside.append(['two']);
    await act(inside, 'pause');
    await inside.ambient.advance(HOUR_MS);
    assert.deepEqual(inside.namesAt('/d'), ['one']);
    await act(inside, 'resume');
    await inside.ambient.advance(6_000);
    assert.deepEqual(inside.namesAt('/d').toSorted(), ['one', 'one', 'two']);
  });

  it('has replays wait too', async () => {
    const destination = makeDestination('d', ['/d']);
    const inside = await Inside.start([destination]);
    const [position = 0] = await inside.append(['one']);
    await act(inside, 'pause');
    const slice: ReplaySlice = {
      ...{ id: 'rpl_1', destination: 'd', sources: ['web'], after: 0, upTo: position, query: {}, positions: null },
      ...{ ratePerSecond: null, isPaused: false, lanes: ['d@rpl_1'] },
    };
    assert.equal(replayLanesOf(destination, slice).length, 1);
    const updated = inside.update([destination], [slice]);
    await inside.ambient.advance(HOUR_MS);
    await updated;
    assert.deepEqual(inside.namesAt('/d'), ['one']);
    await act(inside, 'resume');
    assert.deepEqual(inside.namesAt('/d'), ['one', 'one']);
  });

  it('is no mistake where it is paused already, which stays so for its first reason', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 410, 200);
    await inside.append(['gone']);
    assert.deepEqual(await act(inside, 'pause'), ['/d']);
    assert.deepEqual(await act(inside, 'pause'), ['/d']);
    assert.deepEqual(await standings(inside), ['/d paused http_410']);
    assert.deepEqual(inside.rows('select reason from paused'), [{ reason: 'http_410' }]);
    assert.deepEqual(await act(inside, 'resume'), ['/d']);
    assert.deepEqual(await act(inside, 'resume'), []);
  });

  it('is over with its endpoint or its destination, and knows none of what there is not', async () => {
    const destination = makeDestination('d', ['/a', '/b']);
    const inside = await Inside.start([destination]);
    assert.deepEqual(await act(inside, 'pause', '/none'), []);
    await act(inside, 'pause');
    await update(inside, makeDestination('d', ['/b']));
    await update(inside, destination);
    assert.deepEqual(await standings(inside), ['/a open', '/b paused operator']);
    await update(inside, { ...destination, enabled: false });
    assert.deepEqual(await act(inside, 'pause'), []);
    await update(inside, destination);
    assert.deepEqual(await standings(inside), ['/a open', '/b open']);
  });

  it('holds where it is asked for between two changes, of which the second has its endpoint again', async () => {
    const destination = makeDestination('d', ['/a', '/b']);
    const changes = [makeDestination('d', ['/b']), destination].map((each) => ({ destinations: [each] }));
    for (const isPausedBefore of [true, false]) {
      const inside = await Inside.start([destination]);
      if (isPausedBefore) await act(inside, 'pause', '/a');
      for (const change of changes) await inside.dispatcher.begin(change);
      if (!isPausedBefore) await act(inside, 'pause', '/a');
      for (const change of changes) {
        const finished = inside.dispatcher.finish(change);
        await inside.settle();
        await finished;
      }
      assert.deepEqual(await standings(inside), [isPausedBefore ? '/a open' : '/a paused operator', '/b open']);
    }
  });

  it('is refused where it cannot be noted, and then nothing is paused', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.store.pause = async () => Promise.reject(new Error('no room'));
    await assert.rejects(inside.dispatcher.pause('d', null), /no room/);
    assert.deepEqual(await standings(inside), ['/d open']);
  });
});
