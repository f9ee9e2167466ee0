import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { openSqliteDeliveryStore } from '../../src/adapters/sql/delivery-store.ts';
import { newestSchemaOf } from '../../src/adapters/sql/sqlite.ts';
import { DeliveryMemory } from '../support/delivery-memory.ts';
import { deliveryStoreBatchSuite } from './delivery-store-batch.suite.ts';
import { deliveryStoreEraseSuite } from './delivery-store-erase.suite.ts';
import { deliveryStoreHandoverSuite } from './delivery-store-handover.suite.ts';
import { deliveryStoreOrderSuite } from './delivery-store-order.suite.ts';
import { deliveryStorePauseSuite } from './delivery-store-pause.suite.ts';
import { deliveryStoreReplaySuite } from './delivery-store-replay.suite.ts';
import { deliveryStoreSizeSuite } from './delivery-store-size.suite.ts';
import { deliveryStoreStopSuite } from './delivery-store-stop.suite.ts';
import { type DeliveryStoreBackend, deliveryStoreSuite } from './delivery-store.suite.ts';
import { AT_MS as NOW_MS, plainSuccess } from './settlements.ts';

const inMemory: DeliveryStoreBackend = {
  name: 'SQLite in memory',
  place: () => {
    const memory = new DeliveryMemory();
    return {
      open: async (nowMs) => Promise.resolve(memory.open(nowMs)),
      openAsIfKilled: async (nowMs) => {
        memory.kill();
        return Promise.resolve(memory.open(nowMs));
      },
      remove: async () => {
        memory.close();
        return Promise.resolve();
      },
    };
  },
};

const onDisk: DeliveryStoreBackend = {
  name: 'SQLite on disk',
  place: () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-delivery-'));
    let file = join(folder, 'delivery.db');
    return {
      open: async (nowMs) => Promise.resolve(openSqliteDeliveryStore({ file, nowMs })),
      openAsIfKilled: async (nowMs) => {
        const left = join(mkdtempSync(join(folder, 'left-')), 'delivery.db');
        for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, left + suffix);
        file = left;
        return Promise.resolve(openSqliteDeliveryStore({ file, nowMs }));
      },
      remove: async () => {
        rmSync(folder, { recursive: true, force: true });
        return Promise.resolve();
      },
    };
  },
};

for (const backend of [inMemory, onDisk]) {
  deliveryStoreSuite(backend);
  deliveryStoreSizeSuite(backend);
  deliveryStoreStopSuite(backend);
  deliveryStoreHandoverSuite(backend);
  deliveryStoreOrderSuite(backend);
  deliveryStoreReplaySuite(backend);
  deliveryStoreBatchSuite(backend);
  deliveryStoreEraseSuite(backend);
  deliveryStorePauseSuite(backend);
}

describe('the delivery store after a power cut', () => {
  it('has fallen back by whole settlements, to what was synced at least', async () => {
    const memory = new DeliveryMemory();
    const store = memory.open(NOW_MS);
    const [grant] = await store.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
    await store.settle([plainSuccess('crm', grant!.term, [1, 2])]);
    await store.sync();
    await store.settle([plainSuccess('crm', grant!.term, [3])]);
    memory.cutPower();
    const after = memory.open(NOW_MS);
    assert.deepEqual(await after.floors(), new Map([['crm', 2]]));
    const [again] = await after.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
    assert.equal(again!.wasUnclean, true);
    memory.close();
  });

  it('still has a lane that was new, so that what came since is not missed', async () => {
    const memory = new DeliveryMemory();
    await memory.open(NOW_MS).hold('node', [{ lane: 'crm', startAt: 7 }], 30_000);
    memory.cutPower();
    const [grant] = await memory.open(NOW_MS).hold('node', [{ lane: 'crm', startAt: 99 }], 30_000);
    assert.equal(grant!.floor, 7);
    memory.close();
  });
});

describe('the delivery store on disk', () => {
  const rounds = process.env['SLUICE_TEST_LONG'] === '1' ? 40 : 4;

  it(`has every acknowledged settlement, whole, after kill -9 while settling, ${rounds} times over`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-delivery-'));
    const file = join(folder, 'delivery.db');
    let settled = 0;
    for (let round = 1; round <= rounds; round++) {
      const acknowledged = await settleUntilKilled(file, settled, 20 * round);
      const store = openSqliteDeliveryStore({ file, nowMs: 0 });
      const lanes = ['a', 'b'].map((lane) => ({ lane, startAt: 0 }));
      const [a, b] = await store.hold('node', lanes, 1);
      settled = (await store.floors()).get('a')!;
      assert.ok(settled >= acknowledged, `round ${round}: ${settled} are there of ${acknowledged} acknowledged`);
      assert.equal(a!.wasUnclean && b!.wasUnclean, true);
      assert.equal(b!.floor, settled);
      const positions = Array.from({ length: settled }, (_, index) => index + 1);
      const parked = await store.due('b', b!.term, Number.MAX_SAFE_INTEGER, settled + 1);
      assert.deepEqual(new Set(parked.map(({ position }) => position)), new Set(positions));
      await store.close();
      assert.deepEqual(attemptedPositions(file), positions);
    }
    rmSync(folder, { recursive: true });
  });

  it('refuses a file of a newer schema and leaves it as it is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-delivery-'));
    const file = join(folder, 'delivery.db');
    const newer = new DatabaseSync(file);
    newer.exec('pragma user_version = 99');
    newer.close();
    const details = { file, found: 99, known: newestSchemaOf('delivery') };
    assert.throws(() => openSqliteDeliveryStore({ file, nowMs: 0 }), { code: 'folder_too_new', details });
    rmSync(folder, { recursive: true });
  });
});

/**
 * Lets a process of its own settle one position after the other, in two lanes at once, until it has acknowledged that
 * many more, and kills it. Answers the last one that it acknowledged.
 */
async function settleUntilKilled(file: string, settled: number, more: number): Promise<number> {
  const program = join(import.meta.dirname, 'settle-until-killed.ts');
  const child = spawn(process.execPath, [program, file, String(settled)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged >= settled + more) child.kill('SIGKILL');
  }
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  return acknowledged;
}

function attemptedPositions(file: string): readonly number[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare("select position from attempt join lane on lane.id = lane where name = 'a' order by 1").all();
  db.close();
  return rows.map(({ position }) => Number(position));
}
