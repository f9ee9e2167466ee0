import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openBench } from '../../test/support/http-bench.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { openSqliteErasureStore } from '../adapters/sql/erasure-store.ts';
import { makeForwarding } from './client-address.ts';
import type { NewAuditEntry } from '../domain/audit.ts';
import { deliveryIdOf } from '../domain/delivery-id.ts';
import { SluiceError } from '../domain/errors.ts';
import { makeOperate } from '../pipeline/operate.ts';
import type { DeliveryRecord } from '../ports/delivery-history.ts';
import type { HttpServerOptions } from './server.ts';

const CRM = makeDestination('crm', ['https://crm.example/']);
const DEAD = deliveryIdOf({ lane: 1, position: 7 });
const record: DeliveryRecord = {
  ...{ lane: 1, laneId: 'crm', position: 7, state: 'dead', reason: null, isLaneGone: false },
  ...{ nextAttemptAtMs: null, attempts: [] },
};

/** Every action that is noted and is no replay's (`pipeline/replays.test.ts`). */
const ACTIONS: readonly (readonly [string, string, unknown?])[] = [
  ['POST', '/tokens', { name: 'ci', role: 'viewer' }],
  ['DELETE', '/tokens/{token}'],
  ['POST', '/destinations/crm/pause', {}],
  ['POST', '/destinations/crm/resume', {}],
  ['POST', '/destinations/crm/test', {}],
  ['POST', `/deliveries/${DEAD}/retry`],
  ['POST', '/deliveries/retry?destination=crm'],
  ['POST', '/erasures', { userId: 'ann', suppress: true }],
  ['DELETE', '/suppressions?userId=bob'],
];

/** Everything that an operator can have done, where what is done is counted and the trail may be full. */
async function open(...[context]: Parameters<typeof openBench>) {
  const ambient = new SimulatedAmbient();
  const trail: NewAuditEntry[] = [];
  const state = { isFull: false, done: 0 };
  const audit = {
    append: async (entry: NewAuditEntry): Promise<void> => {
      if (state.isFull) throw new SluiceError('disk_full', { folder: '/data' });
      trail.push(entry);
      return Promise.resolve();
    },
    list: async () => Promise.resolve([]),
  };
  const does =
    <T>(result: T) =>
    async (): Promise<T> => {
      state.done += 1;
      return Promise.resolve(result);
    };
  const store = openSqliteErasureStore({ file: ':memory:' });
  await store.add({ field: 'userId', person: 'bob', suppress: true, notify: false }, ambient.nowMs());
  const erasures: HttpServerOptions['erasures'] = {
    reserve: (request) => store.reserve(request),
    ask: async (request, number) => store.add(request, ambient.nowMs(), number),
    get: async (number) => store.get(number),
    list: async (ask) => store.list(ask),
    suppressed: store.suppressed,
    unsuppress: async (person) => store.unsuppress(person),
  };
  const forwarding = makeForwarding([]);
  const operators = await openOperators({ ambient, isOpenOnLoopback: true, forwarding, audit });
  const workspace = { current: () => ({ sources: [], destinations: [CRM] }) };
  const delivery = { test: does([]), pause: does([]), resume: does([]) };
  const bench = await openBench(context, {
    ...{ audit, ambient, forwarding, erasures, access: operators.access, apiTokens: operators.apiTokens },
    operate: makeOperate({ workspace, delivery, ambient }),
    deliveries: {
      epoch: 1,
      find: async () => Promise.resolve({ deliveries: [], next: null }),
      get: async () => Promise.resolve(record),
      retryDead: does(1),
      destinations: () => [CRM],
    },
  });
  const ask = async (method: string, path: string, body?: unknown) => {
    const [token] = operators.store.tokens({ max: 1 });
    const text = body === undefined ? '' : JSON.stringify(body);
    const target = `/api/v1${path.replace('{token}', token?.id ?? 'none')}`;
    return bench.send({ method, path: target, headers: {}, body: text });
  };
  return { ask, trail, state, store, operators };
}

describe('what is no change of the workspace', () => {
  it('is not done when it cannot be noted, which is answered as a full disk', async (context) => {
    const { ask, trail, state, store, operators } = await open(context);
    const made = await ask('POST', '/tokens', { name: 'before', role: 'viewer' });
    assert.equal(made.status, 201);
    trail.length = 0;
    state.isFull = true;
    for (const [method, path, body] of ACTIONS) {
      const { status, headers, body: text } = await ask(method, path, body);
      assert.deepEqual([status, headers['retry-after']], [503, '1'], `${path}: ${text}`);
      assert.match(text, /"code":"store_full"/);
    }
    assert.deepEqual([state.done, trail], [0, []]);
    assert.deepEqual(
      operators.store.tokens({ max: 9 }).map(({ name }) => name),
      ['before'],
    );
    assert.deepEqual([store.suppressed.count, (await store.list({ max: 9 })).length], [1, 1]);
  });

  it('has an entry for each, and what is refused has none', async (context) => {
    const { ask, trail, state } = await open(context);
    for (const [method, path, body] of ACTIONS) await ask(method, path, body);
    assert.deepEqual(
      trail.map(({ action }) => action),
      [
        ...['token.create', 'token.revoke', 'destination.pause', 'destination.resume', 'destination.test'],
        ...['delivery.retry', 'destination.retry', 'erasure.create', 'suppression.delete'],
      ],
    );
    assert.equal(state.done, 5);
    const erased = trail.find(({ action }) => action === 'erasure.create');
    assert.equal(erased?.subject, 'ers_2');
    trail.length = 0;
    await ask('POST', '/tokens', { name: 'ci', role: 'viewer' });
    for (const [method, path, body] of [
      ['POST', '/tokens', { name: 'CI', role: 'viewer' }],
      ['DELETE', '/tokens/none'],
      ['POST', '/destinations/none/pause', {}],
      ['POST', '/deliveries/retry?destination=none'],
      ['DELETE', '/suppressions?userId=nobody'],
    ] as const)
      assert.ok((await ask(method, path, body)).status >= 400, path);
    assert.deepEqual(
      trail.map(({ action }) => action),
      ['token.create'],
    );
  });
});
