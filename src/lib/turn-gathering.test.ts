import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { TurnGathering } from './turn-gathering.ts';

function scene(then: (gathering: TurnGathering<string>, items: readonly string[]) => void = () => undefined) {
  const ambient = new SimulatedAmbient();
  const taken: (readonly string[])[] = [];
  const gathering: TurnGathering<string> = new TurnGathering(ambient, (items) => {
    taken.push(items);
    then(gathering, items);
  });
  return { ambient, taken, gathering };
}

describe('what is gathered in a turn', () => {
  it('is handed over when it ends, in order, and once', async () => {
    const { ambient, taken, gathering } = scene();
    for (const name of ['a', 'b', 'c']) gathering.open().push(name);
    assert.deepEqual(taken, []);
    await ambient.advance(0);
    assert.deepEqual(taken, [['a', 'b', 'c']]);
    await ambient.advance(0);
    assert.deepEqual(taken, [['a', 'b', 'c']]);
  });

  it('leaves what comes while it is handed over to the next turn', async () => {
    const { ambient, taken, gathering } = scene((same, items) => {
      if (items.includes('a')) same.open().push('c');
    });
    gathering.open().push('a', 'b');
    gathering.flush();
    assert.deepEqual(taken, [['a', 'b']]);
    await ambient.advance(0);
    assert.deepEqual(taken, [['a', 'b'], ['c']]);
  });

  it('can be had before it ends, and not again then', async () => {
    const { ambient, taken, gathering } = scene();
    gathering.open().push('a');
    gathering.flush();
    gathering.flush();
    assert.deepEqual(taken, [['a']]);
    gathering.open().push('b');
    await ambient.advance(0);
    assert.deepEqual(taken, [['a'], ['b']]);
  });
});
