/**
 * Settles one position after the other, delivered in lane `a` and parked in lane `b`, in one settlement each, and
 * prints the position once it is acknowledged. Runs until it is killed.
 *
 *   settle-until-killed.ts FILE LAST_SETTLED
 */
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { openSqliteDeliveryStore } from '../../src/adapters/sql/delivery-store.ts';
import { parked, plainSuccess, settlement } from './settlements.ts';

const [file, lastSettled] = process.argv.slice(2);
assert.ok(file !== undefined && lastSettled !== undefined);

const store = openSqliteDeliveryStore({ file, nowMs: 0 });
const lanes = ['a', 'b'].map((lane) => ({ lane, startAt: 0 }));
const [a, b] = await store.hold('node', lanes, 1);
for (let position = Number(lastSettled) + 1; ; position++) {
  const waiting = settlement('b', b!.term, { floor: position, parked: [parked(position)] });
  await store.settle([plainSuccess('a', a!.term, [position]), waiting]);
  writeSync(1, `${position}\n`);
}
