import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesByDay, DAY_MS } from './disk.ts';

describe('bytes by day', () => {
  it('are added up, oldest day first', () => {
    const days = bytesByDay([
      { fromMs: 5 * DAY_MS, toMs: 5 * DAY_MS + 10, bytes: 7 },
      { fromMs: 2 * DAY_MS, toMs: 3 * DAY_MS - 1, bytes: 3 },
      { fromMs: 5 * DAY_MS + 20, toMs: 5 * DAY_MS + 30, bytes: 1 },
    ]);
    assert.deepEqual(days, [
      { day: 2, bytes: 3 },
      { day: 5, bytes: 8 },
    ]);
  });

  it('are shared over midnight by how long it was on either side', () => {
    const days = bytesByDay([{ fromMs: 2 * DAY_MS - 1_000, toMs: 2 * DAY_MS + 3_000, bytes: 400 }]);
    assert.deepEqual(days, [
      { day: 1, bytes: 100 },
      { day: 2, bytes: 300 },
    ]);
  });

  it('are of one day when all came at once, or the clock was set back meanwhile', () => {
    assert.deepEqual(bytesByDay([{ fromMs: DAY_MS, toMs: DAY_MS, bytes: 9 }]), [{ day: 1, bytes: 9 }]);
    assert.deepEqual(bytesByDay([{ fromMs: 3 * DAY_MS, toMs: DAY_MS, bytes: 9 }]), [{ day: 1, bytes: 9 }]);
  });
});
