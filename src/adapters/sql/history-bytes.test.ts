import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { AT_MS, attempt, dead, delivered, plainSuccess, settlement } from '../../../test/conformance/settlements.ts';
import { startDeliveryStore } from './delivery-store.ts';
import { ROW_BYTES } from './history-bytes.ts';
import { openSqlite } from './sqlite.ts';

const MINUTE = Math.floor(AT_MS / 60_000);
const minutesIn = (db: DatabaseSync): readonly { readonly minute: number; readonly bytes: number }[] =>
  db
    .prepare('select minute, bytes from history_minute order by minute')
    .all()
    .map(({ minute, bytes }) => ({ minute: Number(minute), bytes: Number(bytes) }));
const bytesIn = (db: DatabaseSync): number =>
  Number(db.prepare('select sum(bytes) as sum from history_minute').get()?.['sum']);

async function openStore() {
  const db = openSqlite(':memory:', { synchronous: 'normal', kind: 'delivery' });
  const store = startDeliveryStore(db, AT_MS);
  const [grant] = await store.hold('node', [{ lane: 'crm', startAt: 0 }], 30_000);
  return { db, store, term: grant!.term };
}

/** A thousand successes, and as many that died of one failure. */
function mixed(term: number, first: number) {
  const positions = Array.from({ length: 2_000 }, (_, index) => first + index);
  const [good, bad] = [positions.slice(0, 1_000), positions.slice(1_000)];
  const failure = { outcome: 'failed', status: 500, exchange: 'ä'.repeat(150) } as const;
  return settlement('crm', term, {
    floor: positions.at(-1) ?? 0,
    finished: [...good.map(delivered), ...bad.map((each) => dead(each))],
    attempts: [...good.map((each) => attempt(each)), ...bad.map((each) => attempt(each, failure))],
    counts: plainSuccess('crm', term, [1]).counts,
  });
}

describe('the bytes of a history', () => {
  it('are about what its rows take', async () => {
    const { db, store, term } = await openStore();
    const size = (): number =>
      Number(db.prepare("select sum(pgsize) as bytes from dbstat where name not like 'history%'").get()?.['bytes']);
    const empty = size();
    for (let first = 1; first < 20_000; first += 2_000) await store.settle([mixed(term, first)]);
    const ratio = bytesIn(db) / (size() - empty);
    assert.ok(ratio > 0.8 && ratio < 1.25, `estimated ${ratio.toFixed(2)} of what they are`);
    await store.close();
  });

  it('are of the minute of each attempt, and counts that are added to again add nothing', async () => {
    const { db, store, term } = await openStore();
    const { counts } = plainSuccess('crm', term, [1]);
    for (const position of [1, 2]) {
      const attempts = [attempt(position, { atMs: AT_MS - 60_000 })];
      await store.settle([settlement('crm', term, { floor: 1, attempts, finished: [delivered(position)], counts })]);
    }
    assert.deepEqual(minutesIn(db), [
      { minute: MINUTE - 1, bytes: 60 },
      { minute: MINUTE, bytes: 70 },
    ]);
    await store.close();
  });

  it('are none of a settlement that was undone', async () => {
    const { db, store, term } = await openStore();
    const { counts } = plainSuccess('crm', term, [1]);
    const spoilt = { ...counts[0]!, latencyBuckets: new Uint32Array(1) };
    await assert.rejects(store.settle([settlement('crm', term, { attempts: [attempt(1)], counts: [spoilt] })]));
    await store.settle([settlement('crm', term, { counts })]);
    assert.equal(bytesIn(db), 50);
    await store.close();
  });

  it('are counted once of what a file holds that was there before they were', async () => {
    const { db, store, term } = await openStore();
    await store.settle([mixed(term, 1)]);
    const [counted] = minutesIn(db);
    db.exec('drop table history_minute');
    db.exec(readFileSync(join(import.meta.dirname, 'migrations/delivery/0006-history-minute.sql'), 'utf8'));
    // When these were counted, there was no count yet of what ended, nor of errors.
    const later = ROW_BYTES.ended + ROW_BYTES.error;
    assert.deepEqual(minutesIn(db), [{ minute: MINUTE, bytes: (counted?.bytes ?? NaN) - later }]);
    await store.close();
  });
});
