/** One test at least for each row of a destination's `delivery` that the pipeline keeps, on simulated time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import type { Destination } from '../domain/destination.ts';
import { onlySecret, withSecret } from '../domain/secret-rotation.ts';

const HOUR_MS = 3_600_000;

describe('filter', () => {
  const filter = { types: { include: ['track'] }, names: { exclude: ['Heartbeat'] } } as const;

  it('keeps events away, counts them, and leaves no row of them', async () => {
    const inside = await Inside.start([
      makeDestination('some', ['/some'], { filter }),
      makeDestination('all', ['/all']),
    ]);
    await inside.append(['Order', 'Heartbeat']);
    const [last] = await inside.append(['Pricing'], { type: 'page' });
    await inside.ambient.advance(1_100);
    assert.deepEqual(inside.namesAt('/some'), ['Order']);
    assert.deepEqual(inside.namesAt('/all'), ['Order', 'Heartbeat', 'Pricing']);
    assert.deepEqual(inside.filtered, ['some', 'some']);
    assert.equal((await inside.store.floors()).get('some'), last);
    assert.equal((await inside.store.oldestParked()).size, 0);
  });

  it('does not count what the sender kept from webhooks', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { filter })]);
    await inside.append(['Heartbeat'], { integrations: '{"Webhooks":false}' });
    assert.deepEqual([inside.sent, inside.filtered], [[], []]);
  });

  it('is kept also for what was in flight when the process died', async () => {
    const destinations = [makeDestination('d', ['/d'], { filter })];
    const inside = await Inside.start(destinations);
    inside.behave('/d', 'hang');
    await inside.append(['Order', 'Heartbeat']);
    inside.behave('/d', 200);
    await inside.crash(destinations);
    await inside.settle();
    assert.deepEqual(inside.namesAt('/d'), ['Order', 'Order']);
  });
});

describe('retries', () => {
  it('are as many as the policy says, and none where it says 0', async () => {
    const inside = await Inside.start([
      makeDestination('none', ['/none'], { retries: 0 }),
      makeDestination('twenty', ['/twenty'], { retries: 20, backoffMs: [10] }),
    ]);
    inside.behave('/none', 500);
    inside.behave('/twenty', 500);
    await inside.append(['e']);
    await inside.ambient.advance(10_000);
    assert.deepEqual([inside.namesAt('/none').length, inside.namesAt('/twenty').length], [1, 21]);
    assert.deepEqual(inside.died.map(({ destination }) => destination).sort(), ['none', 'twenty']);
  });
});

describe('backoffMs', () => {
  it('durable goes on for most of a day, and ends within 24 hours and 9 minutes', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'], { retries: 20, backoffMs: 'durable' })]);
    inside.behave('/d', 500);
    await inside.append(['e']);
    await inside.ambient.advance(19 * HOUR_MS);
    assert.deepEqual(inside.died, []);
    await inside.ambient.advance(5 * HOUR_MS + 9 * 60_000);
    assert.equal(inside.sent.length, 21);
    assert.equal(inside.died.length, 1);
  });
});

describe('Retry-After', () => {
  const dueInMs = (inside: Inside): number => inside.reports.at(-1)!.retryAtMs! - inside.ambient.nowMs();

  it('of a 429 or a 503 makes a wait longer, and never shorter', async () => {
    for (const status of [429, 503]) {
      const inside = await Inside.start([makeDestination('d', ['/d'], { backoffMs: [10_000] })]);
      inside.behave('/d', status);
      inside.headers = { 'retry-after': '120' };
      await inside.append(['later']);
      assert.ok(dueInMs(inside) > 119_000 && dueInMs(inside) <= 120_000, String(dueInMs(inside)));
      inside.headers = { 'retry-after': '1' };
      await inside.append(['not sooner'], { user: 'v' });
      assert.ok(dueInMs(inside) >= 7_900, String(dueInMs(inside)));
    }
  });

  it('is honoured up to an hour', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 503);
    inside.headers = { 'retry-after': '86400' };
    await inside.append(['e']);
    assert.ok(dueInMs(inside) > HOUR_MS - 1_000 && dueInMs(inside) <= HOUR_MS);
  });

  it('counts for nothing beside another status', async () => {
    const inside = await Inside.start([makeDestination('d', ['/d'])]);
    inside.behave('/d', 500);
    inside.headers = { 'retry-after': '120' };
    await inside.append(['e']);
    assert.ok(dueInMs(inside) <= 1_000);
  });

  it('of one endpoint does not put off the others', async () => {
    const inside = await Inside.start([makeDestination('d', ['/a', '/b'])]);
    inside.behave('/a', 429);
    inside.behave('/b', 'refused');
    inside.headers = { 'retry-after': '120' };
    await inside.append(['e']);
    assert.ok(dueInMs(inside) <= 1_000);
  });
});

describe('410', () => {
  const destination = makeDestination('d', ['/d'], { retries: 3 });
  const standingOf = async (inside: Inside): Promise<readonly (string | null)[]> =>
    (await inside.dispatcher.status())[0]!.endpoints.map(({ state, reason }) => (reason === null ? state : reason));

  /** An endpoint that has said that it is gone, and an event that waits for it. */
  async function gone(): Promise<Inside> {
    const inside = await Inside.start([destination]);
    inside.behave('/d', 410, 200);
    await inside.append(['rejected']);
    await inside.append(['waits']);
    return inside;
  }

  async function update(inside: Inside, ...destinations: readonly Destination[]): Promise<void> {
    const updated = inside.update(destinations);
    await inside.settle();
    await updated;
    await inside.settle();
  }

  it('rejects the delivery, and pauses the endpoint: what comes then waits, and nothing is attempted', async () => {
    const inside = await gone();
    await inside.ambient.advance(HOUR_MS);
    assert.deepEqual(inside.namesAt('/d'), ['rejected']);
    assert.deepEqual(
      inside.died.map(({ reason }) => reason),
      ['http_410'],
    );
    assert.deepEqual(await standingOf(inside), ['http_410']);
    assert.equal((await inside.dispatcher.status())[0]?.waiting, 1);
  });

  it('holds over a stop, and over a crash', async () => {
    const inside = await gone();
    const stopped = inside.dispatcher.stop(1_000);
    await inside.settle();
    await stopped;
    await inside.startDispatcher([destination]);
    await inside.ambient.advance(HOUR_MS);
    await inside.crash([destination]);
    await inside.ambient.advance(HOUR_MS);
    assert.deepEqual(inside.namesAt('/d'), ['rejected']);
    assert.deepEqual(await standingOf(inside), ['http_410']);
  });

  it('holds over other changes of the destination, success among them', async () => {
    const inside = await gone();
    const { delivery } = destination;
    await update(inside, { ...destination, sharedSecret: 'new', delivery: { ...delivery, success: 'every' } });
    assert.deepEqual(await standingOf(inside), ['http_410']);
    assert.deepEqual(inside.namesAt('/d'), ['rejected']);
  });

  it('is over when somebody resumes the destination, for good', async () => {
    const inside = await gone();
    const resumed = inside.dispatcher.resume('d', null);
    await inside.settle();
    assert.deepEqual(await resumed, ['/d']);
    assert.deepEqual(inside.namesAt('/d'), ['rejected', 'waits']);
    await inside.crash([destination]);
    assert.deepEqual(await standingOf(inside), ['open']);
  });

  it('is over when the destination has another URL in its place', async () => {
    const inside = await gone();
    await update(inside, makeDestination('d', ['/new']));
    assert.deepEqual(inside.namesAt('/new'), ['waits']);
    await update(inside, destination);
    assert.deepEqual(await standingOf(inside), ['open']);
  });

  it('is over when the destination is disabled and enabled again', async () => {
    const inside = await gone();
    await update(inside, { ...destination, enabled: false });
    await update(inside, destination);
    await inside.append(['new']);
    assert.deepEqual(inside.namesAt('/d'), ['rejected', 'new']);
  });

  it('of one endpoint leaves the others to carry on', async () => {
    const inside = await Inside.start([makeDestination('d', ['/a', '/b'])]);
    inside.behave('/a', 410);
    await inside.append(['one']);
    await inside.append(['two', 'three']);
    assert.deepEqual([inside.namesAt('/a'), inside.namesAt('/b')], [['one'], ['one', 'two', 'three']]);
    assert.deepEqual(inside.died, []);
  });
});

