import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { within } from './within.ts';

describe('work within a time', () => {
  it('is answered when it is done, and null when it fails', async () => {
    const ambient = new SimulatedAmbient();
    assert.equal(await within(100, Promise.resolve(7), ambient), 7);
    assert.equal(await within(100, Promise.reject(new Error('broken')), ambient), null);
  });

  it('is answered with null when it takes longer', async () => {
    const ambient = new SimulatedAmbient();
    const answer = within(100, new Promise<number>(() => undefined), ambient);
    await ambient.advance(100);
    assert.equal(await answer, null);
  });
});
