import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSqliteDeliveryHistory } from '../../src/adapters/sql/delivery-history.ts';
import { openSqliteDeliveryStore } from '../../src/adapters/sql/delivery-store.ts';
import { deliveryHistoryCountsSuite } from './delivery-history-counts.suite.ts';
import { type DeliveryHistoryBackend, deliveryHistorySuite } from './delivery-history.suite.ts';
import { AT_MS } from './settlements.ts';

const besideItsStore: DeliveryHistoryBackend = {
  name: 'SQLite, by a connection of its own',
  place: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-history-'));
    const file = join(folder, 'delivery.db');
    return {
      store: openSqliteDeliveryStore({ file, nowMs: AT_MS }),
      history: openSqliteDeliveryHistory(file),
      remove: async () => rm(folder, { recursive: true }),
    };
  },
};

deliveryHistorySuite(besideItsStore);
deliveryHistoryCountsSuite(besideItsStore);

describe('the delivery history in its file', () => {
  it('says which file is damaged', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-history-'));
    t.after(async () => rm(folder, { recursive: true }));
    const file = join(folder, 'delivery.db');
    await writeFile(file, 'no database, however long one reads it'.repeat(300));
    const history = openSqliteDeliveryHistory(file);
    await assert.rejects(history.list({ after: 0, before: 10, max: 1 }), { code: 'file_corrupt' });
    await history.close();
  });
});
