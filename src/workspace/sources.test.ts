import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { openWorkspace } from '../../test/support/workspace.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { racing, racingOnce } from '../../test/support/racing-store.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { declaredMax } from '../domain/limits.ts';
import { makeSource, type Source } from '../domain/source.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { createSource, deleteSource, updateSource } from './sources.ts';
import { issueWriteKey, nameWriteKey, revokeWriteKey } from './write-keys.ts';

const declared = makeSource({ id: 'web', name: 'Web', writeKeys: ['wk'] });
const by = 'token ann';
const ambient = new SimulatedAmbient();
let store: WorkspaceStore;

async function create(said: Partial<Source> & Pick<Source, 'writeKeys'>, of = store): Promise<Source> {
  return createSource(of, { make: (id) => makeSource({ id, ...said }), by }, ambient);
}

async function change(id: string, said: Partial<Source>, of = store): Promise<Source> {
  return updateSource(of, { id, change: (current) => ({ ...current, ...said }), by }, ambient);
}

/** Gives each test of the describe that calls it a store with what is declared. */
function withStore(): void {
  beforeEach(async () => {
    store = openWorkspace();
    await store.commit({ putSources: [declared] }, 0, 'configuration file', 1);
  });
}

describe('a source that an operator makes', () => {
  withStore();

  it('is of operators, has an id of its own, and its keys are taken at once', async () => {
    const source = await create({ name: 'Shop', writeKeys: ['a', 'b'], origin: 'file' });
    assert.match(source.id, /^src_[0-9a-f]{20}$/);
    assert.equal(source.origin, 'api');
    assert.deepEqual(store.current().sources, [declared, source]);
    assert.equal(store.current().sourceByWriteKey.get('b'), store.current().sources[1]);
    assert.notEqual((await create({ writeKeys: ['c'] })).id, source.id);
  });

  it('has a name and write keys that no other source has', async () => {
    await assert.rejects(create({ name: 'WEB', writeKeys: ['a'] }), {
      code: 'name_taken',
      details: { kind: 'source', other: 'web' },
    });
    await assert.rejects(create({ writeKeys: ['a', 'wk'] }), { code: 'write_key_taken', details: { source: 'web' } });
    assert.equal(store.current().version, 1);
  });

  it('is refused when there are too many', async () => {
    const putSources = Array.from({ length: declaredMax }, (_, index) =>
      makeSource({ id: `s${index}`, writeKeys: [`k${index}`] }),
    );
    await store.commit({ putSources }, 1, by, 1);
    await assert.rejects(create({ writeKeys: ['a'] }), { code: 'too_many_sources' });
  });

  it('is made of what is there when somebody else was faster', async () => {
    const first = async (): Promise<unknown> =>
      store.commit({ putSources: [makeSource({ id: 'x', writeKeys: ['a'] })] }, 1, by, 1);
    await assert.rejects(create({ writeKeys: ['a'] }, racingOnce(store, first)), { code: 'write_key_taken' });
    const again = async (): Promise<unknown> => store.commit({}, store.current().version, by, 1);
    const source = await create({ writeKeys: ['b'] }, racing(store, again, 4));
    assert.deepEqual(store.current().sources.at(-1), source);
    await assert.rejects(create({ writeKeys: ['c'] }, racing(store, again, 5)), { code: 'version_conflict' });
  });
});

describe('a change of a source', () => {
  withStore();

  it('is written, but not its id and whose it is; and nothing is when nothing changes', async () => {
    const { id } = await create({ name: 'Shop', writeKeys: ['a'] });
    const source = await change(id, { name: 'SHOP', enabled: false, id: 'other', origin: 'file' });
    assert.deepEqual(
      { id: source.id, name: source.name, enabled: source.enabled, origin: source.origin },
      {
        ...{ id, name: 'SHOP', enabled: false, origin: 'api' },
      },
    );
    assert.deepEqual(store.current().sources, [declared, source]);
    const { version } = store.current();
    await change(id, { name: 'SHOP' });
    assert.equal(store.current().version, version);
  });

  it('is refused for what is not there, what the file declares, and what others have', async () => {
    const { id } = await create({ writeKeys: ['a'] });
    await assert.rejects(change('none', {}), { code: 'source_not_found' });
    await assert.rejects(change('web', {}), { code: 'declared_in_file', details: { kind: 'source', id: 'web' } });
    await assert.rejects(change(id, { name: 'web' }), { code: 'name_taken' });
    await assert.rejects(change(id, { writeKeys: ['wk'] }), { code: 'write_key_taken' });
    const writeKeys = Array.from({ length: 101 }, (_, index) => `k${index}`);
    await assert.rejects(change(id, { writeKeys }), { code: 'too_many_write_keys' });
  });

  it('is made of what somebody left who was faster', async () => {
    const { id } = await create({ name: 'Shop', writeKeys: ['a'] });
    const racingStore = racingOnce(store, async () => change(id, { enabled: false }));
    const source = await change(id, { kind: 'web' }, racingStore);
    assert.deepEqual({ enabled: source.enabled, kind: source.kind }, { enabled: false, kind: 'web' });
  });
});

