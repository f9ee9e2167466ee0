import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DayBytes } from '../domain/disk.ts';
import { measureDisk } from './measure-disk.ts';

const use = (bytes: number, ...days: DayBytes[]) => ({ bytes, unusedBytes: 1, days });
const retention = {
  log: { ageMs: 7, bytes: 100 },
  history: { ageMs: 30, bytes: null },
  refused: { ageMs: 7, bytes: null },
};

describe('what the data takes', () => {
  it('is told by part with its limits, and by day with every part', async () => {
    const disk = { freeBytes: 9, reserveBytes: 1, isFull: false };
    const report = await measureDisk({
      retention,
      disk: async () => Promise.resolve(disk),
      past: async () =>
        Promise.resolve({
          log: use(50, { day: 3, bytes: 20 }, { day: 4, bytes: 30 }),
          history: use(10, { day: 1, bytes: 10 }),
          indexBytes: 2,
        }),
      refused: async () => Promise.resolve(use(5, { day: 4, bytes: 4 })),
      lanes: async () =>
        Promise.resolve([
          { destination: 'crm', expired: 0 },
          { destination: 'ads', expired: 8 },
        ]),
    });
    assert.deepEqual(report, {
      disk,
      parts: {
        log: { bytes: 50, unusedBytes: 1, limit: retention.log },
        history: { bytes: 10, unusedBytes: 1, limit: retention.history },
        refused: { bytes: 5, unusedBytes: 1, limit: retention.refused },
      },
      indexBytes: 2,
      expired: [{ destination: 'ads', events: 8 }],
      days: [
        { day: 1, log: 0, history: 10, refused: 0 },
        { day: 3, log: 20, history: 0, refused: 0 },
        { day: 4, log: 30, history: 0, refused: 4 },
      ],
    });
  });
});
