import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDiskTeller } from './tell-disk.ts';

const MIB = 1024 * 1024;

describe('what is told of the disk', () => {
  function makeTeller() {
    const told: string[] = [];
    const tell = makeDiskTeller({ trouble: (what) => void told.push(what) });
    return { told, tell };
  }

  it('is once that calls are refused, and once that they are accepted again', () => {
    const { told, tell } = makeTeller();
    const disk = { freeBytes: 10 * MIB, reserveBytes: 20 * MIB };
    for (const isFull of [false, true, true, false, false]) tell({ ...disk, isFull });
    assert.equal(told.length, 2);
    assert.match(told[0] ?? '', /no room for more events/);
    assert.match(told[1] ?? '', /has room again/);
  });

  it('is once that no reserve can be kept', () => {
    const { told, tell } = makeTeller();
    for (let look = 0; look < 3; look++) tell({ freeBytes: null, reserveBytes: MIB, isFull: false });
    assert.deepEqual(told.length, 1);
    assert.match(told[0] ?? '', /does not tell its free space/);
  });
});
