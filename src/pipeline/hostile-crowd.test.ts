/** Endpoints that answer, and do harm by how: many at once, or one that is never quite down. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';

const SECOND_MS = 1_000;
const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('410 from a hundred endpoints at once (mass 410)', () => {
  it('pauses each of them, costs each one attempt, and leaves the healthy one alone', async () => {
    const gone = names('/gone', 100);
    const inside = await Inside.start([
      ...gone.map((url) => makeDestination(url.slice(1), [url], { retries: 20 })),
      makeDestination('healthy', ['/healthy']),
    ]);
    for (const url of gone) inside.behave(url, 410);
    await inside.append(['first']);
    await inside.append(names('e', 50));
    await inside.ambient.advance(3600 * SECOND_MS);
    for (const url of gone) assert.deepEqual(inside.namesAt(url), ['first']);
    assert.deepEqual(inside.namesAt('/healthy'), ['first', ...names('e', 50)]);
    const paused = inside.standings.filter(({ state }) => state === 'paused').map(({ endpoint }) => endpoint);
    assert.deepEqual(paused.toSorted(), gone.toSorted());
    assert.deepEqual(new Set(inside.died.map(({ reason }) => reason)), new Set(['http_410']));
    assert.equal(inside.died.length, gone.length);
  });
});

describe('a storm of 429', () => {
  /**
   * Ten events a second for five minutes, to an endpoint that refuses them all, and to one that does not. `later` are
   * the attempts at the first one after 15 seconds, in which the breaker has opened.
   */
  async function storm(
    retryAfter: Readonly<Record<string, string>>,
  ): Promise<{ readonly inside: Inside; readonly later: number }> {
    const inside = await Inside.start([
      makeDestination('storm', ['/storm'], { retries: 20, backoffMs: [SECOND_MS] }),
      makeDestination('healthy', ['/healthy']),
    ]);
    inside.headers = retryAfter;
    inside.behave('/storm', 429);
    let early = 0;
    for (let second = 0; second < 300; second += 1) {
      await inside.append(names(`${second}-`, 10));
      await inside.ambient.advance(SECOND_MS);
      if (second === 15) early = inside.namesAt('/storm').length;
    }
    return { inside, later: inside.namesAt('/storm').length - early };
  }

  for (const [what, headers] of [
    ['with Retry-After', { 'retry-after': '60' }],
    ['without a word on when', {}],
  ] as const) {
    it(`${what} is not answered with a storm of retries, and loses nothing`, async () => {
      const { inside, later } = await storm(headers);
      // Probes after 5, 10, 20, 40 and then 60 seconds, each up to a fifth sooner.
      assert.ok(later <= 10, `${later} attempts while 2,850 events came`);
      assert.equal(inside.namesAt('/healthy').length, 3_000);
      inside.headers = {};
      inside.behave('/storm', 200);
      const before = inside.sent.length;
      await inside.ambient.advance(300 * SECOND_MS);
      const delivered = inside.sent.slice(before).map(({ id }) => id);
      assert.equal(delivered.length, 3_000);
      assert.equal(new Set(delivered).size, 3_000);
      assert.deepEqual(inside.died, []);
    });
  }
});

describe('an endpoint that flaps between 200 and 500', () => {
  it('is not held, and gets every event within its retries', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 3, backoffMs: [100] })]);
    const all: string[] = [];
    for (let second = 0; second < 120; second += 1) {
      inside.behave('/d', ...(second % 2 === 0 ? ([500, 200] as const) : ([200, 500, 200] as const)));
      const some = names(`${second}-`, 2);
      all.push(...some);
      await inside.append(some);
      await inside.ambient.advance(SECOND_MS);
    }
    assert.deepEqual(inside.standings, []);
    assert.deepEqual(inside.died, []);
    const succeeded = inside.reports.filter(({ attempt }) => attempt.outcome === 'succeeded').length;
    assert.equal(succeeded, all.length);
    assert.deepEqual(new Set(inside.namesAt('/d')), new Set(all));
  });
});

describe('slow endpoints beside fast ones', () => {
  it('of the same destination and of others leave the fast ones at their own speed', async () => {
    const inside = await Inside.start([
      makeDestination('both', ['/slow', '/fast'], { success: 'every' }),
      makeDestination('other', ['/other']),
    ]);
    inside.behave('/slow', 'hang');
    const all = names('e', 500);
    await inside.append(all);
    assert.deepEqual(inside.namesAt('/fast'), all);
    assert.deepEqual(inside.namesAt('/other'), all);
    while (inside.namesAt('/slow').length < all.length) await inside.release('/slow');
    await inside.release('/slow');
    await inside.settle();
    assert.deepEqual(inside.namesAt('/slow'), all);
    assert.deepEqual(inside.died, []);
  });
});
