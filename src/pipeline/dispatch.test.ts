import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import { SluiceError } from '../domain/errors.ts';
import { crashesMax, windowEventsMax } from '../domain/limits.ts';
import { SLOTS_AT_FIRST } from './slots.ts';

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('the dispatcher', () => {
  it('delivers each event once to each destination of its source, in the order of the log', async () => {
    const inside = await Inside.start([
      makeDestination('one', ['/one'], { concurrency: 1 }),
      makeDestination('two', ['/two'], { concurrency: 1 }),
      makeDestination('other', ['/other'], {}, { sources: ['mobile'] }),
    ]);
    await inside.append(names('e', 50));
    await inside.append(['m'], { source: 'mobile' });
    assert.deepEqual(inside.namesAt('/one'), names('e', 50));
    assert.deepEqual(inside.namesAt('/two'), names('e', 50));
    assert.deepEqual(inside.namesAt('/other'), ['m']);
  });

  it('moves every floor to the end of the log when nothing is owed', async () => {
    const inside = await Inside.start([
      makeDestination('busy', ['/busy']),
      makeDestination('idle', ['/idle'], {}, { sources: ['mobile'] }),
    ]);
    const positions = await inside.append(names('e', 10));
    await inside.ambient.advance(1_100);
    const end = positions.at(-1)!;
    assert.deepEqual([...(await inside.store.floors())].sort(), [
      ['busy', end],
      ['idle', end],
    ]);
  });

  it('leaves out what the sender switched off', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    await inside.append(['off'], { integrations: '{"Webhooks":false}' });
    await inside.append(['on'], { integrations: '{"All":false,"Webhooks":true}' });
    assert.deepEqual(inside.namesAt('/d'), ['on']);
  });

  it('starts a new destination from now, and forgets one that is gone', async () => {
    const first = makeDestination('first', ['/first']);
    const second = makeDestination('second', ['/second']);
    const inside = await Inside.start([first]);
    await inside.append(['before']);
    await inside.update([second]);
    await inside.append(['after']);
    assert.deepEqual(inside.namesAt('/first'), ['before']);
    assert.deepEqual(inside.namesAt('/second'), ['after']);
    assert.deepEqual([...(await inside.store.floors()).keys()], ['second']);
  });

  it('starts a re-enabled destination from now', async () => {
    const destination = makeDestination('d', ['/d']);
    const inside = await Inside.start([destination]);
    await inside.update([{ ...destination, enabled: false }]);
    await inside.append(['while off']);
    await inside.update([destination]);
    await inside.append(['on again']);
    assert.deepEqual(inside.namesAt('/d'), ['on again']);
  });

  it('goes on with changed settings where it stopped, and loses nothing', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 1 })]);
    inside.behave('/d', 'hang');
    await inside.append(names('e', 3));
    const updated = inside.update([makeDestination('d', ['/new'], { concurrency: 1 })]);
    await inside.release('/d');
    await inside.settle();
    await updated;
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d'), ['e0']);
    assert.deepEqual(inside.namesAt('/new'), ['e1', 'e2']);
  });
});

