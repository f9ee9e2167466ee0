import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openBench } from '../../test/support/http-bench.ts';
import type { DiskReport } from '../pipeline/measure-disk.ts';

const limit = { ageMs: 3_600_000, bytes: null };
const REPORT: DiskReport = {
  disk: { freeBytes: 900, reserveBytes: 100, isFull: false },
  parts: {
    log: { bytes: 50, unusedBytes: 0, limit: { ageMs: 7_200_000, bytes: 64 } },
    history: { bytes: 20, unusedBytes: 5, limit },
    refused: { bytes: 10, unusedBytes: 0, limit },
  },
  indexBytes: 3,
  expired: [{ destination: 'crm', events: 8 }],
  days: [{ day: 20_454, log: 40, history: 10, refused: 0 }],
};

describe('GET /stats/disk', () => {
  it('tells what is on the disk by day and by part, with the limits', async (context) => {
    const { send } = await openBench(context, { measureDisk: async () => Promise.resolve(REPORT) });
    const answer = await send({ method: 'GET', path: '/api/v1/stats/disk', headers: {}, body: '' });
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.body), {
      data: [{ at: '2026-01-01T00:00:00.000Z', log: 40, history: 10, refused: 0 }],
      next: null,
      parts: {
        log: { bytes: 50, unusedBytes: 0, bytesMax: 64, ageMsMax: 7_200_000 },
        history: { bytes: 20, unusedBytes: 5, bytesMax: null, ageMsMax: 3_600_000 },
        refused: { bytes: 10, unusedBytes: 0, bytesMax: null, ageMsMax: 3_600_000 },
        index: { bytes: 3 },
      },
      expired: [{ destination: 'crm', events: 8 }],
      disk: { freeBytes: 900, reserveBytes: 100, isFull: false },
    });
  });

  it('knows no parameter', async (context) => {
    const { send } = await openBench(context);
    const answer = await send({ method: 'GET', path: '/api/v1/stats/disk?day=1', headers: {}, body: '' });
    assert.equal(answer.status, 400);
  });
});
