import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';

describe('an update', () => {
  const hanging = makeDestination('hanging', ['/hanging']);

  it('opens what is new while a changed destination still has attempts in flight', async () => {
    const inside = await Inside.start([hanging]);
    inside.behave('/hanging', 'hang');
    await inside.append(['first']);
    const updated = inside.update([{ ...hanging, name: 'changed' }, makeDestination('new', ['/new'])]);
    await inside.append(['second']);
    assert.deepEqual([inside.namesAt('/hanging'), inside.namesAt('/new')], [['first'], ['second']]);
    inside.behave('/hanging', 200);
    await inside.release('/hanging');
    await inside.settle();
    await updated;
    await inside.settle();
    assert.deepEqual(inside.namesAt('/hanging'), ['first', 'second']);
  });

  describe('behind one that waits for an attempt', () => {
    const added = makeDestination('added', ['/added']);
    const disabled = { ...hanging, enabled: false };

    async function openBehind(...changed: Parameters<Inside['update']>): Promise<Inside> {
      const inside = await Inside.start([hanging]);
      inside.behave('/hanging', 'hang');
      await inside.append(['first']);
      void inside.update(...changed);
      await inside.settle();
      return inside;
    }

    it('has new destinations flow at once, and keeps them when the other one ends', async () => {
      const inside = await openBehind([disabled]);
      const { isSafe, finished } = await inside.begin([disabled, added]);
      assert.equal(isSafe, true);
      await inside.append(['second']);
      assert.deepEqual(inside.namesAt('/added'), ['second']);
      await inside.release('/hanging');
      await inside.settle();
      await finished;
      await inside.append(['third']);
      assert.deepEqual(inside.namesAt('/added'), ['second', 'third']);
      assert.deepEqual([...(await inside.store.floors()).keys()], ['added']);
    });

    it('takes nothing from new destinations when the process is killed', async () => {
      const inside = await openBehind([disabled]);
      assert.equal((await inside.begin([disabled, added])).isSafe, true);
      inside.behave('/added', 'hang');
      await inside.append(['second']);
      inside.behave('/added', 200);
      await inside.crash([disabled, added]);
      await inside.ambient.advance(60_000);
      assert.deepEqual(inside.namesAt('/added').slice(-1), ['second']);
    });

    it('begins no attempt by settings of before, nor by those that were asked for between', async () => {
      const at = (path: string) => makeDestination('hanging', [path]);
      const inside = await openBehind([at('/between')]);
      const { isSafe, finished } = await inside.begin([at('/newest')]);
      assert.equal(isSafe, true);
      await inside.append(['second']);
      await inside.release('/hanging');
      await inside.settle();
      await finished;
      await inside.append(['third']);
      assert.deepEqual(
        inside.sent.map(({ url }) => url),
        ['/hanging', '/newest', '/newest'],
      );
      assert.deepEqual(inside.namesAt('/newest'), ['second', 'third']);
    });

    it('is not safe for what was disabled and is enabled again before it has ended', async () => {
      const inside = await openBehind([disabled]);
      await inside.append(['while off']);
      const { isSafe, finished } = await inside.begin([hanging]);
      assert.equal(isSafe, false);
      inside.behave('/hanging', 200);
      await inside.release('/hanging');
      await inside.settle();
      await finished;
      await inside.append(['on again']);
      assert.deepEqual(inside.namesAt('/hanging'), ['first', 'on again']);
    });

    it('has the store know of a new endpoint of a destination that changes', async () => {
      const every = (...paths: string[]) => makeDestination('every', paths, { success: 'every' });
      const inside = await Inside.start([every('/a')]);
      inside.behave('/a', 'hang');
      await inside.append(['first']);
      assert.equal((await inside.begin([{ ...every('/a', '/b'), name: 'changed' }])).isSafe, true);
      await inside.append(['second']);
      await inside.crash([{ ...every('/a', '/b'), name: 'changed' }]);
      await inside.ambient.advance(60_000);
      assert.deepEqual(inside.namesAt('/b'), ['second']);
    });
  });

  it('is neither safe nor finished once it stops: the next start begins where it finds the log', async () => {
    const inside = await Inside.start([hanging]);
    const stopped = inside.dispatcher.stop(1_000);
    const { isSafe, finished } = await inside.begin([hanging, makeDestination('late', ['/late'])]);
    assert.deepEqual([isSafe, await finished], [false, false]);
    await inside.settle();
    await stopped;
    assert.deepEqual(inside.failures, []);
  });

  it('does not hold up a stop', async () => {
    const inside = await Inside.start([hanging]);
    inside.behave('/hanging', 'hang');
    await inside.append(['first']);
    void inside.update([makeDestination('new', ['/new'])]);
    await inside.settle();
    const stopped = inside.dispatcher.stop(1_000);
    await inside.ambient.advance(1_100);
    await stopped;
    await inside.release('/hanging');
    await inside.settle();
    assert.deepEqual(inside.failures, []);
  });
});
