/** Sending events again: to destinations old and new, slowly and stopped, and through crashes. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { ErrorProblem } from '../../src/domain/errors.ts';
import { askApi } from '../support/management-api.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly total: number;
  readonly done: number;
  readonly delivered: number;
  readonly dead: number;
  readonly cancelled: number;
}

async function replay(sluice: SluiceProcess, request: object): Promise<Shown> {
  const { status, body } = await askApi(sluice, '/replays', { body: request });
  assert.equal(status, 202, JSON.stringify(body));
  return body as Shown;
}

async function shown(sluice: SluiceProcess, id: string): Promise<Shown> {
  return (await askApi(sluice, `/replays/${id}`)).body as Shown;
}

/** Asks until it is so. */
async function until(sluice: SluiceProcess, id: string, is: (replay: Shown) => boolean): Promise<Shown> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const found = await shown(sluice, id);
    if (is(found)) return found;
    assert.ok(performance.now() < deadline, JSON.stringify(found));
  }
}

const finished = async (sluice: SluiceProcess, { id }: Shown): Promise<Shown> =>
  until(sluice, id, ({ state }) => state === 'finished');

const destination = (id: string, receiver: Receiver, delivery: object = {}): object => ({
  ...{ id, sources: ['web'], settings: { webhookUrl: receiver.url() }, delivery },
});

const configOf = (...destinations: readonly object[]): object => ({
  network: { allow: ['127.0.0.0/8'] },
  storage: { reserve: '0B' },
  sources: [{ id: 'web', writeKeys: ['wk'] }],
  destinations,
});

interface Started {
  readonly sluice: SluiceProcess;
  /** Gets what comes. */
  readonly first: Receiver;
  /** Of nobody yet. */
  readonly second: Receiver;
}

async function start(t: TestContext, delivery: object = {}): Promise<Started> {
  const [first, second] = [await openReceiver(), await openReceiver()];
  const sluice = await SluiceProcess.start({ config: configOf(destination('first', first, delivery)) });
  t.after(async () => {
    await sluice.close();
    await first.close();
    await second.close();
  });
  return { sluice, first, second };
}

/** Accepts so many events `e0`, `e1`, …, of users `u0` to `u9`. */
async function send(sluice: SluiceProcess, count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, index) => ({
    ...{ type: 'track', event: `e${index}`, userId: `u${index % 10}`, messageId: `m${index}` },
  }));
  for (let from = 0; from < count; from += 100) {
    const { status } = await post(sluice.url, '/v1/batch', { batch: all.slice(from, from + 100) }, { writeKey: 'wk' });
    assert.equal(status, 200);
  }
}

const nameOf = ({ body }: ReceivedRequest): string => (JSON.parse(body) as { event: string }).event;
const namesOf = (requests: readonly ReceivedRequest[]): readonly string[] => [...new Set(requests.map(nameOf))].sort();

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details: { readonly problems?: readonly ErrorProblem[] };
}

