import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDestination } from '../../test/support/inside.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Noted } from '../domain/audit.ts';
import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { CALL_TYPES } from '../domain/event.ts';
import { makeSource } from '../domain/source.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { type EndpointAsk, makeOperate, type OperatorAction } from './operate.ts';
import type { EndpointTest, TestAsk } from './test-endpoints.ts';

const CRM = makeDestination('crm', ['https://a.example/t0ken', 'https://b.example/']);

function makeBench(...destinations: readonly Destination[]) {
  const asked: TestAsk[] = [];
  const turned: (readonly [string, EndpointAsk])[] = [];
  const recorded: OperatorAction[] = [];
  const tested = ({ url }: { url: string }) => ({ url, outcome: 'failed', status: 503 }) as EndpointTest;
  const turn = (verb: string) => async (ask: EndpointAsk) => {
    turned.push([verb, ask]);
    return Promise.resolve(ask.url === null ? CRM.endpoints.map(({ url }) => url) : [ask.url]);
  };
  const operate = makeOperate({
    workspace: {
      current: () => ({ sources: [makeSource({ id: 'web', writeKeys: ['wk'], kind: 'web' })], destinations }),
    },
    delivery: {
      test: async (ask) => {
        asked.push(ask);
        return Promise.resolve(ask.destination.endpoints.map(tested));
      },
      pause: turn('pause'),
      resume: turn('resume'),
    },
    ambient: new SimulatedAmbient(),
  });
  const noted: Noted<OperatorAction> = async (action, act) => {
    assert.equal(asked.length + turned.length, recorded.length, 'it is noted before it is done');
    recorded.push(action);
    return act();
  };
  const bodies = (): readonly JsonObject[] => asked.map(({ event }) => JSON.parse(event.body) as JsonObject);
  return { operate, noted, asked, turned, recorded, bodies };
}

const codeOf = (code: string) => (error: unknown) => error instanceof SluiceError && error.code === code;

