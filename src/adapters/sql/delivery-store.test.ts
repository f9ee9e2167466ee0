import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AT_MS, attempt, dead, parked, plainSuccess, settlement } from '../../../test/conformance/settlements.ts';
import { windowEventsMax } from '../../domain/limits.ts';
import { openSqliteDeliveryStore, SqliteDeliveryStore } from './delivery-store.ts';
import { openSqlite } from './sqlite.ts';

const rise = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, i) => from + i);

describe('the rows of the delivery store', () => {
  let db: DatabaseSync;
  let store: SqliteDeliveryStore;
  let term: number;

  beforeEach(async () => {
    db = openSqlite(':memory:', { synchronous: 'normal', kind: 'delivery' });
    store = new SqliteDeliveryStore(db);
    term = await hold('crm');
  });
  afterEach(async () => store.close());

  const hold = async (lane: string): Promise<number> => {
    const [grant] = await store.hold('node', [{ lane, startAt: 0 }], 1);
    return grant!.term;
  };
  const count = (table: string): number => Number(db.prepare(`select count(*) as n from ${table}`).get()!['n']);
  const positionsIn = (table: string): readonly unknown[] =>
    db
      .prepare(`select distinct position from ${table} order by position`)
      .all()
      .map(({ position }) => position);

  it('of a success at the first attempt are one, with all that is known of it', async () => {
    await store.settle([plainSuccess('crm', term, [7])]);
    assert.deepEqual(
      { finished: count('finished'), parked: count('parked'), details: count('attempt_detail') },
      {
        finished: 0,
        parked: 0,
        details: 0,
      },
    );
    assert.deepEqual(
      { ...db.prepare('select * from attempt').get() },
      {
        lane: 1,
        position: 7,
        at: AT_MS,
        number: 1,
        endpoint: 1,
        duration_ms: 3,
        outcome: 0,
        status: 200,
        detail: null,
      },
    );
  });

  it('of a success at the first attempt take less than 32 bytes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-delivery-'));
    const file = join(folder, 'delivery.db');
    const onDisk = openSqliteDeliveryStore({ file, nowMs: AT_MS });
    const [grant] = await onDisk.hold('node', [{ lane: 'crm', startAt: 0 }], 1);
    // Enough of them that what an empty file has counts for little.
    const rows = 50_000;
    await onDisk.settle([plainSuccess('crm', grant!.term, rise(1_000_000, rows))]);
    await onDisk.close();
    assert.ok(statSync(file).size / rows < 32, `${statSync(file).size / rows} bytes`);
    rmSync(folder, { recursive: true });
  });

  it('of an attempt of a batch are one for each delivery, and its exchange is there once', async () => {
    const failed = attempt(1, {
      outcome: 'failed',
      status: null,
      errorCode: 'timeout',
      exchange: '{"message":"late"}',
    });
    const together = { ...failed, positions: [1, 2, 3] };
    await store.settle([settlement('crm', term, { attempts: [together] })]);
    await store.settle([settlement('crm', term, { attempts: [together] })]);
    assert.deepEqual(positionsIn('attempt'), [1, 2, 3]);
    const details = db
      .prepare('select distinct attempt_detail.* from attempt join attempt_detail on id = detail')
      .all();
    assert.deepEqual({ ...details[0] }, { id: 1, error_code: 'timeout', exchange: '{"message":"late"}' });
    assert.equal(count('attempt_detail'), 1);
  });

  it('of attempts before and after a retry by hand stay apart, though their numbers are the same', async () => {
    const failure = { outcome: 'failed', status: 500 } as const;
    await store.settle([settlement('crm', term, { finished: [dead(1)], attempts: [attempt(1, failure)] })]);
    await store.retryNow('crm', [1], AT_MS, 1);
    await store.settle([settlement('crm', term, { attempts: [attempt(1, { atMs: AT_MS + 60_000 })] })]);
    const outcomes = db.prepare('select number, outcome from attempt').all();
    assert.deepEqual(
      outcomes.map((row) => ({ ...row })),
      [
        { number: 1, outcome: 1 },
        { number: 1, outcome: 0 },
      ],
    );
  });

  it('say when and why a delivery is dead, and that a parked one was cancelled with its lane', async () => {
    await store.settle([settlement('crm', term, { finished: [dead(1, 'http_410')], parked: [parked(2)] })]);
    await store.drop('crm', 'destination_deleted', AT_MS + 5);
    const rows = db.prepare('select position, state, reason, at from finished').all();
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [
        { position: 1, state: 'dead', reason: 'http_410', at: AT_MS },
        { position: 2, state: 'cancelled', reason: 'destination_deleted', at: AT_MS + 5 },
      ],
    );
    assert.equal(count('parked'), 0);
  });

  it('count attempts per minute, adding bucket by bucket', async () => {
    await store.settle([plainSuccess('crm', term, [1, 2]), plainSuccess('crm', term, [3])]);
    await store.settle([plainSuccess('crm', term, [4, 5])]);
    const { minute, outcome, bucket_1, bucket_2, bucket_15 } = db.prepare('select * from minute_count').get()!;
    assert.deepEqual([minute, outcome, bucket_1, bucket_2, bucket_15], [AT_MS / 60_000, 'succeeded', 0, 5, 0]);
    assert.equal(count('minute_count'), 1);
  });

  it('name an endpoint anew after the settlement that named it first was undone', async () => {
    const spoilt = settlement('crm', term, { attempts: [attempt(1, { endpoint: 'https://new.example/' })] });
    const wrong = { ...plainSuccess('crm', term, [2]).counts[0]!, latencyBuckets: new Uint32Array(1) };
    await assert.rejects(store.settle([{ ...spoilt, counts: [wrong] }]));
    await store.settle([spoilt]);
    const named = db.prepare('select url from attempt join endpoint on endpoint.id = attempt.endpoint').get();
    assert.equal(named?.['url'], 'https://new.example/');
  });

  it('are as before when the disk is full, and settled by the same settlement when there is room', async () => {
    const { page_count: pages } = db.prepare('pragma page_count').get()!;
    db.exec(`pragma max_page_count = ${Number(pages)}`);
    const large = plainSuccess('crm', term, rise(1, 5_000));
    await assert.rejects(store.settle([large]), { code: 'store_full' });
    assert.equal(count('attempt'), 0);
    assert.equal((await store.floors()).get('crm'), 0);
    const owed = rise(1, 1_000).map((n) => ({ destination: `dst_${n}`, waiting: 1, isHeld: false }));
    await assert.rejects(store.noteOwed(1, owed), { code: 'store_full' });
    assert.equal(count('owed_minute'), 0);
    db.exec('pragma max_page_count = 1000000');
    await store.settle([large]);
    assert.equal(count('attempt'), 5_000);
  });

  describe('after pruning', () => {
    const old = { atMs: AT_MS - 1 } as const;
    const failure = { ...old, outcome: 'failed', status: 500, exchange: '{}' } as const;

    it('are those of newer attempts, of parked deliveries, and of all above the floor', async () => {
      await store.settle([
        settlement('crm', term, {
          floor: 10,
          parked: [parked(2)],
          attempts: [
            attempt(1, old),
            attempt(2, failure),
            attempt(3),
            attempt(4, failure),
            attempt(4, { number: 2 }),
            attempt(11, old),
          ],
        }),
      ]);
      await store.prune(AT_MS);
      assert.deepEqual(positionsIn('attempt'), [2, 3, 4, 11]);
      assert.equal(count('attempt'), 4);
      assert.equal(count('attempt_detail'), 1);
    });

    it('keep the exchange of a batch until the last of its deliveries is forgotten', async () => {
      const together = { ...attempt(1, failure), positions: [1, 2] };
      await store.settle([settlement('crm', term, { floor: 1, attempts: [together] })]);
      await store.prune(AT_MS);
      assert.deepEqual([positionsIn('attempt'), count('attempt_detail')], [[2], 1]);
      await store.settle([settlement('crm', term, { floor: 2 })]);
      await store.prune(AT_MS);
      assert.deepEqual([positionsIn('attempt'), count('attempt_detail')], [[], 0]);
    });

    it('are gone over many steps, between which others settle', async () => {
      const positions = rise(1, 2 * windowEventsMax + 10);
      const floor = positions.length;
      await store.settle([settlement('crm', term, { floor, attempts: positions.map((each) => attempt(each, old)) })]);
      const pruned = store.prune(AT_MS);
      assert.equal(count('attempt'), windowEventsMax + 10);
      await store.settle([plainSuccess('crm', term, [floor + 1])]);
      await pruned;
      assert.deepEqual(positionsIn('attempt'), [floor + 1]);
    });

    it('are gone behind as many old parked deliveries as a step looks at', async () => {
      const waiting = rise(1, windowEventsMax);
      const last = windowEventsMax + 1;
      const attempts = [...waiting, last].map((each) => attempt(each, failure));
      await store.settle([
        settlement('crm', term, { floor: last, parked: waiting.map((each) => parked(each)), attempts }),
      ]);
      await store.prune(AT_MS);
      assert.deepEqual(positionsIn('attempt'), waiting);
    });

    it('are none of a dropped lane whose history is over, the lane itself included', async () => {
      const gone = settlement('crm', term, { ...old, parked: [parked(9)], attempts: [attempt(9, old)] });
      await store.settle([gone, settlement('crm', term, { counts: plainSuccess('crm', term, [1]).counts })]);
      await store.drop('crm', 'destination_deleted', AT_MS - 1);
      await store.prune(AT_MS);
      assert.deepEqual([count('attempt'), count('finished'), count('lane')], [0, 0, 1]);
      await store.prune(AT_MS + 60_000);
      assert.deepEqual([count('minute_count'), count('lane')], [0, 0]);
    });
  });

  it('are no longer pruned once the store is closed', async () => {
    const positions = rise(1, 2 * windowEventsMax);
    const attempts = positions.map((each) => attempt(each));
    await store.settle([settlement('crm', term, { floor: positions.length, attempts })]);
    const pruned = store.prune(AT_MS + 1);
    await store.close();
    await pruned;
    assert.equal(db.isOpen, false);
  });
});

describe('a delivery store on disk', () => {
  it('has in its file, without the write-ahead log, what was settled before it was synced', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-delivery-'));
    context.after(() => {
      rmSync(folder, { recursive: true });
    });
    const store = openSqliteDeliveryStore({ file: join(folder, 'delivery.db'), nowMs: AT_MS });
    const [grant] = await store.hold('node', [{ lane: 'crm', startAt: 0 }], 1);
    await store.settle([settlement('crm', grant!.term, { floor: 7 })]);
    await store.sync();
    copyFileSync(join(folder, 'delivery.db'), join(folder, 'copy.db'));
    await store.close();
    const copy = openSqliteDeliveryStore({ file: join(folder, 'copy.db'), nowMs: AT_MS });
    assert.deepEqual(await copy.floors(), new Map([['crm', 7]]));
    await copy.close();
  });
});
