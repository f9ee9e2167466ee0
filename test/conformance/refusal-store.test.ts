import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openRefusalStoreThread } from '../../src/adapters/sql/refusal-store-link.ts';
import { openSqliteRefusalStore } from '../../src/adapters/sql/refusal-store.ts';
import { count, refusalStoreSuite, sample } from './refusal-store.suite.ts';

refusalStoreSuite({
  name: 'SQLite in memory',
  cannotReopen: 'the calls end with their store',
  place: async () =>
    Promise.resolve({
      open: async (limits) => Promise.resolve(openSqliteRefusalStore({ file: ':memory:', limits })),
      remove: async () => Promise.resolve(),
    }),
});

refusalStoreSuite({
  name: 'SQLite on disk, in a thread',
  cannotReopen: null,
  place: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-refused-'));
    return {
      open: async (limits) => openRefusalStoreThread({ file: join(folder, 'refused.db'), limits }, assert.ifError),
      remove: async () => rm(folder, { recursive: true }),
    };
  },
});

describe('the thread of the refused calls', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-refused-'));
    file = join(folder, 'refused.db');
  });
  afterEach(async () => rm(folder, { recursive: true }));

  it('says at its start what is wrong with its file', async () => {
    await writeFile(file, 'this is no database, however long one reads it'.repeat(100));
    await assert.rejects(openRefusalStoreThread({ file }, assert.ifError), { code: 'file_corrupt' });
  });

  it('may be closed twice, and answers nothing afterwards', async () => {
    const store = await openRefusalStoreThread({ file }, assert.ifError);
    await store.record([count()], [sample()]);
    await store.close();
    await store.close();
    await assert.rejects(store.list({}, 1), /ended by itself|is not open/);
  });
});
