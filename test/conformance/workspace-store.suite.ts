import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DEFAULT_DELIVERY_POLICY, type Destination } from '../../src/domain/destination.ts';
import { makeSource, type Source } from '../../src/domain/source.ts';
import { onlySecret } from '../../src/domain/secret-rotation.ts';
import type { AuditEntry } from '../../src/domain/audit.ts';
import { maskedDestination } from '../../src/domain/destination-secrets.ts';
import type { AuditTrail } from '../../src/ports/audit-trail.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';

export interface WorkspaceStoreBackend {
  readonly name: string;
  /** Why no second store can open the same workspace, at the same time or later; null when one can. */
  readonly cannotShare: string | null;
  place(): WorkspaceStorePlace;
}

/** Where one workspace is. */
export interface WorkspaceStorePlace {
  open(): Promise<WorkspaceStore>;
  /** The audit trail beside it. */
  trail(): Promise<AuditTrail>;
  remove(): Promise<void>;
}

export const website = makeSource({
  ...{
    id: 'website',
    name: 'Website',
    writeKeys: ['wk_1', 'wk_2'],
    keyNames: { wk_2: 'the old pages' },
    origin: 'api',
  },
});
export const app = makeSource({ id: 'app', name: 'App', enabled: false, writeKeys: ['wk_3'] });
export const crm: Destination = {
  id: 'crm',
  name: 'CRM',
  sources: ['website'],
  type: 'webhooks',
  enabled: true,
  endpoints: [
    { url: 'https://a.example/x', headers: { 'X-Team': 'growth-token' }, auth: null },
    { url: 'https://b.example/', headers: {}, auth: { kind: 'basic', username: 'keep-me', password: 'keep-me-too' } },
    { url: 'https://c.example/', headers: {}, auth: { kind: 'bearer', token: 'keep-me-as-well' } },
  ],
  basic: { url: 'https://d.example/', headers: {}, auth: { kind: 'bearer', token: 'keep-me-also' } },
  sharedSecret: 'keep-me-safe',
  nextSecret: 'keep-me-safer',
  rotationEndsAtMs: 1_767_225_600_000,
  tls: { ca: 'an authority', client: { cert: 'a certificate', key: 'keep-me-hidden' } },
  delivery: DEFAULT_DELIVERY_POLICY,
  origin: 'api',
};