describe('aliasLabels', () => {
  it('adds the labelled keys to alias events of that destination, in each attempt', async () => {
    const inside = await Inside.start([
      makeDestination('labelled', ['/labelled'], { aliasLabels: true }),
      makeDestination('plain', ['/plain']),
    ]);
    inside.behave('/labelled', 500, 200);
    const body = '{"version":1,"type":"alias","previousId":"a","userId":"b"}';
    await inside.append(['alias'], { type: 'alias', body });
    await inside.ambient.advance(1_100);
    const bodiesAt = (url: string): readonly string[] =>
      inside.sent.filter((each) => each.url === url).map((each) => each.body);
    const labelled = '{"version":1,"type":"alias","previousId":"a","userId":"b","Previous ID":"a","User ID":"b"}';
    assert.deepEqual(bodiesAt('/labelled'), [labelled, labelled]);
    assert.deepEqual(bodiesAt('/plain'), [body]);
  });
});

describe('a rotation of the secret', () => {
  it('has both secrets sign, and nothing else change: what is owed goes on', async () => {
    const before = makeDestination('d', ['/d'], {}, onlySecret('one'));
    const inside = await Inside.start([before]);
    inside.behave('/d', 500, 200);
    await inside.append(['e']);
    const rotating = { ...before, ...withSecret(before, 'two', inside.ambient.nowMs()) };
    const updated = inside.update([rotating]);
    await inside.ambient.advance(1_100);
    await updated;
    assert.deepEqual(
      inside.sent.map(({ name, target: { sharedSecret, nextSecret } }) => [name, sharedSecret, nextSecret]),
      [
        ['e', 'one', null],
        ['e', 'one', 'two'],
      ],
    );
  });
});