describe('a lane', () => {
  it('is not delayed by another one whose endpoint hangs', async () => {
    const inside = await Inside.start([makeDestination('slow', ['/slow']), makeDestination('quick', ['/quick'])]);
    inside.behave('/slow', 'hang');
    await inside.append(names('e', 3_000));
    assert.equal(inside.namesAt('/quick').length, 3_000);
    assert.equal(inside.namesAt('/slow').length, SLOTS_AT_FIRST);
  });

  it('catches up from the log with everything that it could not take, once each and in order', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 1 })]);
    inside.behave('/d', 'hang', 200);
    for (let batch = 0; batch < 10; batch += 1) await inside.append(names(`b${batch}-`, 500));
    assert.equal(inside.sent.length, 1);
    await inside.release('/d');
    await inside.append(['last']);
    const expected = names('', 10).flatMap((batch) => names(`b${batch}-`, 500));
    assert.deepEqual(inside.namesAt('/d'), [...expected, 'last']);
    assert.deepEqual(inside.failures, []);
  });

  it('takes no more than a window past its oldest unfinished event', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 2 })]);
    inside.behave('/d', 'hang', 200);
    for (let batch = 0; batch < 10; batch += 1) await inside.append(names(`b${batch}-`, 600));
    await inside.settle();
    assert.equal(inside.sent.length, windowEventsMax);
    await inside.release('/d');
    await inside.settle();
    assert.equal(inside.sent.length, 6_000);
  });

  it('sends to all endpoints at once, and is done with the first success', async () => {
    const inside = await Inside.start([makeDestination('d', ['/up', '/down', '/hang'])]);
    inside.behave('/down', 500);
    inside.behave('/hang', 'hang');
    const [position] = await inside.append(['e']);
    await inside.ambient.advance(10_000);
    assert.deepEqual(inside.sent.map(({ url }) => url).sort(), ['/down', '/hang', '/up']);
    assert.equal((await inside.store.floors()).get('d'), position);
    assert.deepEqual(inside.died, []);
  });

  it('skips an endpoint whose gate is full once another has succeeded', async () => {
    const inside = await Inside.start([makeDestination('d', ['/up', '/hang'], { concurrency: 2 })]);
    inside.behave('/hang', 'hang');
    await inside.append(names('e', 100));
    assert.equal(inside.namesAt('/up').length, 100);
    assert.equal(inside.namesAt('/hang').length, 2);
    const skipped = inside.reports.filter(({ attempt }) => attempt.outcome === 'skipped');
    assert.equal(skipped.length, 98);
    assert.ok(skipped.every(({ attempt }) => attempt.endpoint === '/hang'));
  });

  it('tries again after the backoff, with the same id and the next number, at every endpoint', async () => {
    const inside = await Inside.start([makeDestination('d', ['/a', '/b'])]);
    inside.behave('/a', 500, 200);
    inside.behave('/b', 'refused', 200);
    await inside.append(['e']);
    assert.equal(inside.sent.length, 2);
    await inside.ambient.advance(1_100);
    assert.deepEqual(inside.sent.map(({ url }) => url).sort(), ['/a', '/a', '/b', '/b']);
    assert.equal(new Set(inside.sent.map(({ id }) => id)).size, 1);
    assert.deepEqual(inside.reports.map(({ attempt }) => attempt.number).sort(), [1, 1, 2, 2]);
  });

  it('waits at most as long as the policy says, and at least four fifths of it', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 2, backoffMs: [1_000, 60_000] })]);
    inside.behave('/d', 500);
    await inside.append(['e']);
    await inside.ambient.advance(750);
    assert.equal(inside.sent.length, 1);
    await inside.ambient.advance(250);
    assert.equal(inside.sent.length, 2);
    await inside.ambient.advance(47_900);
    assert.equal(inside.sent.length, 2);
    await inside.ambient.advance(12_100);
    assert.equal(inside.sent.length, 3);
  });

  it('makes a delivery dead when its retries are spent, and tells when each retry is due', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 503);
    await inside.append(['e']);
    await inside.ambient.advance(60_000);
    assert.equal(inside.sent.length, 2);
    assert.deepEqual(
      inside.died.map(({ reason }) => reason),
      ['http_503'],
    );
    assert.deepEqual(
      inside.reports.map(({ retryAtMs }) => retryAtMs !== null),
      [true, false],
    );
  });

  it('does not try again what no retry can help', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 'untrusted');
    await inside.append(['e']);
    await inside.ambient.advance(60_000);
    assert.equal(inside.sent.length, 1);
    assert.deepEqual(
      inside.died.map(({ reason }) => reason),
      ['tls_untrusted'],
    );
  });

  it('keeps half of the slots for first attempts while many old failures come back', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { concurrency: 8, circuitBreaker: false })]);
    inside.behave('/d', 500);
    await inside.append(names('old', 100));
    inside.behave('/d', 'hang');
    await inside.ambient.advance(1_000);
    assert.equal(inside.sent.length, 104);
    await inside.append(names('new', 10));
    assert.equal(inside.namesAt('/d').filter((name) => name.startsWith('new')).length, 4);
    assert.equal(inside.sent.length, 108);
  });

  it('works off more failures than it fetches at a time', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { circuitBreaker: false })]);
    inside.behave('/d', 500);
    await inside.append(names('e', 1_000));
    inside.behave('/d', 200);
    await inside.ambient.advance(2_000);
    assert.equal(inside.sent.length, 2_000);
    assert.equal(inside.reports.filter(({ attempt }) => attempt.outcome === 'succeeded').length, 1_000);
    assert.deepEqual(await inside.store.due('d', 1, Number.MAX_SAFE_INTEGER, 10), []);
  });

  it('makes a parked delivery dead whose event was erased', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 500);
    const positions = await inside.append(['e']);
    await inside.log.erase(positions);
    await inside.ambient.advance(2_000);
    assert.equal(inside.sent.length, 1);
    assert.deepEqual(
      inside.died.map(({ reason }) => reason),
      ['event_erased'],
    );
  });

  it('keeps of a failure what explains it, and neither cookies nor headers without end', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.headers = { 'content-type': 'text/plain', 'set-cookie': 'sid=secret', 'x-large': 'x'.repeat(5_000) };
    inside.behave('/d', 500);
    await inside.append(['e']);
    const kept = JSON.parse(inside.reports[0]?.attempt.exchange ?? '') as { responseHeaders: object };
    assert.deepEqual(kept.responseHeaders, { 'content-type': 'text/plain' });
  });

  it('drops no outcome while the store cannot write, and stops taking when too much waits', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    const settle = inside.store.settle.bind(inside.store);
    inside.store.settle = async () => Promise.reject(new SluiceError('store_full'));
    for (let batch = 0; batch < 20; batch += 1) await inside.append(names(`b${batch}-`, 500));
    await inside.ambient.advance(5_000);
    const sentWhileFull = inside.sent.length;
    assert.ok(sentWhileFull < 10_000 && sentWhileFull >= windowEventsMax / 2, `${sentWhileFull} sent`);
    assert.ok(inside.troubles.length > 0);
    inside.store.settle = settle;
    await inside.ambient.advance(2_000);
    assert.equal(inside.sent.length, 10_000);
    assert.equal((await inside.store.floors()).get('d'), (await inside.log.extent()).end);
  });
});

