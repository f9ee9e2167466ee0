import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DiskReserve } from './disk-reserve.ts';

const MIB = 1024 * 1024;

function makeDisk(freeBytes: number | null) {
  const disk = { free: freeBytes, looks: 0, probes: 0 };
  const room = {
    freeBytes: () => {
      disk.looks += 1;
      return disk.free;
    },
    hasRoom: (bytes: number) => {
      disk.probes += 1;
      return (disk.free ?? Infinity) >= bytes;
    },
  };
  return { disk, room };
}

describe('the disk reserve', () => {
  it('admits a commit that leaves the reserve, and refuses one that does not, with what is free', () => {
    const { disk, room } = makeDisk(20 * MIB);
    const reserve = new DiskReserve(room, 16 * MIB);
    reserve.admit(4 * MIB);
    const refuse = (): void => {
      reserve.admit(4 * MIB + 1);
    };
    assert.throws(refuse, { code: 'log_full', details: { free: '20.0 MiB', reserve: '16.0 MiB' } });
    assert.equal(reserve.state.isFull, true);
    assert.equal(disk.probes, 0);
  });

  it('looks before each commit, so that no burst eats it', () => {
    const { disk, room } = makeDisk(100 * MIB);
    const reserve = new DiskReserve(room, 16 * MIB);
    const before = disk.looks;
    for (let commit = 0; commit < 10; commit++) reserve.admit(1);
    assert.equal(disk.looks - before, 10);
  });

  it('admits again only when a part of it more is free', () => {
    const { disk, room } = makeDisk(10 * MIB);
    const reserve = new DiskReserve(room, 16 * MIB);
    const admit = (): void => {
      reserve.admit(0);
    };
    assert.throws(admit, { code: 'log_full' });
    disk.free = 16.5 * MIB;
    assert.throws(admit, { code: 'log_full' });
    disk.free = 17 * MIB;
    admit();
    disk.free = 16 * MIB;
    admit();
    assert.equal(reserve.state.isFull, false);
  });

  it('is not kept where nobody can tell what is free, nor where it is 0', () => {
    for (const [free, bytes] of [
      [null, 16 * MIB],
      [0, 0],
    ] as const) {
      const reserve = new DiskReserve(makeDisk(free).room, bytes);
      reserve.admit(MIB);
      assert.equal(reserve.state.isFull, false);
    }
  });

  it('is full from a write that found no room until there is some to speak of', () => {
    const { disk, room } = makeDisk(0);
    const reserve = new DiskReserve(room, 0);
    reserve.foundNone();
    assert.equal(reserve.state.isFull, true);
    disk.free = 10_000;
    reserve.admit(100);
    reserve.wrote();
    assert.equal(reserve.state.isFull, true);
    disk.free = 2 * MIB;
    assert.equal(reserve.look().isFull, false);
    const { probes } = disk;
    reserve.wrote();
    assert.equal(disk.probes, probes, 'nothing is probed while there is room');
  });
});
