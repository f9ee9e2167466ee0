import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openSqliteRefusalStore } from '../adapters/sql/refusal-store.ts';
import { SluiceError } from '../domain/errors.ts';
import type { RefusalStore } from '../ports/refusal-store.ts';
import type { Refusal } from '../ports/telemetry.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { RefusalRecorder } from './record-refusals.ts';

/** A recorder over a store in memory, which a test can make slow or full. */
function makeBench() {
  const ambient = new SimulatedAmbient();
  const store = openSqliteRefusalStore({ file: ':memory:' });
  const troubles: [string, Readonly<Record<string, unknown>>][] = [];
  const failures: unknown[] = [];
  const disk: { error: Error | null; waits: Promise<undefined> | null; writes: number } = {
    ...{ error: null, waits: null, writes: 0 },
  };
  const guarded: Pick<RefusalStore, 'record'> = {
    record: async (...asked) => {
      disk.writes++;
      await disk.waits;
      if (disk.error !== null) throw disk.error;
      await store.record(...asked);
    },
  };
  const recorder = new RefusalRecorder({
    ...{ store: guarded, ambient },
    telemetry: { trouble: (...told) => void troubles.push(told) },
    onFailure: (error) => void failures.push(error),
  });
  const refuse = (times: number, given: Partial<Refusal> = {}): void => {
    for (let time = 0; time < times; time++) recorder.refused({ ...REFUSAL, atMs: ambient.nowMs(), ...given });
  };
  const samples = async (): Promise<number> => (await store.list({}, 99_999)).length;
  const total = async (): Promise<number> =>
    (await store.counts({}, 1, 99_999)).reduce((sum, { count }) => sum + count, 0);
  return { ambient, recorder, store, disk, troubles, failures, refuse, samples, total };
}

const REFUSAL: Refusal = {
  atMs: 0,
  source: 'website',
  reason: 'event_not_defined',
  type: 'track',
  message: 'a track call needs `event`',
  count: 1,
  route: 'track',
  writeKey: 'wk_website',
  subject: { userId: 'u' },
};

describe('what is refused', () => {
  it('is written a second later, all of it at once', async () => {
    const { ambient, refuse, disk, samples, total } = makeBench();
    refuse(2);
    refuse(1, { source: null, reason: 'unknown_source', count: 2_501 });
    await ambient.advance(999);
    assert.equal(disk.writes, 0);
    await ambient.advance(1);
    assert.deepEqual([disk.writes, await samples(), await total()], [1, 3, 2_503]);
    await ambient.advance(60_000);
    assert.equal(disk.writes, 1);
  });

  it('is written at a stop', async () => {
    const { ambient, recorder, refuse, samples, total } = makeBench();
    refuse(2);
    await recorder.stop();
    assert.deepEqual([await samples(), await total(), ambient.nextTimerMs], [2, 2, null]);
  });

  it('is counted by minute, source, reason and type', async () => {
    const { ambient, refuse, store } = makeBench();
    refuse(2);
    refuse(1, { type: null });
    refuse(1, { reason: 'id_required' });
    refuse(1, { source: null });
    refuse(1, { atMs: ambient.nowMs() + 60_000 });
    await ambient.advance(1_000);
    assert.deepEqual(
      (await store.counts({}, 1, 99)).map(({ count }) => count),
      [1, 1, 2, 1, 1],
    );
  });
});

describe('a flood of refused calls', () => {
  it('is counted whole, and sampled a few times a second', async () => {
    const { ambient, refuse, samples, total } = makeBench();
    for (let second = 1; second <= 3; second++) {
      refuse(10_000);
      await ambient.advance(1_000);
      assert.deepEqual([await samples(), await total()], [3 * second, 10_000 * second]);
    }
  });

  it('by one source leaves room for the samples of others', async () => {
    const { ambient, refuse, samples, store } = makeBench();
    for (let reason = 0; reason < 30; reason++) refuse(10, { source: null, reason: `r${reason}` });
    refuse(5);
    await ambient.advance(1_000);
    assert.equal((await store.list({ source: null }, 99)).length, 10);
    assert.equal((await store.list({ source: 'website' }, 99)).length, 3);
    for (let source = 0; source < 100; source++) refuse(1, { source: `s${source}` });
    await ambient.advance(1_000);
    assert.equal(await samples(), 33);
  });

  it('of calls that were not taken for a reason of ours is counted alone: they come again', async () => {
    const { ambient, refuse, samples, total } = makeBench();
    for (const reason of ['log_full', 'log_busy', 'internal']) refuse(1, { reason });
    await ambient.advance(1_000);
    assert.deepEqual([await samples(), await total()], [0, 3]);
  });
});

describe('a full disk', () => {
  const full = new SluiceError('store_full');

  it('costs samples and no counts, and is told once', async () => {
    const { ambient, refuse, disk, troubles, failures, samples, total } = makeBench();
    disk.error = full;
    for (let second = 0; second < 5; second++) {
      refuse(7);
      await ambient.advance(1_000);
    }
    assert.deepEqual(
      troubles.map(([what]) => what),
      ['refused calls cannot be kept'],
    );
    disk.error = null;
    refuse(1);
    await ambient.advance(1_000);
    assert.deepEqual([await samples(), await total()], [1, 36]);
    assert.deepEqual(troubles[1], ['refused calls are kept again', { samplesLost: 15, callsLost: 0 }]);
    assert.deepEqual(failures, []);
  });

  it('is no reason to fail at a stop', async () => {
    const { recorder, refuse, disk, failures } = makeBench();
    disk.error = full;
    refuse(1);
    await recorder.stop();
    assert.deepEqual(failures, []);
  });

  it('keeps no more counts waiting than have room, and counts what is left out', async () => {
    const { ambient, refuse, disk, troubles, total } = makeBench();
    disk.error = full;
    for (let source = 0; source < 10_005; source++) refuse(1, { source: `s${source}` });
    await ambient.advance(1_000);
    disk.error = null;
    refuse(1, { source: 's0' });
    await ambient.advance(1_000);
    assert.equal(await total(), 10_001);
    assert.deepEqual(troubles[1]?.[1], { samplesLost: 20, callsLost: 5 });
  });
});

describe('a slow store', () => {
  it('has one write at a time, and the next takes what came meanwhile', async () => {
    const { ambient, refuse, disk, samples, total } = makeBench();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    disk.waits = promise;
    refuse(1);
    await ambient.advance(1_000);
    for (let second = 0; second < 5; second++) {
      refuse(1_000);
      await ambient.advance(1_000);
    }
    assert.equal(disk.writes, 1);
    resolve(undefined);
    await ambient.advance(1_000);
    assert.deepEqual([disk.writes, await samples(), await total()], [2, 4, 5_001]);
  });

  it('that fails otherwise is handed on', async () => {
    const { ambient, refuse, disk, failures } = makeBench();
    const bug = new RangeError('a bug');
    disk.error = bug;
    refuse(1);
    await ambient.advance(1_000);
    assert.deepEqual(failures, [bug]);
  });
});
