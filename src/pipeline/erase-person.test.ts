import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANN, event, openErasing as open } from '../../test/support/erasing.ts';
import { SluiceError } from '../domain/errors.ts';

describe('an erasure', () => {
  it('erases the events of a person under each of their ids, and nobody else', async (context) => {
    const { log, eraser, steps, bodies, until } = await open(context);
    const ids = [
      { userId: 'ann' },
      { userId: 'bob', anonymousId: 'ann' },
      { userId: 'annabel' },
      { anonymousId: 'x', previousId: 'ann' },
      { userId: 'bob', properties: { userId: 'ann' } },
    ];
    const positions = await log.append(ids.map((each, number) => event(number, each)));
    const end = await until(await eraser.ask(ANN), 'finished');
    assert.deepEqual([end.found, end.erased, end.refused], [3, 3, 2]);
    assert.deepEqual(await bodies(positions), [false, false, true, false, true]);
    assert.deepEqual(steps, ['replays ann', 'log 3', 'lanes 3', 'refusals ann']);
  });

  it('goes through many in steps, and finishes without any', async (context) => {
    const { log, eraser, steps, until } = await open(context);
    await log.append(Array.from({ length: 600 }, (_, number) => event(number, { userId: 'ann' })));
    const [ann, nobody] = [await eraser.ask(ANN), await eraser.ask({ ...ANN, person: 'nobody' })];
    assert.equal((await until(nobody, 'finished')).found, 0);
    const end = await until(ann, 'finished');
    assert.deepEqual([end.found, end.erased], [600, 600]);
    assert.ok(steps.filter((step) => step.startsWith('log')).length >= 3);
  });

  it('is made again each second, and told once, while something is in its way', async (context) => {
    const { log, eraser, steps, faults, troubles, until } = await open(context);
    await log.append([event(1, { userId: 'ann' })]);
    faults.set('log', { error: new SluiceError('file_pinned', { file: 'x' }), times: 3 });
    faults.set('lanes', { error: new SluiceError('store_full', {}), times: 1 });
    const end = await until(await eraser.ask(ANN), 'finished');
    assert.deepEqual([end.found, end.erased], [1, 1]);
    assert.deepEqual(steps, ['replays ann', 'log 1', 'lanes 1', 'refusals ann']);
    assert.equal(troubles.length, 2);
  });

  it('goes on where it was after a stop, over what may be half erased too', async (context) => {
    const { log, eraser, makeEraser, steps, faults, bodies, shown, until } = await open(context);
    const positions = await log.append([1, 2, 3].map((number) => event(number, { userId: 'ann' })));
    faults.set('lanes', { error: new SluiceError('store_full', {}), times: Infinity });
    const erasure = await eraser.ask(ANN);
    await until(erasure, 'running');
    for (let turn = 0; turn < 100 && !steps.includes('log 3'); turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    await eraser.stop();
    assert.deepEqual(await bodies(positions), [false, false, false]);
    const half = await shown(erasure);
    assert.deepEqual([half.state, half.found, half.erased], ['running', 3, 0]);
    faults.clear();
    const next = makeEraser();
    next.start();
    const end = await until(erasure, 'finished');
    assert.deepEqual([end.found, end.erased], [3, 3]);
    assert.deepEqual(steps.slice(-4), ['replays ann', 'log 3', 'lanes 3', 'refusals ann']);
    await next.stop();
  });

  it('looks for nothing where the index has not come yet, though it is as far as it knows of', async (context) => {
    const { log, people } = await open(context);
    await log.append([event(1, { userId: 'ann' })]);
    const { end } = await log.extent();
    const ask = { person: 'ann', withErased: false };
    assert.equal(await people.find({ ...ask, before: end + 2 }), null);
    assert.equal((await people.find({ ...ask, before: end + 1 }))?.positions.length, 1);
  });
});
