import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { AT_MS, plainSuccess } from '../../../test/conformance/settlements.ts';
import { openSqliteDeliveryHistory } from './delivery-history.ts';
import { openSqliteDeliveryStore } from './delivery-store.ts';

const FOLDER = join(import.meta.dirname, 'migrations/delivery');
const MINUTE = Math.floor(AT_MS / 60_000);

/** A file as an earlier version left it, which had so many migrations. */
function fileOfBefore(file: string, migrations: number): void {
  const db = new DatabaseSync(file);
  for (const name of readdirSync(FOLDER).sort().slice(0, migrations)) db.exec(readFileSync(join(FOLDER, name), 'utf8'));
  db.exec(`pragma user_version = ${migrations}`);
  db.exec(`
    insert into lane (id, name, floor) values (1, 'crm', 2);
    insert into endpoint values (1, 'https://hooks.example/crm');
    insert into attempt values (1, 1, ${AT_MS}, 1, 1, 3, 0, 200, null);
    insert into finished values (1, 2, 'dead', 'http_500', ${AT_MS});`);
  db.close();
}

describe('a delivery store of before', () => {
  for (const migrations of [1, 7, 8]) {
    it(`keeps what it had, and counts what ends from now on: after ${migrations} migration(s)`, async (context) => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-delivery-'));
      context.after(() => {
        rmSync(folder, { recursive: true });
      });
      const file = join(folder, 'delivery.db');
      fileOfBefore(file, migrations);
      const store = openSqliteDeliveryStore({ file, nowMs: AT_MS });
      const history = openSqliteDeliveryHistory(file);
      const found = await history.list({ after: 0, before: 10, max: 10 });
      assert.deepEqual(
        found.map(({ position, state }) => [position, state]),
        [
          [2, 'dead'],
          [1, 'delivered'],
        ],
      );
      const [grant] = await store.hold('node', [{ lane: 'crm', startAt: 0 }], 1);
      assert.equal(grant?.floor, 2);
      await store.settle([plainSuccess('crm', grant.term, [3])]);
      await store.noteOwed(MINUTE, [{ destination: 'crm', waiting: 2, isHeld: true }]);
      const { ended, owed } = await history.counts({ from: MINUTE, to: MINUTE + 1, step: 1, minutesMax: 100 });
      assert.deepEqual(ended, [{ minute: MINUTE, destination: 'crm', delivered: 1, dead: 0, cancelled: 0 }]);
      assert.deepEqual(owed, [{ minute: MINUTE, destination: 'crm', waiting: 2, heldMinutes: 1 }]);
      await history.close();
      await store.close();
    });
  }
});
