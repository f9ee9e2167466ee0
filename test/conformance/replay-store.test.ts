/** What `ports/replay-store.ts` promises, of each implementation. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSqliteReplayStore } from '../../src/adapters/sql/replay-store.ts';
import { NO_PROGRESS, type Replay } from '../../src/domain/replay.ts';
import type { ReplayStore } from '../../src/ports/replay-store.ts';

const replayOf = (id: string, createdAtMs: number, more: Partial<Replay> = {}): Replay => ({
  ...{ id, destination: 'crm', filter: { name: 'Zoë' }, sources: ['web'], fromMs: null, toMs: 5, after: 0, upTo: 9 },
  ...{ ratePerSecond: null, state: 'running', reason: null, events: 3, lanes: [`crm@${id}`], createdAtMs },
  ...{ endedAtMs: null, progress: NO_PROGRESS, ...more },
});

describe('a replay store (SQLite)', () => {
  let folder: string;
  let store: ReplayStore;
  const open = (): ReplayStore => openSqliteReplayStore({ file: join(folder, 'replays.db'), max: 2 });
  const ids = async (): Promise<readonly string[]> => (await store.all()).map(({ id }) => id);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-replays-'));
    store = open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps what it was given, newest first, for whoever opens it next', async () => {
    const [one, two] = [replayOf('rpl_1', 1), replayOf('rpl_2', 2)];
    await store.put(one);
    await store.put(two, Float64Array.of(4, 7, 2 ** 40));
    await store.put({ ...one, state: 'paused' });
    await store.close();
    store = open();
    assert.deepEqual(await store.all(), [two, { ...one, state: 'paused' }]);
    assert.equal(await store.positions('rpl_1'), null);
    assert.deepEqual(await store.positions('rpl_2'), Float64Array.of(4, 7, 2 ** 40));
  });

  it('keeps the positions until the replay ends', async () => {
    const one = replayOf('rpl_1', 1);
    await store.put(one, Float64Array.of(4));
    await store.put({ ...one, state: 'paused' });
    assert.deepEqual(await store.positions('rpl_1'), Float64Array.of(4));
    await store.put({ ...one, state: 'finished' });
    assert.equal(await store.positions('rpl_1'), null);
  });

  it('forgets the oldest of those that ended, and none that has not', async () => {
    await store.put(replayOf('rpl_1', 1));
    for (const [id, atMs] of [
      ['rpl_2', 2],
      ['rpl_3', 3],
      ['rpl_4', 4],
    ] as const)
      await store.put(replayOf(id, atMs, { state: atMs === 3 ? 'cancelled' : 'finished' }));
    assert.deepEqual(await ids(), ['rpl_4', 'rpl_3', 'rpl_1']);
  });

  it('has nothing in any file of what a replay was before it was written anew, once asked to', async () => {
    const one = replayOf('rpl_1', 1, { filter: { user: 'somebody-to-forget' } });
    await store.put(one);
    await store.put({ ...one, filter: { user: '(erased)' } });
    await store.forgetWhatWas();
    for (const name of readdirSync(folder))
      assert.ok(!readFileSync(join(folder, name)).includes('somebody-to-forget'), name);
  });
});
