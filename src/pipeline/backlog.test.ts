/** What waited while a destination was held, and what comes afterwards. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';

const PER_SECOND = 100;
const BACKLOG = 3_000;
const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const slow = (policy: Partial<DeliveryPolicy> = {}) =>
  makeDestination('d', ['/d'], { rateLimitPerSecond: PER_SECOND, ...policy });

/** One whose endpoint was held until this many events waited, and is back with its next probe. */
async function withBacklog(policy: Partial<DeliveryPolicy> = {}): Promise<Inside> {
  const inside = await Inside.start([slow(policy)]);
  inside.behave('/d', 'refused');
  for (let second = 0; second < 60 && inside.standings.length === 0; second += 1) {
    await inside.append([`before${second}`]);
    await inside.ambient.advance(1_000);
  }
  assert.equal(inside.standings.at(-1)?.state, 'held');
  await inside.append(names('old', BACKLOG));
  inside.sent.length = 0;
  inside.behave('/d', 200);
  for (let second = 0; second < 60 && inside.standings.at(-1)?.state === 'held'; second += 1)
    await inside.ambient.advance(1_000);
  assert.equal(inside.standings.at(-1)?.state, 'open');
  return inside;
}

/** Sends a few new events a second for so long; answers how many seconds each of them took at most. */
async function liveDelays(inside: Inside, seconds: number): Promise<number> {
  let worst = 0;
  for (let second = 0; second < seconds; second += 1) {
    const [name] = names(`live${second}-`, 1);
    await inside.append([name!]);
    for (let waited = 0; !inside.namesAt('/d').includes(name!); waited += 1) {
      assert.ok(waited < 600, `${name} never came`);
      worst = Math.max(worst, waited + 1);
      await inside.ambient.advance(1_000);
    }
  }
  return worst;
}

/** Lets everything be delivered, and sees that each event came exactly once. */
async function drain(inside: Inside, expected: readonly string[]): Promise<void> {
  await inside.ambient.advance(((BACKLOG + 500) / PER_SECOND) * 1_000);
  const sent = inside.namesAt('/d').filter((name) => !name.startsWith('before'));
  assert.deepEqual(sent.toSorted(), expected.toSorted());
  const [status] = await inside.dispatcher.status();
  assert.deepEqual([status?.waiting, status?.parked, status?.oldestAtMs], [0, 0, null]);
  const { end } = await inside.log.extent();
  await inside.ambient.advance(2_000);
  assert.equal((await inside.store.floors()).get('d'), end, 'the floor has passed all of it');
}

describe('a backlog', () => {
  it('does not keep new events waiting, and is worked off beside them', async () => {
    const inside = await withBacklog();
    const worst = await liveDelays(inside, 5);
    assert.ok(worst <= 2, `a new event took ${worst} s`);
    const early = inside.namesAt('/d').length;
    assert.ok(early < BACKLOG / 2, `${early} were delivered by then`);
    await drain(inside, [...names('old', BACKLOG), ...Array.from({ length: 5 }, (_, second) => `live${second}-0`)]);
  });

  it('gets a quarter of what goes out, however much comes', async () => {
    const inside = await withBacklog();
    for (let second = 0; second < 10; second += 1) {
      await inside.append(names(`live${second}-`, 2 * PER_SECOND));
      await inside.ambient.advance(1_000);
    }
    const sent = inside.namesAt('/d').slice(-8 * PER_SECOND);
    const old = sent.filter((name) => name.startsWith('old')).length;
    assert.ok(old >= sent.length / 4 - 10, `${old} of ${sent.length} were old`);
  });

  it('goes on after a restart, without what was delivered beside it, and again behind new events', async () => {
    const inside = await withBacklog();
    await liveDelays(inside, 2);
    const stopped = inside.dispatcher.stop(1_000);
    await inside.ambient.advance(1_000);
    await stopped;
    await inside.startDispatcher([slow()]);
    const worst = await liveDelays(inside, 3);
    assert.ok(worst <= 2, `a new event took ${worst} s`);
    await drain(inside, [...names('old', BACKLOG), ...[0, 1, 0, 1, 2].map((n) => `live${n}-0`)]);
  });

  it('loses nothing by a crash, and repeats what was in flight alone', async () => {
    const inside = await withBacklog();
    await liveDelays(inside, 2);
    await inside.crash([slow()]);
    await inside.ambient.advance(((BACKLOG + 500) / PER_SECOND) * 1_000);
    const sent = inside.namesAt('/d').filter((name) => !name.startsWith('before'));
    const expected = [...names('old', BACKLOG), 'live0-0', 'live1-0'];
    assert.deepEqual([...new Set(sent)].toSorted(), expected.toSorted());
    assert.ok(sent.length - expected.length <= 64, `${sent.length - expected.length} came again`);
  });

  it('is in order with what comes, where the order of users is kept', async () => {
    const inside = await withBacklog({ order: 'user' });
    await inside.append(['live']);
    await inside.ambient.advance(5_000);
    assert.ok(!inside.namesAt('/d').includes('live'));
    await drain(inside, [...names('old', BACKLOG), 'live']);
    assert.equal(inside.namesAt('/d').at(-1), 'live');
  });

  it('that is small is no backlog: it goes out in the order of the log', async () => {
    const inside = await Inside.start([slow()]);
    inside.headers = { 'retry-after': '30' };
    inside.behave('/d', 503, 200);
    await inside.append(['first']);
    await inside.append(names('old', 200));
    await inside.ambient.advance(30_000);
    await inside.append(['live']);
    await inside.ambient.advance(10_000);
    const sent = inside.namesAt('/d').filter((name) => name !== 'first');
    assert.deepEqual(sent, [...names('old', 200), 'live']);
  });

  it('that comes upon another is a second one, and new events are before both', async () => {
    const inside = await withBacklog();
    inside.behave('/d', 'refused');
    for (let second = 0; second < 120 && inside.standings.at(-1)?.state === 'open'; second += 1) {
      await inside.append(names(`more${second}-`, 10));
      await inside.ambient.advance(1_000);
    }
    await inside.append(names('newer', 1_000));
    inside.behave('/d', 200);
    for (let second = 0; second < 120 && inside.standings.at(-1)?.state === 'held'; second += 1)
      await inside.ambient.advance(1_000);
    const worst = await liveDelays(inside, 3);
    assert.ok(worst <= 2, `a new event took ${worst} s`);
    const left = ['newer', 'old'].map((kind) => inside.namesAt('/d').filter((name) => name.startsWith(kind)).length);
    assert.ok(left[0]! < 1_000 && left[1]! < BACKLOG, `${left.join()} were delivered by then`);
    await inside.ambient.advance(120_000);
    const [status] = await inside.dispatcher.status();
    assert.equal(status?.waiting, 0);
  });

  it('is counted whole for each of several who ask at once', async () => {
    const inside = await withBacklog();
    await inside.dispatcher.pause('d', null);
    await inside.append(names('paused', 50));
    const asked = await Promise.all([1, 2, 3].map(async () => inside.dispatcher.status()));
    const [status] = await inside.dispatcher.status();
    assert.ok((status?.waiting ?? 0) > BACKLOG / 2, `${status?.waiting} wait`);
    assert.deepEqual(
      asked.map(([each]) => each?.waiting),
      [1, 2, 3].map(() => status?.waiting),
    );
  });
});
