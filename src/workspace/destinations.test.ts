import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { openWorkspace } from '../../test/support/workspace.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { racingOnce } from '../../test/support/racing-store.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Destination } from '../domain/destination.ts';
import { declaredMax, rotationMs } from '../domain/limits.ts';
import { onlySecret } from '../domain/secret-rotation.ts';
import { makeSource } from '../domain/source.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { createDestination, deleteDestination, updateDestination } from './destinations.ts';
import { promoteSecret } from './rotate-secrets.ts';

const declared = makeDestination('crm', ['https://crm.example/'], {}, { name: 'CRM' });
const by = 'token ann';
const ambient = new SimulatedAmbient();
let store: WorkspaceStore;

async function create(said: Partial<Destination> = {}): Promise<Destination> {
  const make = (id: string): Destination => makeDestination(id, ['https://a.example/'], {}, said);
  return createDestination(store, { make, by }, ambient);
}

async function change(id: string, said: Partial<Destination>, of = store): Promise<Destination> {
  const changed = (current: Destination): Destination => ({ ...current, ...onlySecret(current.sharedSecret), ...said });
  return updateDestination(of, { id, change: changed, by }, ambient);
}

/** Gives each test of the describe that calls it a store with what is declared. */
function withStore(): void {
  beforeEach(async () => {
    store = openWorkspace();
    const putSources = [makeSource({ id: 'web', writeKeys: ['wk'] })];
    await store.commit({ putSources, putDestinations: [declared] }, 0, 'configuration file', 1);
  });
}

describe('a destination that an operator makes', () => {
  withStore();

  it('is of operators, has an id of its own, and no rotation', async () => {
    const destination = await create({ sharedSecret: 'one', nextSecret: 'two', rotationEndsAtMs: 1 });
    assert.match(destination.id, /^dst_[0-9a-f]{20}$/);
    assert.deepEqual(destination, {
      ...makeDestination(destination.id, ['https://a.example/'], {}, onlySecret('one')),
      origin: 'api',
    });
    assert.deepEqual(store.current().destinations, [declared, destination]);
  });

  it('has a name of its own and sources that are there', async () => {
    await assert.rejects(create({ name: 'crm' }), {
      code: 'name_taken',
      details: { kind: 'destination', other: 'crm' },
    });
    await assert.rejects(create({ sources: ['web', 'app'] }), { code: 'source_not_found', details: { source: 'app' } });
  });

  it('is refused when there are too many', async () => {
    const putDestinations = Array.from({ length: declaredMax }, (_, index) => makeDestination(`d${index}`, []));
    await store.commit({ putDestinations }, 1, by, 1);
    await assert.rejects(create(), { code: 'too_many_destinations' });
  });
});

describe('a change of a destination', () => {
  withStore();

  it('is written, but not its id and whose it is; and nothing is when nothing changes', async () => {
    const { id } = await create();
    const destination = await change(id, { name: 'Hook', id: 'other', origin: 'file' });
    assert.deepEqual(store.current().destinations[1], { ...destination, id, name: 'Hook', origin: 'api' });
    const { version } = store.current();
    await change(id, { name: 'Hook' });
    assert.equal(store.current().version, version);
  });

  it('is refused for what is not there, what the file declares, and what cannot be', async () => {
    const { id } = await create();
    await assert.rejects(change('none', {}), { code: 'destination_not_found' });
    await assert.rejects(change('crm', {}), { code: 'declared_in_file', details: { kind: 'destination', id: 'crm' } });
    await assert.rejects(change(id, { name: 'Crm' }), { code: 'name_taken' });
    await assert.rejects(change(id, { sources: ['app'] }), { code: 'source_not_found' });
  });

  it('of its secret begins a rotation, which other changes leave alone and a promotion ends', async () => {
    const { id } = await create({ sharedSecret: 'one' });
    const rotating = await change(id, { sharedSecret: 'two' });
    const rotationEndsAtMs = ambient.nowMs() + rotationMs;
    assert.deepEqual({ ...rotating }, { ...rotating, sharedSecret: 'one', nextSecret: 'two', rotationEndsAtMs });
    const renamed = await change(id, { name: 'Hook', sharedSecret: 'two' });
    assert.deepEqual(renamed, { ...rotating, name: 'Hook' });
    await promoteSecret(store, { destination: id, by }, ambient);
    assert.deepEqual(store.current().destinations[1], { ...renamed, ...onlySecret('two') });
  });

  it('is made of what somebody left who was faster', async () => {
    const { id } = await create();
    const racing = racingOnce(store, async () => change(id, { enabled: false }));
    const destination = await change(id, { name: 'Hook' }, racing);
    assert.deepEqual({ name: destination.name, enabled: destination.enabled }, { name: 'Hook', enabled: false });
  });
});

describe('a destination that is deleted', () => {
  withStore();

  it("must be there, and not the file's", async () => {
    const destination = await create();
    assert.deepEqual(await deleteDestination(store, { id: destination.id, by }, ambient), destination);
    assert.deepEqual(store.current().destinations, [declared]);
    const deleting = deleteDestination(store, { id: destination.id, by }, ambient);
    await assert.rejects(deleting, { code: 'destination_not_found' });
    await assert.rejects(deleteDestination(store, { id: 'crm', by }, ambient), { code: 'declared_in_file' });
  });
});
