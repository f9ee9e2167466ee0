import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import { attemptsInFlightMax } from '../domain/limits.ts';
import { OPEN_AFTER_FAILURES, PACE_MS } from './circuit-breaker.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** Sends events one by one, a second apart, until the breaker of this endpoint is open. */
async function holdEndpoint(inside: Inside, url: string): Promise<void> {
  for (let second = 0; second < 60 && !inside.standings.some(({ endpoint }) => endpoint === url); second += 1) {
    await inside.append([`before ${second}`]);
    await inside.ambient.advance(1_000);
  }
  assert.equal(inside.standings.at(-1)?.state, 'held');
}

describe('an endpoint that hangs', () => {
  it('is held 15 s after it began to, with the timeout of 5 s, however much arrives', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 'timeout');
    for (let second = 0; second < 15; second += 1) {
      assert.deepEqual(inside.standings, [], `held after ${second} s`);
      await inside.append(names(`s${second}-`, 100));
      await inside.ambient.advance(1_000);
    }
    assert.deepEqual(
      inside.standings.map(({ state, reason }) => [state, reason]),
      [['held', 'circuit_breaker']],
    );
    // 8 slots, halved by each 5 s without an answer.
    const attempts = inside.sent.length;
    assert.ok(attempts <= 8 + 4 + 2 + 1, `${attempts} attempts`);
  });

  it('is not held for requests that hang among others that it answers', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    for (let second = 0; second < 60; second += 1) {
      inside.behave('/d', 'timeout', 'timeout', 200);
      await inside.append(names(`s${second}-`, 3));
      await inside.ambient.advance(6_000);
    }
    assert.deepEqual(inside.standings, []);
  });
});

describe('an endpoint that refuses at once', () => {
  it('costs some 200 attempts until it is held, however much arrives, and everything else waits with its retries', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 'refused');
    let sent = 0;
    for (let tenth = 0; inside.standings.length === 0; tenth += 1) {
      assert.ok(tenth < 120, 'held after 10 s');
      sent += (await inside.append(names(`t${tenth}-`, 50))).length;
      await inside.ambient.advance(80);
    }
    const attempts = inside.sent.length;
    assert.ok(attempts >= 200 && attempts <= OPEN_AFTER_FAILURES + 8 + 10_000 / PACE_MS, `${attempts} attempts`);
    assert.ok(inside.died.length <= attempts / 2 && inside.died.length < sent / 40, `${inside.died.length} are dead`);
    const [status] = await inside.dispatcher.status();
    assert.equal((status?.waiting ?? 0) + inside.died.length, sent);
  });

  it('is asked as fast as ever with its first sign of life', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 5, backoffMs: [1_000] })]);
    inside.behave('/d', 'refused');
    await inside.append(names('e', 500));
    const before = inside.sent.length;
    assert.ok(before <= OPEN_AFTER_FAILURES + 8, `${before} attempts at once`);
    inside.behave('/d', 200);
    await inside.ambient.advance(2 * PACE_MS);
    assert.ok(inside.sent.length >= 500, `${inside.sent.length} attempts`);
  });
});

