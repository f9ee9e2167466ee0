/** As policy.test.ts: the rows of a destination's `delivery` that say how fast, and for how long, its endpoints are asked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import { policyLimits } from '../domain/limits.ts';
import { OPEN_AFTER_FAILURES } from './circuit-breaker.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `e${n}`);
const countAt = (inside: Inside, url: string): number => inside.namesAt(url).length;

describe('timeoutMs', () => {
  it('is that of each attempt at each endpoint, retries included', async () => {
    const inside = await Inside.start([
      makeDestination('quick', ['/a', '/b'], { timeoutMs: policyLimits.timeoutMsMin }),
      makeDestination('patient', ['/c'], { timeoutMs: policyLimits.timeoutMsMax }),
      makeDestination('plain', ['/d']),
    ]);
    for (const url of ['/a', '/b', '/c', '/d']) inside.behave(url, 500, 200);
    await inside.append(['e']);
    await inside.ambient.advance(1_100);
    const asked = inside.sent.map(({ url, target }) => `${url} ${target.timeoutMs}`).sort();
    const expected = ['/a 100', '/b 100', '/c 60000', '/d 5000'];
    assert.deepEqual(asked, [...expected, ...expected].sort());
  });
});

describe('method', () => {
  it('is that of each attempt of the destination, POST where nothing is said', async () => {
    const inside = await Inside.start([
      makeDestination('put', ['/put'], { method: 'PUT' }),
      makeDestination('patch', ['/patch'], { method: 'PATCH' }),
      makeDestination('plain', ['/plain']),
    ]);
    for (const url of ['/put', '/patch', '/plain']) inside.behave(url, 500, 200);
    await inside.append(['e']);
    await inside.ambient.advance(1_100);
    const asked = inside.sent.map(({ url, target }) => `${url} ${target.method}`).sort();
    assert.deepEqual(asked, ['/patch PATCH', '/patch PATCH', '/plain POST', '/plain POST', '/put PUT', '/put PUT']);
  });
});

describe('concurrency', () => {
  /** How many attempts are in flight together while `count` events are worked off, each time that all are answered. */
  async function roundsOf(inside: Inside, url: string, count: number): Promise<readonly number[]> {
    inside.behave(url, 'hang');
    await inside.append(names(count));
    const rounds: number[] = [];
    for (let [before, made] = [-1, 0]; before !== made;) {
      before = made;
      made = countAt(inside, url);
      if (made > before) rounds.push(made - before);
      await inside.release(url);
      await inside.settle();
    }
    return rounds;
  }

  it('of 1 makes one attempt after the other, in the order of the log', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 1 })]);
    inside.behave('/d', 'hang');
    await inside.append(names(5));
    for (let made = 1; made <= 5; made += 1) {
      assert.deepEqual(inside.namesAt('/d'), names(made));
      await inside.release('/d');
      await inside.settle();
    }
    assert.deepEqual(inside.namesAt('/d'), names(5));
  });

  it('is what attempts in flight grow to, from 8 and by one with each answer', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 20 })]);
    const rounds = await roundsOf(inside, '/d', 64);
    assert.deepEqual(rounds, [8, 16, 20, 20]);
  });

  it('is of each endpoint by itself: one that hangs takes nothing from another', async () => {
    const inside = await Inside.start([
      makeDestination('d', ['/hangs', '/well'], { success: 'every', concurrency: 2 }),
    ]);
    inside.behave('/hangs', 'hang');
    await inside.append(names(50));
    assert.deepEqual([countAt(inside, '/hangs'), countAt(inside, '/well')], [2, 50]);
  });

  it('holds first attempts and retries together', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 4, retries: 3, backoffMs: [10] })]);
    inside.behave('/d', 500);
    await inside.append(names(10));
    inside.behave('/d', 'hang');
    const before = countAt(inside, '/d');
    await inside.append(names(10));
    await inside.ambient.advance(1_000);
    assert.equal(countAt(inside, '/d') - before, 4);
  });
});

describe('rateLimitPerSecond', () => {
  it('lets one second of attempts begin at once, and then as many a second, until all is delivered', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { rateLimitPerSecond: 10 })]);
    await inside.append(names(50));
    const counts = [countAt(inside, '/d')];
    for (let second = 0; second < 4; second += 1) {
      await inside.ambient.advance(1_000);
      counts.push(countAt(inside, '/d'));
    }
    assert.deepEqual(counts, [10, 20, 30, 40, 50]);
    assert.deepEqual(inside.namesAt('/d'), names(50));
  });

  it('counts retries too', async () => {
    const rate = { rateLimitPerSecond: 5, retries: 3, backoffMs: [0], circuitBreaker: false };
    const inside = await Inside.start([makeDestination('d', ['/d'], rate)]);
    inside.behave('/d', 500);
    await inside.append(names(20));
    await inside.ambient.advance(4_000);
    const made = countAt(inside, '/d');
    assert.ok(made >= 24 && made <= 25, `${made} attempts in 4 seconds`);
  });

  it('of 0.1 is one attempt in ten seconds', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { rateLimitPerSecond: 0.1 })]);
    await inside.append(names(3));
    assert.equal(countAt(inside, '/d'), 1);
    await inside.ambient.advance(9_900);
    assert.equal(countAt(inside, '/d'), 1);
    await inside.ambient.advance(10_200);
    assert.equal(countAt(inside, '/d'), 3);
  });

  it('is of each endpoint by itself, and none where nothing is said', async () => {
    const inside = await Inside.start([
      makeDestination('slow', ['/a', '/b'], { success: 'every', rateLimitPerSecond: 3 }),
      makeDestination('plain', ['/plain']),
    ]);
    await inside.append(names(200));
    assert.deepEqual(
      ['/a', '/b', '/plain'].map((url) => countAt(inside, url)),
      [3, 3, 200],
    );
  });
});

describe('circuitBreaker', () => {
  /** A minute of failures, an event a second, and what came of them. */
  async function failFor(seconds: number, circuitBreaker: boolean): Promise<Inside> {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 1, circuitBreaker })]);
    inside.behave('/d', 'refused');
    for (let second = 0; second < seconds; second += 1) {
      await inside.append([`e${second}`]);
      await inside.ambient.advance(1_000);
    }
    return inside;
  }

  it('on has events wait for an endpoint that is down, with their retries unspent', async () => {
    const inside = await failFor(120, true);
    assert.equal(inside.standings.at(-1)?.state, 'held');
    assert.ok(countAt(inside, '/d') <= OPEN_AFTER_FAILURES + 10, `${countAt(inside, '/d')} attempts`);
    inside.behave('/d', 200);
    await inside.ambient.advance(120_000);
    assert.equal(inside.standings.at(-1)?.state, 'open');
    assert.ok(inside.died.length <= OPEN_AFTER_FAILURES / 2, `${inside.died.length} dead`);
    const delivered = inside.reports.filter(({ attempt }) => attempt.outcome === 'succeeded').length;
    assert.equal(delivered + inside.died.length, 120);
  });

  it('off has each event tried as often as the policy says, however long the endpoint is down', async () => {
    const inside = await failFor(120, false);
    await inside.ambient.advance(2_000);
    assert.equal(countAt(inside, '/d'), 2 * 120);
    assert.equal(inside.died.length, 120);
    assert.deepEqual(inside.standings, []);
  });
});
