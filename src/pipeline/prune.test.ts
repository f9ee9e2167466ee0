import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent } from '../../test/support/reports.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { openSqliteEventLog } from '../adapters/sql/sqlite-event-log.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Position } from '../domain/event.ts';
import { Pruner } from './prune.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A log with a segment for each event, and one event for each hour that passed until now. */
async function openPruner({
  ageMs = 3 * HOUR_MS,
  bytes = null as number | null,
  historyBytes = null as number | null,
  hours = 6,
} = {}) {
  const ambient = new SimulatedAmbient();
  const failures: unknown[] = [];
  const onFailure = (error: unknown): void => void failures.push(error);
  const log = await openSqliteEventLog({ folder: ':memory:', ambient, limits: { segmentBytesMax: 1 }, onFailure });
  const append = async (): Promise<void> => {
    const body = JSON.stringify('x'.repeat(100_000));
    await log.append([makeEvent({ messageId: ambient.uuid(), receivedAtMs: ambient.nowMs(), body })]);
  };
  for (let hour = 0; hour < hours; hour += 1) {
    await append();
    await ambient.advance(HOUR_MS);
  }
  const lanes = {
    asked: [] as Position[],
    allowed: Infinity,
    historyBefore: [] as number[],
    trouble: null as SluiceError | null,
    expire: async (before: Position) => {
      lanes.asked.push(before);
      if (lanes.trouble !== null) throw lanes.trouble;
      return Promise.resolve(Math.min(before, lanes.allowed));
    },
  };
  const history = {
    ageMs: 10 * HOUR_MS,
    bytes: historyBytes,
    prune: async ({ beforeMs }: { readonly beforeMs: number }) => {
      lanes.historyBefore.push(beforeMs);
      return Promise.resolve();
    },
  };
  const troubles: string[] = [];
  const quiet = (): undefined => undefined;
  const telemetry = {
    ...{
      accepted: quiet,
      refused: quiet,
      attempted: quiet,
      died: quiet,
      expired: quiet,
      filtered: quiet,
      endpointChanged: quiet,
    },
    trouble: (what: string) => void troubles.push(what),
  };
  const retention = { ageMs, bytes };
  const pruner = new Pruner({ log, lanes, retention, others: [history], ambient, telemetry, onFailure });
  pruner.start();
  const first = async (): Promise<Position> => (await log.extent()).first;
  return { pruner, log, lanes, ambient, troubles, failures, first, append };
}

describe('pruning', () => {
  it('forgets what is older than its retention, once lanes have let go of it', async () => {
    const { ambient, lanes, first } = await openPruner();
    await ambient.advance(11 * MINUTE_MS);
    // Received 6, 5, 4 hours ago, and a little; 3 hours ago and a little.
    assert.equal(await first(), 5);
    assert.deepEqual(lanes.asked.slice(0, 1), [5]);
    await ambient.advance(HOUR_MS);
    assert.equal(await first(), 6);
  });

  it('forgets the oldest of what is more than its size, at once', async () => {
    const { ambient, log, first } = await openPruner({ ageMs: 1_000 * HOUR_MS, bytes: 450_000 });
    await ambient.advance(MINUTE_MS);
    assert.ok((await log.extent()).bytes <= 450_000);
    assert.equal(await first(), 4);
  });

  it('forgets no further than lanes allow, and asks again soon', async () => {
    const { ambient, lanes, first } = await openPruner();
    lanes.allowed = 3;
    await ambient.advance(11 * MINUTE_MS);
    assert.equal(await first(), 3);
    lanes.allowed = Infinity;
    await ambient.advance(1_000);
    assert.equal(await first(), 5);
    const asked = lanes.asked.length;
    await ambient.advance(MINUTE_MS / 2);
    assert.equal(lanes.asked.length, asked, 'nothing more to forget');
  });

  it('forgets nothing by age until the clock has been steady for ten minutes', async () => {
    const { ambient, lanes, troubles, first } = await openPruner();
    await ambient.advance(9 * MINUTE_MS);
    assert.equal(await first(), 1);
    ambient.jump(HOUR_MS);
    await ambient.advance(9 * MINUTE_MS);
    assert.equal(await first(), 1);
    assert.match(troubles.join(), /^the clock was set; nothing is forgotten by age for a while$/);
    ambient.jump(-HOUR_MS);
    await ambient.advance(9 * MINUTE_MS);
    assert.deepEqual([await first(), lanes.historyBefore.length], [1, 0]);
    await ambient.advance(3 * MINUTE_MS);
    assert.equal(await first(), 5);
  });

  it('forgets by its own age what else is kept', async () => {
    const { ambient, lanes } = await openPruner();
    await ambient.advance(10 * MINUTE_MS);
    assert.deepEqual(lanes.historyBefore, [ambient.nowMs() - 10 * HOUR_MS]);
  });

  it('forgets at once what else is more than its size', async () => {
    const { ambient, lanes } = await openPruner({ historyBytes: 100 });
    await ambient.advance(MINUTE_MS);
    assert.deepEqual(lanes.historyBefore, [-Infinity]);
    await ambient.advance(MINUTE_MS);
    assert.equal(lanes.historyBefore.length, 2);
  });

  it('looks at the log every ten seconds', async () => {
    const { ambient, lanes, append } = await openPruner({ ageMs: 1_000 * HOUR_MS, bytes: 450_000 });
    await ambient.advance(10_000);
    assert.deepEqual(lanes.asked, [4]);
    await append();
    await ambient.advance(10_000);
    assert.deepEqual(lanes.asked, [4, 5]);
  });

  it('goes on when the disk has no room to note what is forgotten', async () => {
    const { ambient, lanes, troubles, failures, first } = await openPruner();
    lanes.trouble = new SluiceError('store_full');
    await ambient.advance(11 * MINUTE_MS);
    assert.equal(await first(), 1);
    assert.match(troubles[0] ?? '', /cannot prune; trying again in a minute/);
    lanes.trouble = null;
    await ambient.advance(MINUTE_MS);
    assert.equal(await first(), 5);
    assert.deepEqual(failures, []);
  });

  it('ends when it is stopped', async () => {
    const { ambient, pruner, lanes } = await openPruner();
    await pruner.stop();
    await ambient.advance(HOUR_MS);
    assert.deepEqual(lanes.asked, []);
  });
});
