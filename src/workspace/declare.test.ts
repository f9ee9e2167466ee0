import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeSource } from '../domain/source.ts';
import { openWorkspace } from '../../test/support/workspace.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { racingOnce } from '../../test/support/racing-store.ts';
import { SluiceError } from '../domain/errors.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { declare } from './declare.ts';

const web = makeSource({ id: 'web', name: 'Web', writeKeys: ['wk'] });
const mobile = makeSource({ id: 'mobile', name: 'Mobile', kind: 'mobile', writeKeys: ['wk_mobile'] });
const crm = makeDestination('crm', ['https://crm.example/']);

describe('what the file declares', () => {
  const ambient = new SimulatedAmbient();

  it('is what the workspace holds afterwards', async () => {
    const store = openWorkspace();
    await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    assert.deepEqual(store.current().sources, [web, mobile]);
    assert.deepEqual(store.current().destinations, [crm]);
  });

  it('replaces what differs, and takes away what it no longer has', async () => {
    const store = openWorkspace();
    await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    const renamed = { ...web, name: 'Website' };
    await declare(store, { sources: [renamed], destinations: [] }, ambient);
    assert.deepEqual(store.current().sources, [renamed]);
    assert.deepEqual(store.current().destinations, []);
  });

  it('makes no new version when nothing differs', async () => {
    const store = openWorkspace();
    await declare(store, { sources: [web], destinations: [crm] }, ambient);
    const { version } = store.current();
    const nothing = { added: [], changed: [], removed: [], adopted: [] };
    const changes = await declare(store, { sources: [web], destinations: [crm] }, ambient);
    assert.deepEqual(changes, { sources: nothing, destinations: nothing, disconnected: [] });
    assert.equal(store.current().version, version);
  });

  it('is told by the ids of what it touched', async () => {
    const store = openWorkspace();
    await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    const renamed = { ...web, name: 'Website' };
    const shop = makeDestination('shop', ['https://shop.example/']);
    assert.deepEqual(await declare(store, { sources: [renamed], destinations: [shop] }, ambient), {
      sources: { added: [], changed: ['web'], removed: ['mobile'], adopted: [] },
      destinations: { added: ['shop'], changed: [], removed: ['crm'], adopted: [] },
      disconnected: [],
    });
  });
});

describe('what operators made', () => {
  const ambient = new SimulatedAmbient();
  const ofApi = { origin: 'api' } as const;
  const shop = makeSource({ id: 'src_1', name: 'Shop', writeKeys: ['wk_shop'], ...ofApi });
  const hook = makeDestination('dst_1', ['https://hook.example/'], {}, { name: 'Hook', sources: ['src_1'], ...ofApi });

  async function madeByOperators(): Promise<WorkspaceStore> {
    const store = openWorkspace();
    await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    await store.commit({ putSources: [shop], putDestinations: [hook] }, 1, 'token ann', 1);
    return store;
  }

  it('stays, whatever the file declares', async () => {
    const store = await madeByOperators();
    const changes = await declare(store, { sources: [], destinations: [] }, ambient);
    assert.deepEqual(changes.sources.removed, ['web', 'mobile']);
    assert.deepEqual(store.current().sources, [shop]);
    assert.deepEqual(store.current().destinations, [hook]);
  });

  it("is the file's from then on when the file declares its id, and told", async () => {
    const store = await madeByOperators();
    const sources = [web, mobile, { ...shop, origin: 'file' as const }];
    const destinations = [crm, { ...hook, name: 'Renamed', sharedSecret: 'new', origin: 'file' as const }];
    const changes = await declare(store, { sources, destinations }, ambient);
    assert.deepEqual(changes, {
      sources: { added: [], changed: [], removed: [], adopted: ['src_1'] },
      destinations: { added: [], changed: [], removed: [], adopted: ['dst_1'] },
      disconnected: [],
    });
    assert.deepEqual(store.current().sources, sources);
    assert.deepEqual(store.current().destinations, destinations);
    const removed = await declare(store, { sources: [web, mobile], destinations: [crm] }, ambient);
    assert.deepEqual(removed.sources.removed, ['src_1']);
    assert.deepEqual(removed.destinations.removed, ['dst_1']);
  });

  it('loses a source that the file no longer declares, and is told of', async () => {
    const store = await madeByOperators();
    const wide = { ...hook, sources: ['src_1', 'web', 'mobile'] };
    await store.commit({ putDestinations: [wide] }, 2, 'token ann', 1);
    const changes = await declare(store, { sources: [mobile], destinations: [] }, ambient);
    assert.deepEqual(changes.disconnected, ['dst_1']);
    assert.deepEqual(store.current().destinations, [{ ...hook, sources: ['src_1', 'mobile'] }]);
  });

  it('keeps its names and write keys: a file that gives them to others is refused as a whole', async () => {
    const store = await madeByOperators();
    const before = store.current();
    const taken = makeSource({ id: 'other', name: 'SHOP', writeKeys: ['a', 'wk_shop'] });
    const sources = [mobile, taken];
    const destinations = [makeDestination('hook', ['https://x.example/'])];
    await assert.rejects(declare(store, { sources, destinations }, ambient), (error) => {
      assert.ok(error instanceof SluiceError);
      assert.equal(error.code, 'declaration_clash');
      assert.deepEqual(String(error.details['problems']).split('\n'), [
        'source other has the name of source src_1: rename one of the two, or declare src_1 in its place',
        'source other has a write key of source src_1: revoke it there, or declare src_1 in its place',
        'destination hook has the name of destination dst_1: rename one of the two, or declare dst_1 in its place',
      ]);
      return true;
    });
    assert.equal(store.current(), before);
  });
});

describe('a declaration at the moment of another change', () => {
  it('is made of what is there then', async () => {
    const store = openWorkspace();
    const ambient = new SimulatedAmbient();
    const made = makeSource({ id: 'src_1', name: 'Shop', writeKeys: ['wk_shop'], origin: 'api' });
    const racing = racingOnce(store, async () => store.commit({ putSources: [made] }, 0, 'token ann', 1));
    await declare(racing, { sources: [web], destinations: [] }, ambient);
    assert.deepEqual(store.current().sources, [made, web]);
  });
});
