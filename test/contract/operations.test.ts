/** Every operation of the management API, against a real process: done, and refused, as its contract says. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Answer, Operation } from '../../src/contract/operation.ts';
import { OPERATIONS, type OperationId, type Operations } from '../../src/contract/operations.ts';
import { BIN_DRIVES } from './bin-drives.ts';
import { listenerDrives } from './listener-drives.ts';
import { type Drive, type Driver, LISTED, NONE, openDriver } from './driver.ts';
import { bringTraffic, openScene, type Scene, until } from './scene.ts';

let scene: Scene;
/** Made by the API, and there for all tests. */
let sourceId: string;
let destinationId: string;
before(async () => {
  scene = await openScene();
  await bringTraffic(scene);
  sourceId = (await driverOf('createSource').done({ body: { name: 'Lasting' } })).id;
  destinationId = (await driverOf('createDestination').done({ body: newDestination('Lasting') })).id;
});
after(async () => {
  await scene[Symbol.asyncDispose]();
});

const newDestination = (name: string) => ({
  name,
  sources: [sourceId],
  settings: { webhookUrl: scene.receiver.url('/made'), sharedSecret: 'a secret' },
});

const idsOf = async (target: string): Promise<readonly string[]> =>
  (await until(scene.json, target, 1)).map(({ id }) => id);

