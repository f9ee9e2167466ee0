import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSqliteEventIndex } from '../../src/adapters/sql/event-index.ts';
import type { EventIndex } from '../../src/ports/event-index.ts';
import { entry, eventIndexSuite } from './event-index.suite.ts';

const EPOCH = 7;

eventIndexSuite({
  name: 'SQLite, ten events a run',
  place: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-index-'));
    return {
      open: async (end) =>
        Promise.resolve(openSqliteEventIndex({ file: join(folder, 'index.db'), epoch: EPOCH, end, runEvents: 10 })),
      remove: async () => rm(folder, { recursive: true }),
    };
  },
});

eventIndexSuite({
  name: 'SQLite, in memory until a run is full',
  place: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-index-'));
    return {
      open: async (end) => Promise.resolve(openSqliteEventIndex({ file: join(folder, 'index.db'), epoch: EPOCH, end })),
      remove: async () => rm(folder, { recursive: true }),
    };
  },
});

describe('the event index in its file', () => {
  let folder: string;
  let file: string;
  let index: EventIndex;

  const open = (epoch = EPOCH): EventIndex => openSqliteEventIndex({ file, epoch, end: 1_000_000, runEvents: 10 });
  /** Writes so many runs, and one event more, which is not written. */
  const fill = async (runs: number): Promise<void> => {
    const entries = Array.from({ length: runs * 10 + 1 }, (_, at) => entry(at + 1));
    await index.index(entries, entries.length);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-index-'));
    file = join(folder, 'index.db');
    index = open();
  });
  afterEach(async () => {
    await index.close();
    await rm(folder, { recursive: true });
  });

  it('looks into 1,024 runs at a time, and says where to go on', async () => {
    await fill(1_030);
    const ask = { query: { user: 'nobody' }, after: 0, max: 10 };
    const { positions, downTo } = await index.find({ ...ask, before: 10_302 });
    assert.deepEqual([positions, downTo], [[], 71]);
    assert.deepEqual(await index.find({ ...ask, before: downTo }), { positions: [], downTo: 1 });
  });

  it('finds all of a source or type, however many kinds of events there are', async () => {
    const entries = Array.from({ length: 100 }, (_, at) => entry(at + 1, { source: `s${at}` }));
    await index.close();
    index = openSqliteEventIndex({ file, epoch: EPOCH, end: 1_000_000 });
    await index.index(entries, 100);
    const ask = { after: 0, before: 101, max: 1_000 };
    const { positions } = await index.find({ ...ask, query: { type: 'track' } });
    assert.equal(positions.length, 100);
    assert.deepEqual((await index.find({ ...ask, query: { source: 's41' } })).positions, [42]);
  });

  it('has no more rows of what is forgotten', async () => {
    await fill(5);
    await index.forget(31);
    await index.close();
    const db = new DatabaseSync(file);
    const firsts = db.prepare('select first from run order by first').all();
    const pages = db.prepare('select count(distinct id / 256) as runs from page').get();
    db.close();
    assert.deepEqual([firsts.map(({ first }) => first), pages?.runs], [[31, 41], 2]);
  });

  it('begins anew for another log', async () => {
    await fill(2);
    await index.close();
    index = open(EPOCH + 1);
    assert.equal(await index.indexedTo(), 0);
  });

  it('begins anew where its file is damaged, found at the start', async () => {
    await fill(2);
    await index.close();
    await writeFile(file, 'no database, however long one reads it'.repeat(300));
    index = open();
    assert.equal(await index.indexedTo(), 0);
    await fill(1);
    assert.equal(await index.indexedTo(), 11);
  });

  it('begins anew where its file is damaged, found by a search', async () => {
    await fill(50);
    await index.close();
    const bytes = await readFile(file);
    // The header and the table of runs stay whole; pages of entries do not.
    bytes.fill(0xa5, 4_096 * 8);
    await writeFile(file, bytes);
    index = open();
    const ask = { query: { user: 'u1' }, after: 0, before: 502, max: 1_000 };
    assert.deepEqual(await index.find(ask), { positions: [], downTo: 1 });
    assert.equal(await index.indexedTo(), 0);
  });

  it('has no text of an event in its file', async () => {
    const told = { messageId: 'message-of-somebody', name: 'Name Of Something', people: ['somebody@example.com'] };
    await index.index(
      Array.from({ length: 11 }, (_, at) => entry(at + 1, told)),
      11,
    );
    await index.close();
    const bytes = (await readFile(file)).toString('latin1');
    for (const text of ['message-of', 'Name Of', 'somebody']) assert.ok(!bytes.includes(text), text);
    assert.ok(bytes.includes('website'), 'the file was searched');
  });
});
