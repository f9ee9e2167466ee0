/** As policy.test.ts: the row `order`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';

const ordered = (policy: Partial<DeliveryPolicy> = {}) =>
  makeDestination('d', ['/d'], { order: 'user', retries: 3, backoffMs: [1_000], ...policy });
const names = (user: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${user}${n}`);

describe('order: user', () => {
  it('sends the events of a user one after the other, and those of others meanwhile', async () => {
    const inside = await Inside.start([ordered()]);
    inside.behave('/d', 'hang');
    await inside.append(names('ann', 3), { user: 'ann' });
    await inside.append(names('bob', 2), { user: 'bob' });
    const rounds: string[][] = [];
    for (let seen = 0; seen < 5;) {
      rounds.push(inside.namesAt('/d').slice(seen));
      seen = inside.namesAt('/d').length;
      await inside.release('/d');
      await inside.settle();
    }
    assert.deepEqual(rounds, [['ann0', 'bob0'], ['ann1', 'bob1'], ['ann2']]);
  });

  it('of none sends them all at once', async () => {
    const inside = await Inside.start([ordered({ order: 'none' })]);
    inside.behave('/d', 'hang');
    await inside.append(names('ann', 3), { user: 'ann' });
    assert.deepEqual(inside.namesAt('/d'), names('ann', 3));
  });

  it('sends events without a user as they come', async () => {
    const inside = await Inside.start([ordered()]);
    inside.behave('/d', 'hang');
    await inside.append(names('x', 3), { user: null });
    assert.deepEqual(inside.namesAt('/d'), names('x', 3));
  });

  it('keeps a user waiting while its first event waits for a retry, and nobody else', async () => {
    const inside = await Inside.start([ordered()]);
    inside.behave('/d', 500, 200);
    await inside.append(names('ann', 3), { user: 'ann' });
    await inside.append(['bob0'], { user: 'bob' });
    await inside.append(['ann3'], { user: 'ann' });
    assert.deepEqual(inside.namesAt('/d'), ['ann0', 'bob0']);
    await inside.ambient.advance(1_000);
    await inside.ambient.advance(200);
    assert.deepEqual(inside.namesAt('/d'), ['ann0', 'bob0', 'ann0', 'ann1', 'ann2', 'ann3']);
    await inside.append(['ann4'], { user: 'ann' });
    assert.equal(inside.namesAt('/d').at(-1), 'ann4');
    const [status] = await inside.dispatcher.status();
    assert.deepEqual([status?.waiting, status?.parked], [0, 0]);
  });

  it('goes on with the next when one is dead', async () => {
    const inside = await Inside.start([ordered({ retries: 0 })]);
    inside.behave('/d', 500, 400, 200);
    await inside.append(names('ann', 3), { user: 'ann' });
    assert.deepEqual(inside.namesAt('/d'), names('ann', 3));
    assert.deepEqual(inside.finished(), [
      ['dead', 'http_500'],
      ['dead', 'http_400'],
    ]);
  });

  it('goes on with what is parked when the one before it is dead after its retries', async () => {
    const inside = await Inside.start([ordered({ retries: 1 })]);
    inside.behave('/d', 500, 500, 200);
    await inside.append(names('ann', 3), { user: 'ann' });
    await inside.ambient.advance(1_100);
    assert.deepEqual(inside.namesAt('/d'), ['ann0', 'ann0', 'ann1', 'ann2']);
  });

  it('leaves those that waited their retries unspent', async () => {
    const inside = await Inside.start([ordered({ retries: 1 })]);
    inside.behave('/d', 500, 200, 500, 200);
    await inside.append(names('ann', 2), { user: 'ann' });
    await inside.ambient.advance(3_000);
    assert.deepEqual(inside.namesAt('/d'), ['ann0', 'ann0', 'ann1', 'ann1']);
    assert.deepEqual(
      inside.reports.map(({ attempt }) => attempt.number),
      [1, 2, 1, 2],
    );
  });

  it('is kept over a restart, with what waited in the store and what waited in the lane', async () => {
    const inside = await Inside.start([ordered()]);
    inside.behave('/d', 500, 'hang', 200);
    await inside.append(names('ann', 3), { user: 'ann' });
    await inside.append(names('bob', 3), { user: 'bob' });
    const stopped = inside.dispatcher.stop(0);
    await inside.ambient.advance(100);
    await stopped;
    inside.behave('/d', 200);
    await inside.startDispatcher([ordered()]);
    await inside.ambient.advance(3_000);
    const sent = inside.namesAt('/d').slice(2);
    assert.deepEqual(
      sent.filter((name) => name.startsWith('ann')),
      names('ann', 3),
    );
    assert.deepEqual(
      sent.filter((name) => name.startsWith('bob')),
      names('bob', 3),
    );
  });

  it('is kept over a crash, in which one was delivered and nobody knew', async () => {
    const inside = await Inside.start([ordered()]);
    inside.behave('/d', 200, 'hang');
    await inside.append(names('ann', 4), { user: 'ann' });
    await inside.append(names('bob', 2), { user: 'bob' });
    inside.behave('/d', 200);
    await inside.crash([ordered()]);
    await inside.append(['ann4'], { user: 'ann' });
    await inside.ambient.advance(3_000);
    const sent = inside.namesAt('/d').slice(3);
    assert.deepEqual(
      sent.filter((name) => name.startsWith('ann')),
      names('ann', 5).slice(1),
    );
    assert.deepEqual(
      sent.filter((name) => name.startsWith('bob')),
      sent.filter((name) => name.startsWith('bob')).sort(),
    );
  });

  it('does not keep in memory what waits at an endpoint that is held, and goes on where it was', async () => {
    const inside = await Inside.start([ordered()]);
    inside.behave('/d', 'hang');
    await inside.append(names('ann', 3), { user: 'ann' });
    await inside.append(['bob0'], { user: 'bob' });
    inside.headers = { 'retry-after': '60' };
    // Answers ann0 with a success, and bob0 with the wish to be left alone, which shuts the endpoint.
    inside.behave('/d', 503, 200);
    await inside.append(['eve0'], { user: 'eve' });
    await inside.release('/d');
    await inside.settle();
    const [held] = await inside.dispatcher.status();
    assert.equal(held?.endpoints[0]?.state, 'held');
    assert.equal(held.parked, 3, 'ann1, ann2 and eve0 are rows');
    inside.headers = {};
    await inside.ambient.advance(61_000);
    assert.deepEqual(
      inside
        .namesAt('/d')
        .slice(3)
        .filter((name) => name.startsWith('ann')),
      ['ann1', 'ann2'],
    );
  });

  it('ends with the setting: what waited behind others is due then', async () => {
    const inside = await Inside.start([ordered({ backoffMs: [60_000] })]);
    inside.behave('/d', 500, 200);
    await inside.append(names('ann', 3), { user: 'ann' });
    assert.deepEqual(inside.namesAt('/d'), ['ann0']);
    await inside.update([ordered({ order: 'none', backoffMs: [60_000] })]);
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d'), ['ann0', 'ann1', 'ann2']);
    await inside.ambient.advance(60_000);
    assert.deepEqual(inside.namesAt('/d'), ['ann0', 'ann1', 'ann2', 'ann0']);
  });

  it('is broken by a retry by hand, which waits for nobody', async () => {
    const inside = await Inside.start([ordered({ retries: 1 })]);
    inside.behave('/d', 500, 500, 500, 200);
    const [first] = await inside.append(names('ann', 3), { user: 'ann' });
    await inside.ambient.advance(1_100);
    assert.deepEqual(inside.namesAt('/d'), ['ann0', 'ann0', 'ann1'], 'ann0 is dead, and ann1 waits for its retry');
    assert.equal(await inside.dispatcher.retryDead('d', [first!], 1), 1);
    await inside.settle();
    assert.equal(inside.namesAt('/d').at(-1), 'ann0');
    await inside.ambient.advance(2_000);
    assert.deepEqual(inside.namesAt('/d').slice(3), ['ann0', 'ann1', 'ann2']);
  });

  it('is of each endpoint by itself where each gets a delivery of its own', async () => {
    const inside = await Inside.start([
      makeDestination('d', ['/a', '/b'], { order: 'user', success: 'every', retries: 1 }),
    ]);
    inside.behave('/a', 'hang');
    await inside.append(names('ann', 3), { user: 'ann' });
    assert.deepEqual([inside.namesAt('/a'), inside.namesAt('/b')], [['ann0'], names('ann', 3)]);
  });

  it('lets a user with more events than the window takes go on to its end', async () => {
    const inside = await Inside.start([ordered()]);
    inside.behave('/d', 'hang', 200);
    await inside.append(names('ann', 5_000), { user: 'ann' });
    await inside.append(['bob0'], { user: 'bob' });
    assert.deepEqual(inside.namesAt('/d'), ['ann0'], 'the window is full of what waits');
    await inside.release('/d');
    await inside.ambient.advance(2_000);
    const sent = inside.namesAt('/d');
    assert.deepEqual(
      sent.filter((name) => name !== 'bob0'),
      names('ann', 5_000),
    );
    assert.ok(sent.includes('bob0'));
  });
});
