import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { beforeBySize } from './retention.ts';

const MINUTES = [
  { minute: 10, bytes: 100 },
  { minute: 11, bytes: 50 },
  { minute: 20, bytes: 200 },
];

describe('the time before which all goes for a size', () => {
  it('is before all that there is when nothing has to go', () => {
    assert.equal(beforeBySize(MINUTES, 0), -Infinity);
    assert.equal(beforeBySize(MINUTES, -1), -Infinity);
    assert.equal(beforeBySize([], 1), -Infinity);
  });

  it('is the end of the last minute that has to go', () => {
    assert.equal(beforeBySize(MINUTES, 1), 11 * 60_000);
    assert.equal(beforeBySize(MINUTES, 100), 11 * 60_000);
    assert.equal(beforeBySize(MINUTES, 101), 12 * 60_000);
    assert.equal(beforeBySize(MINUTES, 350), 21 * 60_000);
  });
});