/** Each operation, the way in which it is asked. */
const DRIVES: { readonly [Id in OperationId]: Drive<Id> } = {
  listSources: async ({ done, refused }) => {
    const { next } = await done({ query: LISTED });
    await done({ query: { cursor: next ?? '' } });
    await refused('invalid_parameter', { query: { cursor: 'none' } });
    for (const limit of ['0', '-1', '201', '1e2', '']) await refused('invalid_parameter', { query: { limit } });
  },
  createSource: async ({ done, refused }) => {
    await done({ body: { name: 'Shop', writeKeys: ['wk_shop', { key: 'wk_old', name: 'old' }], kind: 'web' } });
    await refused('name_taken', { body: { name: 'SHOP' } });
    await refused('write_key_taken', { body: { name: 'Other', writeKeys: ['wk_shop'] } });
    await refused('invalid_body', { body: { id: 'mine' } });
  },
  getSource: async ({ done, refused }) => {
    await done({ params: { id: sourceId } });
    await refused('source_not_found', { params: NONE });
  },
  updateSource: async ({ done, refused }) => {
    const { enabled } = await done({ params: { id: sourceId }, body: { enabled: false } });
    assert.equal(enabled, false);
    await done({ params: { id: sourceId }, body: { enabled: null } });
    await refused('declared_in_file', { params: { id: 'web' }, body: { enabled: false } });
    await refused('source_not_found', { params: NONE, body: {} });
    await refused('invalid_body', { params: { id: sourceId }, body: { writeKeys: [] } });
  },
  deleteSource: async ({ done, refused }, other) => {
    const { id } = await other('createSource').done({ body: { name: 'Short-lived' } });
    await done({ params: { id }, query: { dryRun: 'true' } });
    await done({ params: { id } });
    await refused('source_not_found', { params: { id } });
    await refused('declared_in_file', { params: { id: 'web' } });
    await refused('invalid_parameter', { params: { id }, query: { dryRun: 'yes' } });
  },
  listWriteKeys: async ({ done, refused }) => {
    await done({ params: { id: sourceId } });
    await refused('source_not_found', { params: NONE });
  },
  issueWriteKey: async ({ done, refused }) => {
    await done({ params: { id: sourceId } });
    await done({ params: { id: sourceId }, body: { key: 'wk_named', name: 'named' } });
    await refused('write_key_taken', { params: { id: sourceId }, body: { key: 'wk_web' } });
    await refused('invalid_body', { params: { id: sourceId }, body: { key: 'a b' } });
    await refused('source_not_found', { params: NONE, body: {} });
  },
  nameWriteKey: async ({ done, refused }, other) => {
    const odd = 'wk_/?#%&=;+@\\"<>';
    await other('issueWriteKey').done({ params: { id: sourceId }, body: { key: odd } });
    assert.equal((await done({ params: { id: sourceId, key: odd }, body: { name: 'odd' } })).name, 'odd');
    await refused('write_key_not_found', { params: { id: sourceId, key: 'none' }, body: { name: 'x' } });
    await refused('invalid_body', { params: { id: sourceId, key: odd }, body: { name: '' } });
  },
  revokeWriteKey: async ({ done, refused }, other) => {
    const { id, writeKeys } = await other('createSource').done({ body: { name: 'One key' } });
    const [key = ''] = writeKeys;
    await refused('last_write_key', { params: { id, key } });
    await other('issueWriteKey').done({ params: { id } });
    await done({ params: { id, key } });
    await refused('write_key_not_found', { params: { id, key } });
  },
  listDestinations: async ({ done, refused }) => {
    const { next } = await done({ query: LISTED });
    await done({ query: { cursor: next ?? '' } });
    await refused('invalid_parameter', { query: { cursor: 'none' } });
  },
  createDestination: async ({ done, refused }) => {
    const settings = { webhooks: [{ url: scene.receiver.url('/a'), headers: { 'X-A': 'é' } }] };
    await done({ body: { sources: ['web'], name: 'Hooks', settings, delivery: { success: 'every' } } });
    await refused('name_taken', { body: newDestination('hooks') });
    await refused('invalid_body', { body: { ...newDestination('x'), sources: ['none'] } });
    await refused('invalid_body', { body: { ...newDestination('x'), settings: { webhookUrl: 'http://10.0.0.1' } } });
  },
  getDestination: async ({ done, refused }) => {
    await done({ params: { id: destinationId } });
    await refused('destination_not_found', { params: NONE });
  },
  updateDestination: async ({ done, refused }) => {
    const params = { id: destinationId };
    const { delivery } = await done({ params, body: { delivery: { retries: 3, batch: { maxEvents: 2 } } } });
    assert.equal(delivery.retries, 3);
    await done({ params, body: { delivery: null } });
    await refused('declared_in_file', { params: { id: 'crm' }, body: { name: 'x' } });
    await refused('destination_not_found', { params: NONE, body: {} });
    await refused('invalid_body', { params, body: { settings: { webhookUrl: null } } });
  },
  deleteDestination: async ({ done, refused }, other) => {
    const { id } = await other('createDestination').done({ body: newDestination('Short-lived') });
    await done({ params: { id }, query: { dryRun: 'true' } });
    await done({ params: { id } });
    await refused('destination_not_found', { params: { id } });
    await refused('declared_in_file', { params: { id: 'crm' } });
  },
  promoteSecret: async ({ done, refused }, other) => {
    const params = { id: destinationId };
    await refused('no_rotation', { params });
    await other('updateDestination').done({ params, body: { settings: { sharedSecret: 'another' } } });
    assert.equal((await done({ params })).rotation, null);
    await refused('destination_not_found', { params: NONE });
  },
  testDestination: async ({ done, refused }) => {
    const params = { id: destinationId };
    const { endpoints } = await done({ params });
    assert.deepEqual(
      endpoints.map(({ outcome }) => outcome),
      ['succeeded'],
    );
    await done({ params: { id: 'slow' }, body: { type: 'identify' } });
    await refused('endpoint_not_found', { params, body: { endpoint: 'https://elsewhere.example/' } });
    await refused('test_event_refused', { params, body: { event: { type: 'track', userId: 'u' } } });
    await refused('destination_not_found', { params: NONE });
  },
  pauseDestination: async ({ done, refused }) => {
    const { endpoints } = await done({ params: { id: destinationId } });
    assert.equal(endpoints[0]?.state, 'paused');
    await refused('endpoint_not_found', { params: { id: destinationId }, body: { endpoint: 'none' } });
    await refused('destination_not_found', { params: NONE });
  },
  resumeDestination: async ({ done, refused }) => {
    await done({ params: { id: destinationId }, body: { endpoint: scene.receiver.url('/made') } });
    await refused('endpoint_not_found', { params: { id: destinationId }, body: { endpoint: 'none' } });
    await refused('destination_not_found', { params: NONE });
  },
  listEvents: async ({ done, refused }) => {
    const { data, next } = await done({ query: LISTED });
    assert.equal(data.length, 1);
    await done({ query: { cursor: next ?? '', user: 'u1', type: 'track', from: '2020-01-01T00:00:00Z' } });
    const refusals = await done({ query: { refused: 'true', ...LISTED } });
    await done({ query: { refused: 'true', cursor: refusals.next ?? '', source: '' } });
    for (const query of [{ cursor: 'none' }, { from: 'now' }, { reason: 'x' }, { refused: 'true', user: 'u1' }]) {
      await refused('invalid_parameter', { query });
    }
  },
  getEvent: async ({ done, refused }) => {
    const [id = ''] = await idsOf('/events');
    const { destinations } = await done({ params: { id } });
    assert.ok(destinations.some(({ destination, deliveries }) => destination === 'crm' && deliveries.length === 1));
    await refused('event_not_found', { params: NONE });
  },
  listDeliveries: async ({ done, refused }) => {
    const { next } = await done({ query: LISTED });
    await done({ query: { cursor: next ?? '' } });
    const { data } = await done({ query: { state: 'dead', outcome: 'rejected', error: 'http_400', name: 'x' } });
    assert.deepEqual(data, []);
    for (const query of [{ cursor: 'none' }, { event: 'none' }, { error: 'none' }, { state: 'alive' }])
      await refused('invalid_parameter', { query });
  },
  retryDeliveries: async ({ done, refused }) => {
    const { retried } = await done({ query: { destination: 'strict', limit: '1' } });
    assert.equal(retried, 1);
    await refused('destination_not_found', { query: { destination: 'none' } });
    await refused('invalid_parameter');
  },
  getDelivery: async ({ done, refused }) => {
    const [id = ''] = await idsOf('/deliveries');
    await done({ params: { id } });
    await refused('delivery_not_found', { params: NONE });
  },
  retryDelivery: async ({ done, refused }) => {
    const [dead = ''] = await idsOf('/deliveries?destination=strict&state=dead');
    await done({ params: { id: dead } });
    const [delivered = ''] = await idsOf('/deliveries?destination=crm');
    await refused('delivery_not_dead', { params: { id: delivered } });
    await refused('delivery_not_found', { params: NONE });
  },
  watch: async ({ done, refused }) => {
    await done();
    await done({ query: { kinds: 'event,attempt', user: 'u1' } });
    await refused('invalid_parameter', { query: { kinds: 'none' } });
    await refused('invalid_parameter', { query: { event: 'none' } });
  },
  createReplay: async ({ done, refused }) => {
    await done({ body: { destination: 'crm', filter: { type: 'track' }, ratePerSecond: 1_000 } });
    await refused('destination_not_found', { body: { destination: 'none' } });
    await refused('source_not_found', { body: { destination: 'crm', filter: { source: 'none' } } });
    await refused('invalid_body', { body: { destination: 'crm', filter: { ids: ['none'] } } });
    await refused('invalid_body', {
      body: { destination: 'crm', from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' },
    });
  },
  listReplays: async ({ done, refused }) => {
    await done({ query: LISTED });
    await refused('invalid_parameter', { query: { cursor: 'none' } });
  },
  getReplay: async ({ done, refused }) => {
    const [id = ''] = await idsOf('/replays');
    await done({ params: { id } });
    await refused('replay_not_found', { params: NONE });
  },
  cancelReplay: async ({ done, refused }) => {
    const { id } = await replayThatRuns();
    await done({ params: { id } });
    await refused('replay_ended', { params: { id } });
    await refused('replay_not_found', { params: NONE });
  },
  pauseReplay: async ({ done, refused }) => {
    const { id } = await replayThatRuns();
    assert.equal((await done({ params: { id } })).state, 'paused');
    await refused('replay_not_found', { params: NONE });
  },
  resumeReplay: async ({ done, refused }, other) => {
    const { id } = await replayThatRuns();
    await other('pauseReplay').done({ params: { id } });
    await done({ params: { id } });
    await refused('replay_not_found', { params: NONE });
  },
  createErasure: async ({ done, refused }) => {
    await done({ body: { userId: 'u3', suppress: true, notify: true } });
    await refused('invalid_body', { body: { userId: 'u', anonymousId: 'a' } });
    await refused('invalid_body', { body: {} });
  },
  listErasures: async ({ done, refused }) => {
    assert.equal((await done({ query: { userId: 'u3' } })).data.length, 1);
    await refused('invalid_parameter', { query: { cursor: 'none' } });
    await refused('invalid_parameter', { query: { userId: 'u', anonymousId: 'a' } });
  },
  getErasure: async ({ done, refused }) => {
    const [id = ''] = await idsOf('/erasures');
    await done({ params: { id } });
    await refused('erasure_not_found', { params: NONE });
  },
  getSuppressions: async ({ done, refused }) => {
    await done();
    assert.equal((await done({ query: { anonymousId: 'u3' } })).isSuppressed, true);
    await refused('invalid_parameter', { query: { userId: '' } });
  },
  deleteSuppression: async ({ done, refused }) => {
    await done({ query: { userId: 'u3' } });
    await refused('suppression_not_found', { query: { userId: 'u3' } });
    await refused('invalid_parameter');
  },
  countAttempts: async ({ done, refused }) => {
    const { data } = await done({ query: { by: 'endpoint', step: '1m', destination: 'crm' } });
    assert.notEqual(data.length, 0);
    const years = { from: '1000-01-01T00:00:00Z' };
    for (const query of [{ step: '0m' }, { by: 'source' }, years]) await refused('invalid_parameter', { query });
  },
  countAccepted: async ({ done, refused }) => {
    const { data } = await done({ query: { source: 'web' } });
    assert.ok(data[0]?.minutes.some(({ accepted }) => accepted > 0));
    assert.deepEqual((await done({ query: { source: 'none' } })).data, []);
    assert.notEqual((await done()).data.length, 0);
    await refused('invalid_parameter', { query: { step: '1m' } });
  },
  countRefused: async ({ done, refused }) => {
    assert.equal((await done({ query: { source: '', step: '1d' } })).data.length, 1);
    await refused('invalid_parameter', { query: { step: '1y' } });
  },
  measureDisk: async ({ done, refused }) => {
    await done();
    await refused('invalid_parameter', { query: LISTED });
  },
  listAlerts: async ({ done, refused }) => {
    await done();
    await refused('invalid_parameter', { query: LISTED });
  },
  ...BIN_DRIVES,
  ...listenerDrives(() => scene),
  listAudit: async ({ done, refused }) => {
    const { data, next } = await done({ query: { limit: '2', by: 'admin token' } });
    assert.equal(data.length, 2);
    await done({ query: { cursor: next ?? '' } });
    await refused('invalid_parameter', { query: { cursor: 'none' } });
  },
  beginSession: async ({ done, refused }) => {
    assert.equal((await done({ body: { token: scene.token } })).via, 'session');
    await refused('api_token_required', { body: { token: 'wk_web' } });
    await refused('invalid_body', { body: {} });
  },
  getSession: async ({ done, refused }) => {
    assert.equal((await done()).via, 'token');
    await refused('invalid_parameter', { query: LISTED });
  },
  endSession: async ({ done, refused }) => {
    await done();
    await refused('invalid_parameter', { query: LISTED });
  },
  createApiToken: async ({ done, refused }) => {
    await done({ body: { name: 'ci', role: 'viewer', expiresAt: '2999-01-01T00:00:00Z' } });
    await refused('name_taken', { body: { name: 'CI', role: 'admin' } });
    await refused('invalid_body', { body: { name: 'old', role: 'admin', expiresAt: '1999-01-01T00:00:00Z' } });
  },
  listApiTokens: async ({ done, refused }, other) => {
    await other('createApiToken').done({ body: { name: 'another', role: 'admin' } });
    const { next } = await done({ query: LISTED });
    await done({ query: { cursor: next ?? '' } });
    await refused('invalid_parameter', { query: { cursor: 'none' } });
  },
  revokeApiToken: async ({ done, refused }) => {
    const [id = ''] = await idsOf('/tokens');
    await done({ params: { id } });
    await refused('api_token_not_found', { params: { id } });
  },
};

describe('each operation', () => {
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    it(`is done and refused as its contract says: ${id}`, async () => {
      const outcomes = new Set<string>();
      // Each takes what its own operation asks, which one call of many cannot say.
      await (DRIVES[id] as Drive<OperationId>)(driverOf(id, outcomes), driverOf);
      assert.ok(outcomes.has('refused') && outcomes.has('done'), [...outcomes].join());
    });

    it(`refuses what it does not know: ${id}`, async () => {
      const { refused } = driverOf(id);
      const operation: Operation = OPERATIONS[id];
      const params = { id: operation.path.startsWith('/destinations') ? destinationId : sourceId, key: 'none' };
      await refused('invalid_parameter', { params, query: { nonsense: '' } });
      await refused('invalid_parameter', { params, query: { ['__proto__']: '' } });
      if (operation.body === undefined) return;
      await refused('malformed_json', { params, body: '{' });
      for (const body of [[], null, 1, { nonsense: 1 }, JSON.parse('{"__proto__":{}}') as object])
        await refused('invalid_body', { params, body });
      await refused('body_too_large', { params, body: { nonsense: 'x'.repeat(1_100_000) } });
    });
  }
});

/** A replay that takes so long that something can be done to it. */
async function replayThatRuns(): Promise<Answer<Operations['getReplay']>> {
  const body = { destination: 'crm', ratePerSecond: 0.1 };
  const { id } = await driverOf('createReplay').done({ body });
  const deadline = performance.now() + 10_000;
  for (;;) {
    const replay = await driverOf('getReplay').done({ params: { id } });
    if (replay.state !== 'counting') return replay;
    assert.ok(performance.now() < deadline, `replay ${id} is still counted`);
  }
}

function driverOf<Id extends OperationId>(id: Id, outcomes?: Set<string>): Driver<Id> {
  return openDriver(scene, id, outcomes);
}