describe('a replay', () => {
  it('sends what was there to a destination that is new, as it was sent first, and is exact through a crash', async (t) => {
    const { sluice, first, second } = await start(t);
    await send(sluice, 600);
    await first.count(600);
    await sluice.configure(configOf(destination('first', first), destination('second', second, { concurrency: 4 })));
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    second.answer({ delayMs: 5 });
    const made = await replay(sluice, { destination: 'second' });
    assert.equal(made.state, 'counting');
    await second.count(200);
    await sluice.kill9();
    await sluice.restart();
    const ended = await finished(sluice, made);
    assert.deepEqual([ended.total, ended.done, ended.delivered, ended.dead], [600, 600, 600, 0]);
    assert.equal(namesOf(second.requests).length, 600);
    // What was in flight when the process died is sent twice, and nothing else is.
    assert.ok(second.requests.length < 600 + 50, `${second.requests.length} requests`);
    const ids = new Map(first.requests.map((request) => [nameOf(request), request.headers['webhook-id']]));
    for (const request of second.requests) {
      assert.equal(request.headers['webhook-id'], ids.get(nameOf(request)));
      assert.equal(request.headers['x-sluice-replay'], made.id);
    }
    assert.equal(first.requests.length, 600);
    assert.equal(first.requests[0]?.headers['x-sluice-replay'], undefined);
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    assert.equal((await shown(sluice, made.id)).done, 600);
  });

  it('takes a slice by what events say, by their ids, and by what became of them', async (t) => {
    const { sluice, first } = await start(t, { retries: 0 });
    first.answer((request) => ({ status: ['e3', 'e14'].includes(nameOf(request)) ? 500 : 200 }));
    await send(sluice, 30);
    await first.count(30);
    first.answer({});
    const events = (await askApi(sluice, '/events?limit=200')).body as { data: { id: string; name: string }[] };
    const ids = events.data.filter(({ name }) => ['e1', 'e2'].includes(name)).map(({ id }) => id);
    const slices: readonly (readonly [object, readonly string[]])[] = [
      [{ filter: { name: 'e7' } }, ['e7']],
      [{ filter: { user: 'u4' } }, ['e14', 'e24', 'e4']],
      [{ filter: { messageId: 'm9', user: 'u9' } }, ['e9']],
      [{ filter: { ids } }, ['e1', 'e2']],
      [{ filter: { state: 'dead' } }, ['e14', 'e3']],
      [{ filter: { state: 'dead', user: 'u3' } }, ['e3']],
      [{ to: '2020-01-01' }, []],
      [{ filter: { type: 'page' } }, []],
    ];
    for (const [slice, names] of slices) {
      const before = first.requests.length;
      const ended = await finished(sluice, await replay(sluice, { destination: 'first', ...slice }));
      assert.deepEqual([ended.total, ended.delivered], [names.length, names.length], JSON.stringify(slice));
      assert.deepEqual(namesOf(first.requests.slice(before)), names);
      assert.equal(first.requests.length - before, names.length);
    }
    const listed = (await askApi(sluice, '/replays?limit=3')).body as { data: Shown[]; next: string };
    const rest = (await askApi(sluice, `/replays?cursor=${listed.next}`)).body as { data: Shown[]; next: null };
    assert.deepEqual([listed.data.length, rest.data.length, rest.next], [3, slices.length - 3, null]);
  });

  it('is slowed down, paused, resumed and cancelled', async (t) => {
    const { sluice, first } = await start(t);
    await send(sluice, 300);
    await first.count(300);
    const made = await replay(sluice, { destination: 'first', ratePerSecond: 20 });
    await first.count(305);
    const act = async (action: string): Promise<Shown> => {
      const { status, body } = await askApi(sluice, `/replays/${made.id}/${action}`, { body: {} });
      assert.equal(status, 202, JSON.stringify(body));
      return body as Shown;
    };
    const paused = await act('pause');
    assert.equal(paused.state, 'paused');
    assert.equal(first.requests.length, 300 + paused.done);
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    assert.deepEqual(await shown(sluice, made.id), paused);
    assert.equal((await act('resume')).state, 'running');
    await first.count(300 + paused.done + 5);
    const cancelled = await act('cancel');
    assert.deepEqual([cancelled.state, cancelled.reason, cancelled.total], ['cancelled', 'cancelled', 300]);
    assert.equal(first.requests.length, 300 + cancelled.done);
    assert.ok(cancelled.done < 100, `${cancelled.done} were sent, at 20 a second`);
    assert.equal((await askApi(sluice, `/replays/${made.id}/resume`, { body: {} })).status, 409);
  });

  it('waits while its endpoint is down, and has what it cannot deliver dead', async (t) => {
    const { sluice, first } = await start(t, { retries: 1, backoffMs: [50] });
    await send(sluice, 5);
    await first.count(5);
    first.answer((request) => ({ status: nameOf(request) === 'e2' ? 400 : 200 }));
    const ended = await finished(sluice, await replay(sluice, { destination: 'first' }));
    assert.deepEqual([ended.total, ended.done, ended.delivered, ended.dead], [5, 5, 4, 1]);
    const dead = (await askApi(sluice, '/deliveries?state=dead')).body as {
      data: { replay: string; destination: string }[];
    };
    assert.deepEqual(
      dead.data.map((each) => [each.destination, each.replay]),
      [['first', ended.id]],
    );
  });

  it('is refused with what is wrong with it', async (t) => {
    const { sluice } = await start(t);
    const refused = async (request: object): Promise<readonly unknown[]> => {
      const { status, body } = await askApi(sluice, '/replays', { body: request });
      const { code, message, details } = (body as { error: Refusal }).error;
      return [status, code, ...(details.problems ?? [message])];
    };
    assert.deepEqual(await refused({ destination: 'other' }), [
      404,
      'destination_not_found',
      'there is no destination other',
    ]);
    assert.deepEqual(await refused({ destination: 'first', filter: { source: 'app' } }), [
      404,
      'source_not_found',
      'there is no source app',
    ]);
    assert.deepEqual(
      await refused({ destination: 7, ratePerSecond: 0, filter: { nane: 'x', type: 'trak', ids: [] } }),
      [
        400,
        'invalid_body',
        { path: 'destination', message: 'must be text' },
        { path: 'ratePerSecond', message: 'must be at least 0.1' },
        {
          path: 'filter.type',
          message: 'must be one of `identify`, `track`, `page`, `screen`, `group`, `alias`; did you mean `track`?',
        },
        { path: 'filter.ids', message: 'must not be empty' },
        { path: 'filter.nane', message: 'unknown key `nane`; did you mean `name`?' },
      ],
    );
    assert.deepEqual(
      await refused({ destination: 'first', from: '2026-02-01', to: '2026-01-01', filter: { ids: ['evt_x'] } }),
      [
        400,
        'invalid_body',
        { path: 'to', message: 'must be after `from`' },
        { path: 'filter.ids[0]', message: 'must be the id of an event of this log' },
      ],
    );
    assert.equal((await askApi(sluice, '/replays/rpl_none')).status, 404);
  });
});