describe('a source that is deleted', () => {
  withStore();

  it('is taken out of the destinations that have it, in the same version', async () => {
    const { id } = await create({ writeKeys: ['a'] });
    const of = (name: string, sources: readonly string[]) =>
      makeDestination(name, ['https://x.example/'], {}, { sources, origin: 'api' });
    const { version } = await store.commit(
      { putDestinations: [of('one', [id]), of('two', ['web', id]), of('three', ['web'])] },
      2,
      by,
      1,
    );
    const dry = await deleteSource(store, { id, by, dryRun: true }, ambient);
    assert.deepEqual(dry.destinations, ['one', 'two']);
    assert.equal(store.current().version, version);
    assert.deepEqual(await deleteSource(store, { id, by }, ambient), dry);
    assert.equal(store.current().version, version + 1);
    assert.deepEqual(store.current().sources, [declared]);
    assert.deepEqual(store.current().destinations, [of('one', []), of('two', ['web']), of('three', ['web'])]);
  });

  it("must be there, and not the file's", async () => {
    await assert.rejects(deleteSource(store, { id: 'none', by }, ambient), { code: 'source_not_found' });
    await assert.rejects(deleteSource(store, { id: 'web', by, dryRun: true }, ambient), { code: 'declared_in_file' });
  });
});

describe('a write key', () => {
  withStore();

  it('is issued with a name or without, once, and up to a hundred', async () => {
    const { id: source } = await create({ writeKeys: ['a'] });
    await issueWriteKey(store, { source, key: 'b', name: 'the shop', by }, ambient);
    const after = await issueWriteKey(store, { source, key: 'c', name: null, by }, ambient);
    assert.deepEqual(after.writeKeys, ['a', 'b', 'c']);
    assert.deepEqual(after.keyNames, { b: 'the shop' });
    assert.deepEqual(store.current().sources[1], after);
    for (const [key, owner] of [
      ['b', source],
      ['wk', 'web'],
    ] as const) {
      const issuing = issueWriteKey(store, { source, key, name: null, by }, ambient);
      await assert.rejects(issuing, { code: 'write_key_taken', details: { source: owner } });
    }
    await change(source, { writeKeys: Array.from({ length: 100 }, (_, index) => `k${index}`) });
    const oneMore = issueWriteKey(store, { source, key: 'more', name: null, by }, ambient);
    await assert.rejects(oneMore, { code: 'too_many_write_keys' });
  });

  it('is given another name, or none', async () => {
    const { id: source } = await create({ writeKeys: ['a', 'b'], keyNames: { a: 'one' } });
    await nameWriteKey(store, { source, key: 'b', name: 'two', by }, ambient);
    assert.deepEqual((await nameWriteKey(store, { source, key: 'a', name: null, by }, ambient)).keyNames, { b: 'two' });
    const naming = nameWriteKey(store, { source, key: 'c', name: 'three', by }, ambient);
    await assert.rejects(naming, { code: 'write_key_not_found' });
  });

  it('is revoked with its name, unless it is the last one', async () => {
    const { id: source } = await create({ writeKeys: ['a', 'b'], keyNames: { a: 'one' } });
    const after = await revokeWriteKey(store, { source, key: 'a', by }, ambient);
    assert.deepEqual({ writeKeys: after.writeKeys, keyNames: after.keyNames }, { writeKeys: ['b'], keyNames: {} });
    assert.equal(store.current().sourceByWriteKey.has('a'), false);
    await assert.rejects(revokeWriteKey(store, { source, key: 'b', by }, ambient), { code: 'last_write_key' });
    await assert.rejects(revokeWriteKey(store, { source, key: 'a', by }, ambient), { code: 'write_key_not_found' });
  });

  it("of the file's sources is the file's", async () => {
    const asked = { source: 'web', key: 'wk', name: null, by };
    await assert.rejects(issueWriteKey(store, { ...asked, key: 'x' }, ambient), { code: 'declared_in_file' });
    await assert.rejects(nameWriteKey(store, asked, ambient), { code: 'declared_in_file' });
    await assert.rejects(revokeWriteKey(store, asked, ambient), { code: 'declared_in_file' });
  });
});
