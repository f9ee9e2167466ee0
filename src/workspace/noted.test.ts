import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { NewAuditEntry } from '../domain/audit.ts';
import { SluiceError } from '../domain/errors.ts';
import { type ActionEntry, makeNoted } from './noted.ts';

const PAUSE: ActionEntry = { by: 'token ci', action: 'destination.pause', subject: 'crm', before: { a: 1 }, after: {} };

/** What happened, in order: entries by their action, and `act`. The trail takes so many entries. */
function makeBench(room = Infinity) {
  const ambient = new SimulatedAmbient();
  const order: string[] = [];
  const entries: NewAuditEntry[] = [];
  const append = async (entry: NewAuditEntry): Promise<void> => {
    if (entries.length === room) throw new SluiceError('disk_full', { folder: '/data' });
    entries.push(entry);
    order.push(entry.action);
    return Promise.resolve();
  };
  const act = (error: Error | null) => async (): Promise<string> => {
    order.push('act');
    return error === null ? Promise.resolve('done') : Promise.reject(error);
  };
  return { noted: makeNoted({ audit: { append }, ambient }), act, order, entries, ambient };
}

describe('what an operator has done', () => {
  it('is in the audit trail before it is begun', async () => {
    const { noted, act, order, entries, ambient } = makeBench();
    assert.equal(await noted(PAUSE, act(null)), 'done');
    assert.deepEqual(order, ['destination.pause', 'act']);
    assert.deepEqual(entries, [{ ...PAUSE, atMs: ambient.nowMs(), version: null }]);
  });

  it('is not done when it cannot be noted', async () => {
    const { noted, act, order } = makeBench(0);
    await assert.rejects(noted(PAUSE, act(null)), { code: 'disk_full' });
    assert.deepEqual(order, []);
  });

  it('is followed by another entry when it failed, with the code of the error and nothing else of it', async () => {
    for (const [error, code] of [
      [new SluiceError('too_many_tests', { max: 4 }), 'too_many_tests'],
      [new Error('https://a.example/keep-me'), 'internal'],
    ] as const) {
      const { noted, act, entries, ambient } = makeBench();
      await assert.rejects(noted(PAUSE, act(error)), error);
      const failed = { ...PAUSE, action: 'destination.pause.failed', before: null, after: { error: code } };
      assert.deepEqual(entries[1], { ...failed, atMs: ambient.nowMs(), version: null });
    }
  });

  it('tells how it failed also when there is no room to note that', async () => {
    const { noted, act, order } = makeBench(1);
    await assert.rejects(noted(PAUSE, act(new SluiceError('store_full'))), { code: 'store_full' });
    assert.deepEqual(order, ['destination.pause', 'act']);
  });
});
