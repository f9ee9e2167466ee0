import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeSource } from '../domain/source.ts';
import { openSqliteWorkspaceStore } from '../adapters/sql/workspace-store.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { declare } from './declare.ts';

const web = makeSource({ id: 'web', name: 'Web', writeKeys: ['wk'] });
const mobile = makeSource({ id: 'mobile', name: 'Mobile', kind: 'mobile', writeKeys: ['wk_mobile'] });
const crm = makeDestination('crm', ['https://crm.example/']);

describe('what the file declares', () => {
  const ambient = new SimulatedAmbient();

  it('is what the workspace holds afterwards', async () => {
    const store = openSqliteWorkspaceStore({ file: ':memory:' });
    await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    assert.deepEqual(store.current().sources, [web, mobile]);
    assert.deepEqual(store.current().destinations, [crm]);
  });

  it('replaces what differs, and takes away what it no longer has', async () => {
    const store = openSqliteWorkspaceStore({ file: ':memory:' });
    await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    const renamed = { ...web, name: 'Website' };
    await declare(store, { sources: [renamed], destinations: [] }, ambient);
    assert.deepEqual(store.current().sources, [renamed]);
    assert.deepEqual(store.current().destinations, []);
  });

  it('makes no new version when nothing differs', async () => {
    const store = openSqliteWorkspaceStore({ file: ':memory:' });
    await declare(store, { sources: [web], destinations: [crm] }, ambient);
    const { version } = store.current();
    const nothing = { added: [], changed: [], removed: [] };
    const changes = await declare(store, { sources: [web], destinations: [crm] }, ambient);
    assert.deepEqual(changes, { sources: nothing, destinations: nothing });
    assert.equal(store.current().version, version);
  });

  it('is told by the ids of what it touched', async () => {
    const store = openSqliteWorkspaceStore({ file: ':memory:' });
    await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    const renamed = { ...web, name: 'Website' };
    const shop = makeDestination('shop', ['https://shop.example/']);
    assert.deepEqual(await declare(store, { sources: [renamed], destinations: [shop] }, ambient), {
      sources: { added: [], changed: ['web'], removed: ['mobile'] },
      destinations: { added: ['shop'], changed: [], removed: ['crm'] },
    });
  });
});