describe('an endpoint that is dead for a day', () => {
  it('costs a few attempts and rows, and gets everything when it is back', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d']), makeDestination('other', ['/other'])]);
    inside.behave('/d', 'refused');
    for (let minute = 0; minute < DAY_MINUTES; minute += 1) {
      await inside.append(names(`m${minute}-`, 10));
      await inside.ambient.advance(MINUTE_MS);
    }
    const all = names('m', DAY_MINUTES).flatMap((minute) => names(`${minute}-`, 10));
    // 2 attempts of 10 events, until the breaker opens, and then at most one in 48 seconds.
    const attempts = inside.sent.filter(({ url }) => url === '/d').length;
    assert.ok(attempts < 2 * OPEN_AFTER_FAILURES + (DAY_MINUTES * 60) / 48, `${attempts} attempts`);
    assert.deepEqual(inside.namesAt('/other'), all);
    const [status] = await inside.dispatcher.status();
    assert.ok(status !== undefined);
    assert.equal(status.endpoints[0]?.state, 'held');
    assert.ok(status.parked < attempts, `${status.parked} rows`);

    inside.behave('/d', 200);
    await inside.ambient.advance(2 * MINUTE_MS);
    // Those that were spent before the breaker opened are dead; what it held has all of its retries.
    const dead = new Set(inside.died.map(({ eventId }) => eventId));
    assert.ok(dead.size <= OPEN_AFTER_FAILURES, `${dead.size} dead`);
    const delivered = new Set(
      inside.sent.filter(({ url, id }) => url === '/d' && !dead.has(id)).map(({ name }) => name),
    );
    assert.equal(delivered.size + dead.size, all.length);
    const [after] = await inside.dispatcher.status();
    assert.deepEqual([after?.waiting, after?.endpoints[0]?.state], [0, 'open']);
    assert.deepEqual(
      inside.standings.map(({ state }) => state),
      ['held', 'open'],
    );
    assert.deepEqual(inside.failures, []);
  });

  it('has no attempt made but probes, however much arrives', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 20, backoffMs: [1_000] })]);
    inside.behave('/d', 503);
    await holdEndpoint(inside, '/d');
    const before = inside.sent.length;
    for (let second = 0; second < 300; second += 1) {
      await inside.append(names('e', 50));
      await inside.ambient.advance(1_000);
    }
    // After 5, 10, 20, 40 and then 60 seconds, each up to a fifth sooner.
    const probes = inside.sent.length - before;
    assert.ok(probes >= 7 && probes <= 10, `${probes} probes`);
  });

  it('is probed by events that have all of their retries, so that none is used up by it', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 2, backoffMs: [1_000] })]);
    inside.behave('/d', 503);
    await holdEndpoint(inside, '/d');
    const before = inside.sent.length;
    for (let minute = 0; minute < 60; minute += 1) {
      await inside.append(names('e', 5));
      await inside.ambient.advance(MINUTE_MS);
    }
    const probes = inside.sent.slice(before).map(({ id }) => id);
    assert.equal(new Set(probes).size, probes.length);
  });

  it('is held again after a restart, once it has failed as often as before', async () => {
    const destinations = [makeDestination('d', ['/d'], { retries: 0 })];
    const inside = await Inside.start(destinations);
    inside.behave('/d', 503);
    await holdEndpoint(inside, '/d');
    await inside.dispatcher.stop(1_000);
    const before = inside.sent.length;
    await inside.startDispatcher(destinations);
    for (let second = 0; second < 120; second += 1) {
      await inside.append(['e']);
      await inside.ambient.advance(1_000);
    }
    const attempts = inside.sent.length - before;
    assert.ok(attempts >= OPEN_AFTER_FAILURES && attempts < OPEN_AFTER_FAILURES + 10, `${attempts} attempts`);
  });
});

describe('an endpoint that comes back', () => {
  it('is not met by a herd: attempts in flight double from one', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 503);
    await holdEndpoint(inside, '/d');
    await inside.append(names('e', 500));
    inside.behave('/d', 'hang');
    const before = inside.sent.length;
    await inside.ambient.advance(MINUTE_MS);
    const rounds: number[] = [];
    for (let round = 0, seen = before; round < 7; round += 1) {
      rounds.push(inside.sent.length - seen);
      seen = inside.sent.length;
      await inside.release('/d');
      await inside.settle();
    }
    assert.deepEqual(rounds, [1, 2, 4, 8, 16, 32, 64]);
  });

  it('takes first attempts beside its old failures, half each', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 5, backoffMs: [30_000] })]);
    inside.behave('/d', 503);
    for (let second = 0; second < 11; second += 1) {
      await inside.append(names(`old${second}-`, 60));
      await inside.ambient.advance(1_000);
    }
    assert.equal(inside.standings.at(-1)?.state, 'held');
    await inside.append(names('new', 600));
    const before = inside.reports.length;
    inside.behave('/d', 'hang');
    await inside.ambient.advance(5 * MINUTE_MS);
    for (let round = 0; round < 10; round += 1) {
      await inside.release('/d');
      await inside.settle();
    }
    const made = inside.reports.slice(before).map(({ attempt }) => attempt.number);
    const first = made.filter((number) => number === 1).length;
    assert.ok(first >= made.length / 2 - 1 && first <= (made.length * 3) / 4, `${first} of ${made.length}`);
  });
});

