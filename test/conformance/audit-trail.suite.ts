import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { NewAuditEntry } from '../../src/domain/audit.ts';
import type { AuditAsk, AuditTrail } from '../../src/ports/audit-trail.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';
import { website } from './workspace-store.suite.ts';

export interface AuditTrailBackend {
  readonly name: string;
  /** A trail in which nothing is yet, of a given size. */
  place(max: number): AuditTrailPlace;
}

export interface AuditTrailPlace {
  openTrail(): Promise<AuditTrail>;
  /** The workspace whose changes are noted in it. */
  openWorkspace(): Promise<WorkspaceStore>;
  remove(): Promise<void>;
}

const MAX = 10;

function entryOf(atMs: number, more: Partial<NewAuditEntry> = {}): NewAuditEntry {
  const nothing = { before: null, after: null, version: null };
  return { atMs, by: 'token ci', action: 'replay.create', subject: `rpl_${atMs}`, ...nothing, ...more };
}

export function auditTrailSuite(backend: AuditTrailBackend): void {
  describe(`an audit trail (${backend.name})`, () => {
    let place: AuditTrailPlace;
    let workspace: WorkspaceStore;
    let trail: AuditTrail;

    beforeEach(async () => {
      place = backend.place(MAX);
      workspace = await place.openWorkspace();
      trail = await place.openTrail();
    });
    afterEach(async () => {
      await trail.close();
      await workspace.close();
      await place.remove();
    });

    async function times(ask: Partial<AuditAsk> = {}): Promise<readonly number[]> {
      return (await trail.list({ max: 100, ...ask })).map(({ atMs }) => atMs);
    }

    it('has what was appended, as it was, newest first', async () => {
      const before = { state: 'running', odd: ['\ud800', { ['__proto__']: null }, 0.1] };
      const first = entryOf(7, { before, after: { ...before, state: 'cancelled' }, version: 3, by: 'Zoë' });
      await trail.append(first);
      await trail.append(entryOf(8));
      const [newer, older] = await trail.list({ max: 5 });
      assert.deepEqual(older, { ...first, number: older!.number });
      assert.deepEqual(newer, { ...entryOf(8), number: newer!.number });
      assert.ok(newer.number > older.number);
    });

    it('has it also when it is opened again', async () => {
      await trail.append(entryOf(1));
      await trail.close();
      trail = await place.openTrail();
      assert.deepEqual(await times(), [1]);
    });

    it('has what is committed to the workspace, between the others', async () => {
      await trail.append(entryOf(1));
      await workspace.commit({ putSources: [website] }, 0, 'configuration file', 2);
      await trail.append(entryOf(3));
      const entries = await trail.list({ max: 100 });
      assert.deepEqual(
        entries.map(({ atMs, action, version }) => [atMs, action, version]),
        [
          [3, 'replay.create', null],
          [2, 'source.create', 1],
          [1, 'replay.create', null],
        ],
      );
    });

    it('has nothing of a change that was refused', async () => {
      await assert.rejects(workspace.commit({ putSources: [website] }, 5, 'ann', 1), { code: 'version_conflict' });
      assert.deepEqual(await times(), []);
    });

    it('is read page by page, whatever comes in between', async () => {
      for (const atMs of [1, 2, 3, 4, 5]) await trail.append(entryOf(atMs));
      const first = await trail.list({ max: 2 });
      await trail.append(entryOf(6));
      const last = first.at(-1);
      assert.deepEqual(await times({ max: 2, before: last!.number }), [3, 2]);
      assert.deepEqual(await times({ before: 0 }), []);
    });

    it('finds those of one subject, by one actor, and both', async () => {
      await trail.append(entryOf(1, { subject: 'a', by: 'ann' }));
      await trail.append(entryOf(2, { subject: 'a', by: 'bob' }));
      await trail.append(entryOf(3, { subject: 'b', by: 'ann' }));
      await trail.append(entryOf(4, { subject: 'a', by: 'ann' }));
      assert.deepEqual(await times({ subject: 'a' }), [4, 2, 1]);
      assert.deepEqual(await times({ by: 'ann' }), [4, 3, 1]);
      assert.deepEqual(await times({ subject: 'a', by: 'ann' }), [4, 1]);
      assert.deepEqual(await times({ subject: 'a', by: 'ann', max: 1 }), [4]);
      const [newest] = await trail.list({ max: 1 });
      assert.deepEqual(await times({ subject: 'a', by: 'ann', before: newest!.number }), [1]);
      assert.deepEqual(await times({ subject: 'A' }), []);
      assert.deepEqual(await times({ by: "' or 1 = 1 --" }), []);
    });

    it('forgets the oldest beyond its size, and gives no number twice', async () => {
      for (let atMs = 1; atMs <= MAX + 3; atMs++) await trail.append(entryOf(atMs));
      const entries = await trail.list({ max: 100 });
      assert.deepEqual([entries.length, entries.at(-1)?.atMs, entries[0]?.atMs], [MAX, 4, MAX + 3]);
      await workspace.commit({ putSources: [website] }, 0, 'ann', 99);
      const after = await trail.list({ max: 100 });
      assert.deepEqual([after.length, after.at(-1)?.atMs, after[0]?.atMs], [MAX, 5, 99]);
      assert.equal(after[0]?.number, (entries[0]?.number ?? 0) + 1);
    });
  });
}