export function workspaceStoreSuite(backend: WorkspaceStoreBackend): void {
  describe(`the workspace store (${backend.name})`, () => {
    let place: WorkspaceStorePlace;
    let store: WorkspaceStore;

    /** All of it, oldest first. */
    async function trail(): Promise<readonly AuditEntry[]> {
      const opened = await place.trail();
      const entries = await opened.list({ max: 1_000 });
      await opened.close();
      return entries.toReversed();
    }

    beforeEach(async () => {
      place = backend.place();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    describe('a workspace', () => {
      it('is empty at version 0 at first', () => {
        const { version, sources, destinations } = store.current();
        assert.deepEqual({ version, sources, destinations }, { version: 0, sources: [], destinations: [] });
      });

      it('has what was put, as it was put, in the order of creation', async () => {
        const after = await store.commit({ putSources: [website, app], putDestinations: [crm] }, 0, 'ann', 1);
        assert.equal(after, store.current());
        assert.deepEqual(after.sources, [website, app]);
        assert.deepEqual(after.destinations, [crm]);
        assert.equal(after.version, 1);
        assert.equal(after.sourceByWriteKey.get('wk_2')?.id, 'website');
      });

      it('never changes: a commit makes a new one', async () => {
        const before = await store.commit({ putSources: [website] }, 0, 'ann', 1);
        await store.commit({ deleteSources: ['website'] }, 1, 'ann', 2);
        assert.deepEqual(before.sources, [website]);
        assert.deepEqual(store.current().sources, []);
      });
    });

    describe('a change', () => {
      it('replaces what has the same id in its place, and leaves the rest', async () => {
        await store.commit({ putSources: [website, app], putDestinations: [crm] }, 0, 'ann', 1);
        const renamed = { ...website, name: 'Shop' };
        const { sources, destinations } = await store.commit({ putSources: [renamed] }, 1, 'ann', 2);
        assert.deepEqual(sources, [renamed, app]);
        assert.deepEqual(destinations, [crm]);
      });

      it('deletes by id, and ids that are not there without a word', async () => {
        await store.commit({ putSources: [website, app], putDestinations: [crm] }, 0, 'ann', 1);
        const change = { deleteSources: ['app', 'none'], deleteDestinations: ['crm', 'none'] };
        const { sources, destinations } = await store.commit(change, 1, 'ann', 2);
        assert.deepEqual(sources, [website]);
        assert.deepEqual(destinations, []);
      });

      it('deletes first, so that what it also puts is there', async () => {
        await store.commit({ putSources: [website, app] }, 0, 'ann', 1);
        const { sources } = await store.commit({ deleteSources: ['website'], putSources: [website] }, 1, 'ann', 2);
        assert.deepEqual(sources, [app, website]);
      });

      it('made from an older version is refused and written nowhere', async () => {
        await store.commit({ putSources: [website] }, 0, 'ann', 1);
        const late = store.commit({ putSources: [app] }, 0, 'bob', 2);
        await assert.rejects(late, { code: 'version_conflict' });
        await assert.rejects(store.commit({ putSources: [app] }, 2, 'bob', 2), { code: 'version_conflict' });
        assert.deepEqual(store.current().sources, [website]);
        assert.equal((await trail()).length, 1);
      });

      it('is refused once of two made at the same time from one version', async () => {
        const both = [
          store.commit({ putSources: [website] }, 0, 'ann', 1),
          store.commit({ putSources: [app] }, 0, 'bob', 1),
        ];
        const outcomes = (await Promise.allSettled(both)).map(({ status }) => status);
        assert.deepEqual(outcomes, ['fulfilled', 'rejected']);
        assert.deepEqual(store.current().sources, [website]);
      });

      it('that cannot be written leaves everything as it was', async () => {
        const circular = { ...app } as Source & { self?: unknown };
        circular.self = circular;
        await assert.rejects(store.commit({ putSources: [website, circular] }, 0, 'ann', 1), TypeError);
        assert.equal(store.current().version, 0);
        const { sources } = await store.commit({ putSources: [app] }, 0, 'ann', 2);
        assert.deepEqual(sources, [app]);
        assert.equal((await trail()).length, 1);
      });
    });

    describe('the audit trail', () => {
      it('has an entry for each source and destination that a version touched, before and after', async () => {
        await store.commit({ putSources: [website, app] }, 0, 'ann', 11);
        const renamed = { ...website, name: 'Shop' };
        await store.commit({ deleteSources: ['app', 'none'], putSources: [renamed] }, 1, 'bob', 12);
        await store.commit({ putDestinations: [crm] }, 2, 'bob', 13);
        await store.commit({ deleteDestinations: ['crm'] }, 3, 'eve', 14);
        const [ann, bob] = [
          { by: 'ann', atMs: 11, version: 1 },
          { by: 'bob', atMs: 12, version: 2 },
        ];
        const shown = maskedDestination(crm) as unknown as AuditEntry['before'];
        assert.deepEqual(
          (await trail()).map(({ number, ...entry }) => ({ ...entry, isNumber: Number.isInteger(number) })),
          [
            { ...ann, action: 'source.create', subject: 'website', before: null, after: website },
            { ...ann, action: 'source.create', subject: 'app', before: null, after: app },
            { ...bob, action: 'source.delete', subject: 'app', before: app, after: null },
            { ...bob, action: 'source.update', subject: 'website', before: website, after: renamed },
            {
              by: 'bob',
              atMs: 13,
              version: 3,
              action: 'destination.create',
              subject: 'crm',
              before: null,
              after: shown,
            },
            {
              by: 'eve',
              atMs: 14,
              version: 4,
              action: 'destination.delete',
              subject: 'crm',
              before: shown,
              after: null,
            },
          ].map((entry) => ({ ...entry, isNumber: true })),
        );
      });

      it('has one that is deleted and put in one change twice', async () => {
        await store.commit({ putSources: [website] }, 0, 'ann', 1);
        await store.commit({ deleteSources: ['website'], putSources: [website] }, 1, 'ann', 2);
        assert.deepEqual(
          (await trail()).map(({ action }) => action),
          ['source.create', 'source.delete', 'source.create'],
        );
      });

      it('masks secrets, credentials, keys and the values of headers, and names what was masked', async () => {
        const open = { ...crm, id: 'open', ...onlySecret(null) };
        await store.commit({ putDestinations: [crm, open] }, 0, 'ann', 1);
        await store.commit({ putDestinations: [{ ...crm, name: 'Hooks' }], deleteDestinations: ['open'] }, 1, 'ann', 2);
        const entries = await trail();
        assert.doesNotMatch(JSON.stringify(entries), /keep-me|growth-token|sealed:/);
        const [first, second] = entries.map(({ after }) => after as unknown as Destination);
        assert.deepEqual(first?.endpoints[0]?.headers, { 'X-Team': '***' });
        assert.deepEqual([first.sharedSecret, second?.sharedSecret], ['***', null]);
        assert.deepEqual(store.current().destinations, [{ ...crm, name: 'Hooks' }]);
      });

      it('shows write keys', async () => {
        await store.commit({ putSources: [website] }, 0, 'ann', 1);
        assert.match(JSON.stringify(await trail()), /wk_1/);
      });
    });

    describe('a watcher', () => {
      it('sees each version that is committed, before the commit resolves', async () => {
        const seen: number[] = [];
        store.watch(({ version }) => seen.push(version));
        for (const version of [0, 1, 2]) {
          await store.commit({ putSources: [website] }, version, 'ann', 1);
          assert.equal(seen.at(-1), version + 1);
        }
        assert.deepEqual(seen, [1, 2, 3]);
      });

      it('sees nothing of a change that is refused, and nothing once it stopped', async () => {
        const seen: number[] = [];
        const stop = store.watch(({ version }) => seen.push(version));
        await assert.rejects(store.commit({}, 7, 'ann', 1), { code: 'version_conflict' });
        await store.commit({}, 0, 'ann', 1);
        stop();
        await store.commit({}, 1, 'ann', 1);
        assert.deepEqual(seen, [1]);
      });

      it('sees versions rise though another watcher commits while it is told', async () => {
        const seen: number[] = [];
        const stop = store.watch(({ version }) => {
          stop();
          void store.commit({ putSources: [app] }, version, 'watcher', 2);
        });
        store.watch(({ version }) => seen.push(version));
        await store.commit({ putSources: [website] }, 0, 'ann', 1);
        assert.deepEqual(seen, [1, 2]);
      });
    });

    if (backend.cannotShare === null) {
      describe('a second store of the same workspace', () => {
        let other: WorkspaceStore;

        beforeEach(async () => {
          await store.commit({ putSources: [website], putDestinations: [crm] }, 0, 'ann', 1);
          other = await place.open();
        });
        afterEach(async () => other.close());

        it('has what was committed before it opened', () => {
          assert.deepEqual(other.current(), store.current());
        });

        it('finds what the first commits when it refreshes, and tells its watchers once', async () => {
          const seen: number[] = [];
          other.watch(({ version }) => seen.push(version));
          await store.commit({ putSources: [app] }, 1, 'ann', 2);
          assert.deepEqual((await other.refresh()).sources, [website, app]);
          assert.equal(other.current().sourceByWriteKey.get('wk_3')?.id, 'app');
          await other.refresh();
          assert.deepEqual(seen, [2]);
        });

        it('is refused a change made from what it last read, and then has what stood in the way', async () => {
          await store.commit({ putSources: [app] }, 1, 'ann', 2);
          await assert.rejects(other.commit({ deleteSources: ['website'] }, 1, 'bob', 3), { code: 'version_conflict' });
          assert.equal(other.current().version, 2);
          await other.commit({ deleteSources: ['website'] }, other.current().version, 'bob', 3);
          assert.deepEqual((await store.refresh()).sources, [app]);
        });
      });
    }
  });
}