describe('stopping and starting again', () => {
  const destinations = [makeDestination('d', ['/d'], { concurrency: 4 })];

  it('lets attempts in flight end, settles them, and goes on after them', async () => {
    const inside = await Inside.start(destinations);
    inside.behave('/d', 'hang');
    await inside.append(names('e', 10));
    const stopped = inside.dispatcher.stop(10_000);
    inside.behave('/d', 200);
    await inside.release('/d');
    await inside.settle();
    await stopped;
    assert.equal(inside.sent.length, 4);
    await inside.startDispatcher(destinations);
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d').toSorted(), names('e', 10));
  });

  it('settles how far it came, also where nothing concerned it', async () => {
    const inside = await Inside.start(destinations);
    await inside.append(names('e', 5), { integrations: '{"All":false}' });
    const end = (await inside.log.extent()).end;
    const stopped = inside.dispatcher.stop(1_000);
    await inside.settle();
    await stopped;
    await inside.startDispatcher(destinations);
    assert.equal((await inside.store.floors()).get('d'), end);
  });

  it('waits no longer than it may, and delivers again what did not end', async () => {
    const inside = await Inside.start(destinations);
    inside.behave('/d', 'hang');
    await inside.append(names('e', 2));
    const stopped = inside.dispatcher.stop(10_000);
    await inside.ambient.advance(10_100);
    await stopped;
    inside.behave('/d', 200);
    await inside.startDispatcher(destinations);
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d'), ['e0', 'e1', 'e0', 'e1']);
  });

  it('skips what was finished above the floor', async () => {
    const inside = await Inside.start(destinations);
    inside.behave('/d', 'hang', 200);
    await inside.append(names('e', 10));
    const stopped = inside.dispatcher.stop(1);
    await inside.ambient.advance(100);
    await stopped;
    await inside.startDispatcher(destinations);
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d').slice(10), ['e0']);
  });

  it('delivers after a crash what was accepted and not settled', async () => {
    const inside = await Inside.start(destinations);
    inside.behave('/d', 'hang', 500, 200);
    await inside.append(names('e', 20));
    await inside.crash(destinations);
    await inside.ambient.advance(2_000);
    const succeeded = inside.reports.filter(({ attempt }) => attempt.outcome === 'succeeded');
    assert.equal(new Set(succeeded.map(({ eventId }) => eventId)).size, 20);
    assert.deepEqual(inside.died, []);
  });

  it('gives up on an event that is in flight alone each time that the process dies', async () => {
    const inside = await Inside.start(destinations);
    const appended = inside.append(['poison', ...names('e', 3)]);
    inside.behave('/d', 'hang');
    await appended;
    // Each time it is killed with the event in flight: once unseen, and then `crashesMax` times found in flight.
    for (let crash = 0; crash <= crashesMax; crash += 1) {
      assert.deepEqual(inside.died, []);
      await inside.crash(destinations);
      await inside.settle();
    }
    inside.behave('/d', 200);
    await inside.crash(destinations);
    await inside.ambient.advance(2_000);
    assert.deepEqual(
      inside.died.map(({ reason }) => reason),
      ['process_crashed'],
    );
    const succeeded = inside.reports.filter(({ attempt }) => attempt.outcome === 'succeeded');
    assert.equal(new Set(succeeded.map(({ eventId }) => eventId)).size, 3);
  });
});