describe('a test of a destination', () => {
  it('sends a track event that says that it is a test, to all endpoints, and is recorded without secrets', async () => {
    const { operate, noted, asked, recorded, bodies } = makeBench(CRM);
    const { type, messageId, keptAwayBy, endpoints } = await operate.test('crm', {}, noted);
    assert.match(messageId, /^sluice-test-[0-9a-f-]{36}$/);
    assert.deepEqual([type, keptAwayBy, endpoints.length], ['track', null, 2]);
    assert.deepEqual(asked[0]?.destination, CRM);
    const [body] = bodies();
    assert.deepEqual([body?.['messageId'], body?.['projectId'], body?.['type']], [messageId, 'web', 'track']);
    assert.equal((body?.['context'] as JsonObject)['sluiceTest'], true);
    assert.deepEqual(recorded, [
      {
        ...{ action: 'destination.test', subject: 'crm' },
        after: { type, messageId, endpoints: ['https://a.example', 'https://b.example'] },
      },
    ]);
  });

  it('sends one of any type, and of one endpoint alone, however its URL is spelt', async () => {
    const { operate, noted, asked } = makeBench(CRM);
    for (const type of CALL_TYPES) await operate.test('crm', { type, endpoint: 'HTTPS://B.example:443' }, noted);
    assert.deepEqual(
      asked.map(({ event, destination }) => [event.type, ...destination.endpoints.map(({ url }) => url)]),
      CALL_TYPES.map((type) => [type, 'https://b.example/']),
    );
  });

  it('sends what an operator gives, normalised as any call, under a message id of its own', async () => {
    const { operate, noted, bodies } = makeBench(CRM);
    const event = { type: 'identify', userId: 'u', messageId: 'of a real event', traits: { a: 1 }, writeKey: 'wk' };
    const { type, messageId } = await operate.test('crm', { event }, noted);
    const [body] = bodies();
    assert.deepEqual([type, body?.['messageId'], body?.['userId']], ['identify', messageId, 'u']);
    assert.deepEqual([body?.['writeKey'], body?.['version'], body?.['traits']], [undefined, 1, { a: 1 }]);
    assert.equal(await operate.test('crm', { event, type: 'alias' }, noted).catch(codeOf('test_event_refused')), true);
  });

  it('takes no event that a library would not get accepted', async () => {
    const { operate, noted, recorded, asked } = makeBench(CRM);
    const test = async (event: JsonObject) => operate.test('crm', { event }, noted);
    await assert.rejects(test({ userId: 'u' }), codeOf('test_event_refused'));
    await assert.rejects(test({ event: 'a' }), /neither `userId` nor `anonymousId`/);
    await assert.rejects(test({ userId: 'u', event: 'x'.repeat(40_000) }), codeOf('call_too_large'));
    const deep: unknown = JSON.parse('['.repeat(2_000) + ']'.repeat(2_000));
    await assert.rejects(test({ userId: 'u', event: 'a', properties: { deep } }), codeOf('too_deep'));
    assert.deepEqual([recorded, asked], [[], []]);
  });

  it('says what would keep such an event away, and sends it all the same', async () => {
    const { operate, noted, asked } = makeBench({
      ...CRM,
      delivery: { ...CRM.delivery, filter: { names: { exclude: ['Order Completed'] } } },
    });
    assert.equal((await operate.test('crm', {}, noted)).keptAwayBy, 'filter');
    const event = { userId: 'u', event: 'a', integrations: { All: false } };
    assert.equal((await operate.test('crm', { event }, noted)).keptAwayBy, 'integrations');
    assert.equal(asked.length, 2);
  });

  it('is made of a destination that is disabled, or has no source', async () => {
    const { operate, noted, bodies } = makeBench({ ...CRM, enabled: false, sources: [] });
    assert.equal((await operate.test('crm', {}, noted)).endpoints.length, 2);
    assert.equal(bodies()[0]?.['projectId'], 'test');
  });

  it('is none of what there is not', async () => {
    const { operate, noted } = makeBench(CRM);
    await assert.rejects(operate.test('no', {}, noted), codeOf('destination_not_found'));
    await assert.rejects(operate.test('crm', { endpoint: 'https://c.example/' }, noted), codeOf('endpoint_not_found'));
    await assert.rejects(operate.test('crm', { endpoint: 'no URL' }, noted), codeOf('endpoint_not_found'));
  });
});

describe('pausing and resuming a destination', () => {
  for (const verb of ['pause', 'resume'] as const) {
    it(`hands on which endpoints, by the URL that they have, and is recorded (${verb})`, async () => {
      const { operate, noted, turned, recorded } = makeBench(CRM);
      assert.equal((await operate[verb]('crm', null, noted)).length, 2);
      assert.deepEqual(await operate[verb]('crm', 'https://B.example', noted), ['https://b.example/']);
      assert.deepEqual(turned, [
        [verb, { destination: 'crm', url: null }],
        [verb, { destination: 'crm', url: 'https://b.example/' }],
      ]);
      assert.deepEqual(
        recorded.map(({ action, subject, after }) => [action, subject, after['endpoints']]),
        [
          [`destination.${verb}`, 'crm', ['https://a.example', 'https://b.example']],
          [`destination.${verb}`, 'crm', ['https://b.example']],
        ],
      );
    });

    it(`is refused where there is nothing to ${verb}`, async () => {
      const { operate, noted, turned, recorded } = makeBench(CRM, { ...CRM, id: 'off', enabled: false });
      await assert.rejects(operate[verb]('no', null, noted), codeOf('destination_not_found'));
      await assert.rejects(operate[verb]('off', null, noted), codeOf('destination_disabled'));
      await assert.rejects(operate[verb]('crm', 'https://a.example/', noted), codeOf('endpoint_not_found'));
      assert.deepEqual([turned, recorded], [[], []]);
    });
  }
});
