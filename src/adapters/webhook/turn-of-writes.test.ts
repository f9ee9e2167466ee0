import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import { TurnOfWrites } from './turn-of-writes.ts';

function scene() {
  const ambient = new SimulatedAmbient();
  const writes = new TurnOfWrites(ambient);
  const written: string[] = [];
  const add = (name: string, then: () => void = () => undefined): void => {
    writes.add({
      write: () => {
        written.push(name);
        then();
      },
    });
  };
  return { ambient, written, add };
}

describe('a turn of writes', () => {
  it('is written when it ends, in order, and once', async () => {
    const { ambient, written, add } = scene();
    for (const name of ['a', 'b', 'c']) add(name);
    assert.deepEqual(written, []);
    await ambient.advance(0);
    assert.deepEqual(written, ['a', 'b', 'c']);
    await ambient.advance(0);
    assert.deepEqual(written, ['a', 'b', 'c']);
  });

  it('leaves what comes while it is written to the next one', async () => {
    const { ambient, written, add } = scene();
    add('a', () => {
      add('c');
      assert.deepEqual(written, ['a']);
    });
    add('b');
    await ambient.advance(0);
    assert.deepEqual(written, ['a', 'b', 'c']);
  });
});
