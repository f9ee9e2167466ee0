import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openWorkspace } from '../../test/support/workspace.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { onlySecret, type Secrets } from '../domain/secret-rotation.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { declare } from './declare.ts';
import { promoteSecret, SecretRotations } from './rotate-secrets.ts';

const HOUR_MS = 3_600_000;

function crm(sharedSecret: string | null, more: object = {}) {
  return makeDestination('crm', ['https://crm.example/'], {}, { ...onlySecret(sharedSecret), ...more });
}

/** A workspace whose file has declared one destination with these secrets, one after the other. */
class World {
  readonly ambient = new SimulatedAmbient();
  readonly store: WorkspaceStore = openWorkspace();
  readonly failures: unknown[] = [];

  async declare(sharedSecret: string | null, more: object = {}): Promise<void> {
    await declare(this.store, { sources: [], destinations: [crm(sharedSecret, more)] }, this.ambient);
  }

  async startRotations(): Promise<SecretRotations> {
    const { store: workspace, ambient, failures } = this;
    return SecretRotations.start({ workspace, ambient, onFailure: (error) => failures.push(error) });
  }

  secrets(): Secrets {
    const { sharedSecret, nextSecret, rotationEndsAtMs } = this.store.current().destinations[0]!;
    return { sharedSecret, nextSecret, rotationEndsAtMs };
  }
}

describe('another secret in the file', () => {
  it('begins a rotation, which other changes of the file and the same file again leave alone', async () => {
    const world = new World();
    await world.declare('one');
    await world.declare('two');
    const rotating = { sharedSecret: 'one', nextSecret: 'two', rotationEndsAtMs: world.ambient.nowMs() + 24 * HOUR_MS };
    assert.deepEqual(world.secrets(), rotating);
    await world.ambient.advance(HOUR_MS);
    await world.declare('two', { name: 'Renamed' });
    assert.deepEqual(world.secrets(), rotating);
    const { version } = world.store.current();
    await world.declare('two', { name: 'Renamed' });
    assert.equal(world.store.current().version, version);
  });

  it('is promoted a day later by itself, and the file goes on saying the same', async () => {
    const world = new World();
    await world.declare('one');
    const rotations = await world.startRotations();
    await world.declare('two');
    await world.ambient.advance(24 * HOUR_MS - 1);
    assert.equal(world.secrets().nextSecret, 'two');
    await world.ambient.advance(1);
    assert.deepEqual(world.secrets(), onlySecret('two'));
    await world.declare('two');
    assert.deepEqual(world.secrets(), onlySecret('two'));
    rotations.stop();
    assert.deepEqual(world.failures, []);
  });

  it('is promoted at the start when the day passed while nothing ran', async () => {
    const world = new World();
    await world.declare('one');
    await world.declare('two');
    await world.ambient.advance(25 * HOUR_MS);
    const rotations = await world.startRotations();
    assert.deepEqual(world.secrets(), onlySecret('two'));
    rotations.stop();
  });

  it('is promoted by the wall clock, also when that is set', async () => {
    const world = new World();
    await world.declare('one');
    await world.declare('two');
    const rotations = await world.startRotations();
    world.ambient.jump(24 * HOUR_MS);
    await world.ambient.advance(HOUR_MS);
    assert.deepEqual(world.secrets(), onlySecret('two'));
    rotations.stop();
  });

  it('is never promoted once nobody looks', async () => {
    const world = new World();
    await world.declare('one');
    await world.declare('two');
    (await world.startRotations()).stop();
    await world.declare('two', { name: 'Renamed' });
    await world.ambient.advance(48 * HOUR_MS);
    assert.equal(world.secrets().nextSecret, 'two');
  });
});

describe('a secret that an operator promotes', () => {
  const asked = { destination: 'crm', by: 'operator' };

  it('signs alone from then on', async () => {
    const world = new World();
    await world.declare('one');
    await world.declare('two');
    await promoteSecret(world.store, asked, world.ambient);
    assert.deepEqual(world.secrets(), onlySecret('two'));
  });

  it('is one that is being rotated, of a destination that there is', async () => {
    const world = new World();
    await world.declare('one');
    await assert.rejects(promoteSecret(world.store, asked, world.ambient), { code: 'no_rotation' });
    const other = { ...asked, destination: 'other' };
    await assert.rejects(promoteSecret(world.store, other, world.ambient), { code: 'destination_not_found' });
  });
});
