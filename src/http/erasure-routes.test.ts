import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openBench } from '../../test/support/http-bench.ts';
import { openSqliteErasureStore } from '../adapters/sql/erasure-store.ts';

const AT_MS = 1_767_225_600_000;

async function open(context: TestContext) {
  const store = openSqliteErasureStore({ file: ':memory:' });
  const { send } = await openBench(context, {
    erasures: {
      reserve: (request) => store.reserve(request),
      ask: async (request, number) => store.add(request, AT_MS, number),
      get: async (number) => store.get(number),
      list: async (ask) => store.list(ask),
      suppressed: store.suppressed,
      unsuppress: async (person) => store.unsuppress(person),
    },
  });
  const ask = async (method: string, path: string, body: unknown = ''): Promise<readonly [number, unknown]> => {
    const text = body === '' ? '' : JSON.stringify(body);
    const answer = await send({ method, path: `/api/v1${path}`, headers: {}, body: text });
    return [answer.status, answer.body === '' ? null : JSON.parse(answer.body)];
  };
  const problemOf = async (...asked: Parameters<typeof ask>): Promise<string> => {
    const [status, body] = await ask(...asked);
    const { code, message } = (body as { error: { code: string; message: string } }).error;
    return `${String(status)} ${code}: ${message}`;
  };
  return { store, ask, problemOf };
}

const ANN = {
  ...{ id: 'ers_1', state: 'waiting', field: 'userId', suppress: false, notify: false },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', finishedAt: null },
  ...{ found: 0, erased: 0, refusedErased: 0, notified: null },
};

describe('POST /erasures', () => {
  it('answers with the record, which does not say whom it is about', async (context) => {
    const { store, ask } = await open(context);
    assert.deepEqual(await ask('POST', '/erasures', { userId: 'ann' }), [202, ANN]);
    const [, bob] = await ask('POST', '/erasures', { anonymousId: 'bob', suppress: true });
    assert.deepEqual(bob, { ...ANN, id: 'ers_2', field: 'anonymousId', suppress: true });
    assert.deepEqual([(await store.next())?.person, store.suppressed.has('bob')], ['ann', true]);
  });

  it('refuses what is not one person, and names what is wrong', async (context) => {
    const { store, problemOf } = await open(context);
    for (const [body, problem] of [
      [{}, /^400 invalid_body: .*`userId` or `anonymousId` is needed, one of the two/],
      [{ userId: 'a', anonymousId: 'b' }, /^400 invalid_body: .*`userId` or `anonymousId` is needed/],
      [{ userId: '' }, /^400 invalid_body: .*`userId`: must not be empty/],
      [{ userId: 7 }, /^400 invalid_body: .*`userId`: must be text/],
      [{ userId: 'x'.repeat(1_001) }, /^400 invalid_body: .*`userId`: must have at most 1,000 characters/],
      [{ userId: 'a', suppress: 'yes' }, /^400 invalid_body: .*`suppress`: must be `true` or `false`/],
      [{ userId: 'a', notify: 1 }, /^400 invalid_body: .*`notify`: must be `true` or `false`/],
      [
        { userId: 'a', supress: true },
        /^400 invalid_body: .*`supress`: unknown key `supress`; did you mean `suppress`/,
      ],
      [[], /^400 invalid_body: the body is not as it must be: must be a JSON object/],
    ] as const)
      assert.match(await problemOf('POST', '/erasures', body), problem);
    assert.equal(await store.next(), null);
  });
});

describe('GET /erasures', () => {
  it('lists them newest first, by page and by person', async (context) => {
    const { ask } = await open(context);
    for (const userId of ['ann', 'bob', 'ann']) await ask('POST', '/erasures', { userId });
    const idsOf = async (query: string): Promise<readonly unknown[]> => {
      const [, body] = await ask('GET', `/erasures${query}`);
      const { data, next } = body as { data: readonly { id: string }[]; next: unknown };
      return [data.map(({ id }) => id), next];
    };
    assert.deepEqual(await idsOf(''), [['ers_3', 'ers_2', 'ers_1'], null]);
    assert.deepEqual(await idsOf('?limit=2'), [['ers_3', 'ers_2'], 'ers_2']);
    assert.deepEqual(await idsOf('?limit=2&cursor=ers_2'), [['ers_1'], null]);
    assert.deepEqual(await idsOf('?userId=ann'), [['ers_3', 'ers_1'], null]);
    assert.deepEqual(await ask('GET', '/erasures/ers_1'), [200, ANN]);
  });

  it('refuses ids and cursors that it did not give', async (context) => {
    const { problemOf } = await open(context);
    assert.match(await problemOf('GET', '/erasures/ers_9'), /^404 erasure_not_found/);
    assert.match(await problemOf('GET', '/erasures/nine'), /^404 erasure_not_found/);
    assert.match(await problemOf('GET', '/erasures?cursor=9'), /^400 invalid_parameter: `cursor`/);
  });
});

describe('/suppressions', () => {
  it('says how many there are, and whether somebody is one of them, and takes it back', async (context) => {
    const { ask, problemOf } = await open(context);
    await ask('POST', '/erasures', { userId: 'ann', suppress: true });
    const max = 1_000_000;
    assert.deepEqual(await ask('GET', '/suppressions'), [200, { count: 1, max }]);
    assert.deepEqual(await ask('GET', '/suppressions?userId=ann'), [200, { count: 1, max, isSuppressed: true }]);
    assert.deepEqual(await ask('GET', '/suppressions?userId=bob'), [200, { count: 1, max, isSuppressed: false }]);
    assert.deepEqual(await ask('DELETE', '/suppressions?userId=ann'), [204, null]);
    assert.match(await problemOf('DELETE', '/suppressions?userId=ann'), /^404 suppression_not_found/);
    assert.match(await problemOf('DELETE', '/suppressions'), /^400 invalid_parameter/);
    assert.deepEqual(await ask('GET', '/suppressions'), [200, { count: 0, max }]);
  });
});
