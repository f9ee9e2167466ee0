/** As policy.test.ts: the row `batch`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import { batchSizeOf } from '../domain/batch-id.ts';
import type { BatchPolicy, DeliveryPolicy } from '../domain/destination.ts';

const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => `e${from + n}`);
const batched = (batch: Partial<BatchPolicy> = {}, policy: Partial<DeliveryPolicy> = {}) =>
  makeDestination('d', ['/d'], { batch: { maxEvents: 10, maxBytes: 65_536, maxWaitMs: 1_000, ...batch }, ...policy });
const idsAt = (inside: Inside, url: string): readonly string[] =>
  inside.sent.filter((each) => each.url === url).map(({ id }) => id);

describe('batch', () => {
  it('sends an array of the stored bodies as they are, as soon as it has its number of events', async () => {
    const inside = await Inside.start([batched()]);
    await inside.append(names(25));
    assert.deepEqual(inside.namesAt('/d'), [names(10).join(' '), names(10, 10).join(' ')]);
    const [first] = inside.sent;
    assert.equal(
      first?.body,
      `[${names(10)
        .map((event) => JSON.stringify({ version: 1, type: 'track', event }))
        .join()}]`,
    );
    assert.match(first.id, /^bat_[0-9a-z]+_10$/);
    await inside.ambient.advance(1_000);
    assert.equal(inside.namesAt('/d').at(-1), names(5, 20).join(' '));
    const [status] = await inside.dispatcher.status();
    assert.deepEqual([status?.waiting, status?.parked], [0, 0]);
  });

  it('sends what there is when the first event has waited long enough, and not before', async () => {
    const inside = await Inside.start([batched()]);
    await inside.append(names(3));
    await inside.ambient.advance(900);
    await inside.append(names(1, 3));
    assert.deepEqual(inside.namesAt('/d'), []);
    await inside.ambient.advance(100);
    assert.deepEqual(inside.namesAt('/d'), ['e0 e1 e2 e3']);
  });

  it('sends what is there at once where it waits for nothing', async () => {
    const inside = await Inside.start([batched({ maxWaitMs: 0 })]);
    await inside.append(names(3));
    assert.deepEqual(inside.namesAt('/d'), ['e0 e1 e2']);
  });

  it('keeps a request within its bytes, and sends an event that is larger alone', async () => {
    const inside = await Inside.start([batched({ maxBytes: 65_536 })]);
    const bodyOf = (event: string, chars: number): string => JSON.stringify({ event, filler: 'é'.repeat(chars) });
    for (const [event, chars] of [
      ['a', 14_000],
      ['b', 14_000],
      ['c', 14_000],
      ['huge', 40_000],
      ['d', 10],
    ] as const)
      await inside.append([event], { body: bodyOf(event, chars) });
    await inside.ambient.advance(1_000);
    assert.deepEqual(inside.namesAt('/d'), ['a b', 'c', 'huge', 'd']);
    for (const { body, name } of inside.sent) assert.ok(name === 'huge' || Buffer.byteLength(body) <= 65_536);
  });

  it('sends one event alone as an array too, under its own id', async () => {
    const inside = await Inside.start([batched({ maxEvents: 1 })]);
    await inside.append(['only']);
    assert.match(idsAt(inside, '/d')[0] ?? '', /^evt_/);
    assert.ok(inside.sent[0]?.body.startsWith('[{'));
  });

  it('is one attempt of all its deliveries, and one report', async () => {
    const inside = await Inside.start([batched()]);
    const positions = await inside.append(names(10));
    assert.deepEqual(
      inside.reports.map(({ attempt, events, decided }) => [attempt.positions, events, decided]),
      [[positions, 10, 'delivered']],
    );
  });

  it('is tried again as it was, under the same id, and dead as a whole when its retries are spent', async () => {
    const inside = await Inside.start([batched({}, { retries: 2, backoffMs: [1_000] })]);
    inside.behave('/d', 500, 'timeout', 500);
    await inside.append(names(10));
    await inside.append(names(3, 10));
    await inside.ambient.advance(10_000);
    const whole = inside.sent.filter(({ name }) => name === names(10).join(' '));
    assert.equal(whole.length, 3);
    assert.equal(new Set(whole.map(({ id }) => id)).size, 1);
    assert.equal(new Set(whole.map(({ body }) => body)).size, 1);
    assert.equal(inside.died.filter(({ reason }) => reason === 'http_500').length, 13);
    assert.equal(new Set(inside.died.map(({ eventId }) => eventId)).size, 13, 'each event is told by its own id');
  });

  it('is the same after a restart and after a crash, where it was parked', async () => {
    const retry = batched({}, { retries: 5, backoffMs: [5_000] });
    const inside = await Inside.start([retry]);
    inside.behave('/d', 500);
    await inside.append(names(10));
    await inside.append(names(10, 10));
    await inside.dispatcher.stop(1_000);
    await inside.startDispatcher([retry]);
    await inside.crash([retry]);
    inside.behave('/d', 200);
    await inside.ambient.advance(6_000);
    const ids = Map.groupBy(inside.sent, ({ id }) => id);
    assert.equal(ids.size, 2);
    for (const sent of ids.values()) {
      assert.equal(sent.length, 2);
      assert.equal(new Set(sent.map(({ body }) => body)).size, 1);
    }
  });

  it('delivers what was gathered and not sent when it stopped', async () => {
    const inside = await Inside.start([batched({ maxWaitMs: 60_000 })]);
    await inside.append(names(3));
    await inside.dispatcher.stop(1_000);
    assert.deepEqual(inside.namesAt('/d'), []);
    await inside.startDispatcher([batched({ maxWaitMs: 10 })]);
    await inside.ambient.advance(100);
    assert.deepEqual(inside.namesAt('/d'), ['e0 e1 e2']);
  });

  it('gathers again what was in flight when the process died', async () => {
    const inside = await Inside.start([batched()]);
    inside.behave('/d', 'hang');
    await inside.append(names(25));
    const inFlight = inside.sent.length;
    inside.behave('/d', 200);
    await inside.crash([batched()]);
    await inside.ambient.advance(2_000);
    const after = inside.namesAt('/d').slice(inFlight);
    assert.deepEqual(after.join(' ').split(' ').toSorted(), names(25).toSorted());
    assert.ok(after.length <= 4, `${after.length} requests`);
  });

  it('lets go of what has gathered while its endpoint is held, and sends it afterwards', async () => {
    const inside = await Inside.start([batched({ maxWaitMs: 60_000 })]);
    inside.headers = { 'retry-after': '30' };
    inside.behave('/d', 'hang');
    await inside.append(names(12));
    inside.behave('/d', 200);
    await inside.release('/d', 503);
    await inside.append(names(3, 12));
    await inside.ambient.advance(1_000);
    const [held] = await inside.dispatcher.status();
    // Ten that failed, and two that had gathered: what came afterwards waits in the log.
    assert.deepEqual([held?.endpoints[0]?.state, held?.parked, held?.waiting], ['held', 12, 15]);
    inside.headers = {};
    await inside.ambient.advance(100_000);
    assert.deepEqual(inside.namesAt('/d').join(' ').split(' ').toSorted(), [...names(10), ...names(15)].toSorted());
  });

  it('ends with the setting: what was parked together goes out one by one, and the other way round', async () => {
    const plain = makeDestination('d', ['/d'], { retries: 5, backoffMs: [5_000] });
    const together = batched({}, { retries: 5, backoffMs: [5_000] });
    const inside = await Inside.start([together]);
    inside.behave('/d', 500);
    await inside.append(names(10));
    await inside.update([plain]);
    await inside.ambient.advance(5_100);
    assert.deepEqual(inside.namesAt('/d').slice(1).toSorted(), names(10));
    inside.behave('/d', 200);
    await inside.update([together]);
    await inside.ambient.advance(5_100);
    const last = inside.sent.slice(11);
    assert.deepEqual(last.flatMap(({ name }) => name.split(' ')).toSorted(), names(10));
    assert.ok(last.every(({ body }) => body.startsWith('[')));
  });

  it('counts as one attempt where attempts are counted', async () => {
    const inside = await Inside.start([batched({}, { rateLimitPerSecond: 2, concurrency: 1 })]);
    await inside.append(names(60));
    assert.equal(inside.sent.length, 2);
    await inside.ambient.advance(1_000);
    assert.equal(inside.sent.length, 4);
  });

  it('takes what a filter lets through, and nothing else', async () => {
    const inside = await Inside.start([batched({ maxEvents: 3 }, { filter: { names: { exclude: ['e1', 'e3'] } } })]);
    await inside.append(names(5));
    assert.deepEqual(inside.namesAt('/d'), ['e0 e2 e4']);
  });

  it('of every endpoint is its own', async () => {
    const inside = await Inside.start([
      makeDestination('d', ['/a', '/b'], {
        ...{ batch: { maxEvents: 4, maxBytes: 65_536, maxWaitMs: 100 }, success: 'every', retries: 1 },
      }),
    ]);
    inside.behave('/a', 500, 200);
    await inside.append(names(4));
    await inside.ambient.advance(2_000);
    assert.deepEqual([inside.namesAt('/a').length, inside.namesAt('/b').length], [2, 1]);
    assert.equal(new Set(idsAt(inside, '/a')).size, 1);
    assert.notEqual(idsAt(inside, '/a')[0], idsAt(inside, '/b')[0]);
  });
});

describe('a batch that is refused for its content', () => {
  /** An endpoint that answers so to each request with one of these events in it. */
  async function withBad(bad: ReadonlySet<string>, status: number, policy: Partial<DeliveryPolicy> = {}) {
    const inside = await Inside.start([batched({ maxEvents: 16 }, { retries: 0, ...policy })]);
    inside.answer = (_url, name) => (name.split(' ').some((each) => bad.has(each)) ? status : 200);
    return inside;
  }

  it('is halved down to the event that is bad, which alone is dead', async () => {
    const inside = await withBad(new Set(['e5']), 422);
    await inside.append(names(16));
    await inside.ambient.advance(1_000);
    assert.deepEqual(inside.finished(), [['dead', 'http_422']]);
    assert.equal(inside.died.length, 1);
    const accepted = inside.reports
      .filter(({ decided }) => decided === 'delivered')
      .flatMap(({ attempt }) => attempt.positions);
    assert.equal(new Set(accepted).size, 15);
    // 16, then two halves of 8, 4, 2 and 1 each.
    assert.equal(inside.sent.length, 9);
    assert.equal(new Set(inside.sent.map(({ id }) => id)).size, 9, 'no two contents share an id');
  });

  it('spends no retry by it: the single one is then tried as any other', async () => {
    const inside = await withBad(new Set(['e0']), 400, { retries: 1, backoffMs: [1_000] });
    await inside.append(names(16));
    const single = (): number => inside.namesAt('/d').filter((name) => name === 'e0').length;
    assert.equal(single(), 1);
    await inside.ambient.advance(5_000);
    assert.equal(single(), 2);
    assert.deepEqual(inside.finished(), [['dead', 'http_400']]);
    assert.ok(inside.reports.every(({ attempt }) => attempt.number <= 2));
  });

  it('is written as attempts of their own times, so that none is taken for another', async () => {
    const inside = await withBad(new Set(['e3']), 413);
    await inside.append(names(16));
    await inside.ambient.advance(1_000);
    const keys = inside.reports.flatMap(({ attempt }) =>
      attempt.positions.map((position) => `${position} ${attempt.number} ${attempt.atMs}`),
    );
    assert.equal(new Set(keys).size, keys.length);
  });

  for (const status of [401, 404, 405, 408, 429, 500, 503]) {
    it(`is not what ${status} says: it stays whole`, async () => {
      const inside = await withBad(new Set(['e5']), status);
      await inside.append(names(16));
      await inside.ambient.advance(1_000);
      assert.equal(inside.sent.length, 1);
      assert.equal(inside.finished().length, 16);
    });
  }

  it('is not what a timeout says', async () => {
    const inside = await Inside.start([batched({ maxEvents: 16 }, { retries: 0 })]);
    inside.behave('/d', 'timeout');
    await inside.append(names(16));
    await inside.ambient.advance(10_000);
    assert.deepEqual([inside.sent.length, inside.died.length], [1, 16]);
  });

  it('is halved at once when each of its endpoints blames it, and otherwise before it would be dead', async () => {
    const policy = { batch: { maxEvents: 4, maxBytes: 65_536, maxWaitMs: 100 }, retries: 1, backoffMs: [1_000] };
    const inside = await Inside.start([makeDestination('d', ['/a', '/b'], policy)]);
    inside.answer = (url, name) => (url === '/b' ? 500 : name.includes('e3') ? 400 : 200);
    await inside.append(names(4));
    assert.equal(inside.sent.length, 2, 'the other endpoint may take it as it is');
    await inside.ambient.advance(5_000);
    assert.deepEqual(inside.died.length, 1);
    inside.answer = () => 400;
    const before = inside.sent.length;
    await inside.append(names(4));
    assert.equal(inside.sent.length - before, 2 * 7);
  });

  it('comes as two batches of their own when a half has to be retried, also after a crash', async () => {
    const policy = { retries: 3, backoffMs: [5_000] };
    const inside = await withBad(new Set(['e1']), 400, policy);
    const blame = inside.answer!;
    inside.answer = (url, name) => (name === names(8, 8).join(' ') ? 500 : blame(url, name));
    await inside.append(names(16));
    assert.ok(inside.namesAt('/d').includes(names(8, 8).join(' ')));
    inside.answer = () => 200;
    await inside.crash([batched({ maxEvents: 16 }, policy)]);
    await inside.ambient.advance(10_000);
    const upper = inside.sent.filter(({ name }) => name === names(8, 8).join(' '));
    assert.equal(upper.length, 2);
    assert.equal(upper[0]?.id, upper[1]?.id);
    assert.equal(batchSizeOf(upper[0]?.id ?? ''), 8);
    const [status] = await inside.dispatcher.status();
    assert.equal(status?.waiting, 0);
  });
});