describe('a destination with an endpoint that is held', () => {
  it('delivers to the others, and skips it', async () => {
    const inside = await Inside.start([makeDestination('d', ['/up', '/down'])]);
    inside.behave('/down', 503);
    await holdEndpoint(inside, '/down');
    const before = inside.sent.length;
    await inside.append(names('e', 100));
    assert.equal(inside.namesAt('/up').filter((name) => name.startsWith('e')).length, 100);
    assert.ok(inside.sent.length - before <= 101);
    assert.equal(inside.reports.at(-1)?.attempt.outcome, 'succeeded');
    assert.deepEqual(inside.died, []);
  });

  it('tries again as its policy says when the others fail too, and does not wait for it', async () => {
    const inside = await Inside.start([makeDestination('d', ['/up', '/down'], { retries: 1 })]);
    inside.behave('/down', 503);
    await holdEndpoint(inside, '/down');
    inside.behave('/up', 500);
    const before = inside.reports.length;
    await inside.append(['e']);
    await inside.ambient.advance(2_000);
    const outcomes = inside.reports.slice(before).map(({ attempt: { endpoint, number, outcome } }) => {
      return `${endpoint} ${number} ${outcome}`;
    });
    assert.deepEqual(outcomes, ['/down 1 skipped', '/up 1 failed', '/down 2 skipped', '/up 2 failed']);
    assert.equal(inside.died.length, 1);
  });

  it('decides at once what waited for a slot of it when it is shut', async () => {
    const inside = await Inside.start([makeDestination('d', ['/bad', '/slow'], { concurrency: 1, retries: 0 })]);
    inside.behave('/bad', 404);
    inside.behave('/slow', 'hang');
    await inside.append(['first', 'second']);
    assert.deepEqual(inside.died, []);
    // The one in flight answers 429, and the endpoint wants to be left alone: the second event waits for it no longer.
    inside.headers = { 'retry-after': '60' };
    await inside.release('/slow', 429);
    await inside.settle();
    assert.equal(inside.died.length, 2);
    assert.deepEqual(inside.namesAt('/slow'), ['first']);
  });
});

describe('a lane whose endpoints are all shut', () => {
  it('keeps nothing ready, and goes on from the log without loss or repetition', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 3, backoffMs: [100] })]);
    inside.behave('/d', 503);
    await holdEndpoint(inside, '/d');
    const before = inside.sent.length;
    await inside.append(names('e', 3_000));
    inside.behave('/d', 200);
    await inside.ambient.advance(2 * MINUTE_MS);
    const fresh = inside.sent.slice(before).filter(({ name }) => name.startsWith('e'));
    assert.deepEqual(
      fresh.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) === index),
      names('e', 3_000),
    );
    assert.ok(fresh.length <= 3_000 + 5);
    assert.deepEqual(inside.failures, []);
  });
});

describe('a thousand destinations of which 200 hang', () => {
  it('leave the healthy ones alone, within what all together may have in flight', async () => {
    const isHanging = (index: number): boolean => index % 5 === 0;
    const urls = Array.from({ length: 1_000 }, (_, index) => `/${isHanging(index) ? 'hanging' : 'healthy'}/${index}`);
    const inside = await Inside.start(urls.map((url) => makeDestination(url, [url], { concurrency: 1_000 })));
    for (const url of urls) if (url.startsWith('/hanging')) inside.behave(url, 200, 'hang');
    // Each answer adds a slot, and so the hanging ones try to take what they can.
    await inside.append(names('e', 20));
    for (let round = 0; round < 4; round += 1) {
      for (const url of urls) if (url.startsWith('/hanging')) await inside.release(url);
      await inside.settle();
    }
    await inside.append(names('late', 10));
    const counts = new Map<string, number>();
    for (const { url } of inside.sent) counts.set(url, (counts.get(url) ?? 0) + 1);
    for (const url of urls) if (url.startsWith('/healthy')) assert.equal(counts.get(url), 30, url);
    const { mostInFlight } = inside;
    assert.ok(mostInFlight > 1_000 && mostInFlight <= attemptsInFlightMax, `${mostInFlight} in flight at once`);
    assert.deepEqual(inside.failures, []);
  });

  it('delay nobody, neither while they are asked nor once they are held', async () => {
    const urls = Array.from({ length: 1_000 }, (_, index) => `/${index % 5 === 0 ? 'hanging' : 'healthy'}/${index}`);
    const inside = await Inside.start(urls.map((url) => makeDestination(url, [url])));
    for (const url of urls) if (url.startsWith('/hanging')) inside.behave(url, 'timeout');
    for (let second = 0; second < 20; second += 1) {
      inside.sent.length = 0;
      // Resolves 20 ms after it was accepted.
      await inside.append([`e${second}`]);
      const got = inside.sent.filter(({ url, name }) => url.startsWith('/healthy') && name === `e${second}`);
      assert.equal(new Set(got.map(({ url }) => url)).size, 800, `in second ${second}`);
      await inside.ambient.advance(980);
    }
    const held = inside.standings.filter(({ state }) => state === 'held');
    assert.ok(held.length === 200 && held.every(({ endpoint }) => endpoint.startsWith('/hanging')));
    assert.ok(inside.mostInFlight <= attemptsInFlightMax);
    assert.deepEqual(inside.failures, []);
  });
});
