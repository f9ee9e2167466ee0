/**
 * The Webhooks integration as its reference describes it: each test is one of its numbered facts, through HTTP only,
 * against `sluice serve` in a process of its own. Fact 1 is also in `segment-libraries.test.ts`, fact 4 in `dev.test.ts`;
 * fact 7, a queue of another's for weak endpoints, is what the log and the retries are.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const SECRET = 'keep-me-safe';
const TIMESTAMP = '2012-12-02T00:30:08.276Z';

/** The reference's sample bodies, by type, as a library sends them. */
const SAMPLES = {
  identify: {
    userId: '019mr8mf4r',
    traits: { email: 'achilles@segment.com', name: 'Achilles', subscriptionPlan: 'Premium', friendCount: 29 },
  },
  track: {
    userId: '019mr8mf4r',
    event: 'Purchased an Item',
    properties: { revenue: '39.95', shippingMethod: '2-day' },
  },
  alias: { previousId: 'previousId', userId: 'userId' },
  group: {
    groupId: '0e8c78ea9d97a7b8185e8632',
    userId: '019mr8mf4r',
    traits: { name: 'Initech', industry: 'Technology', employees: 329, plan: 'Enterprise', 'total billed': 830 },
  },
  page: {
    userId: '019mr8mf4r',
    properties: {
      path: '/pricing',
      referrer: 'https://segment.com',
      title: 'Segment Pricing',
      url: 'https://segment.com/pricing',
    },
  },
  screen: {
    userId: '019mr8mf4r',
    name: 'Main Screen',
    context: {
      device: { model: 'x86_64', type: 'ios' },
      os: { name: 'iPhone OS', version: '7.1' },
      app: { build: '88', name: 'YourApp', version: '2.0.0' },
    },
  },
} as const;

/** A receiver per endpoint name of a test, each at a path of its own, all closed at the end. */
const receivers = new Map<string, Receiver>();
const endpoints = [
  'basic',
  'a',
  'b',
  'c',
  'd',
  'e',
  'ignored',
  'up',
  'down',
  'dead',
  'retried',
  'signed',
  'slow',
  'quick',
];
let selfSigned: Receiver;
let redirect: Receiver;
let sluice: SluiceProcess;

const receiver = (name: string): Receiver => {
  const found = receivers.get(name);
  assert.ok(found !== undefined, `a receiver ${name}`);
  return found;
};
const url = (name: string): string => receiver(name).url(`/${name}`);
const hooks = (...names: readonly string[]) => ({ webhooks: names.map((name) => ({ url: url(name) })) });
const quick = { backoffMs: [100], timeoutMs: 2_000 };

before(async () => {
  for (const name of endpoints) receivers.set(name, await openReceiver());
  selfSigned = await openReceiver({ tls: makeCertificates().selfSigned });
  redirect = await openReceiver();
  const destination = (id: string, settings: object, delivery: object = quick) => ({
    id,
    sources: [id],
    settings,
    delivery,
  });
  const destinations = [
    destination('basic', { webhookUrl: url('basic') }, {}),
    destination('five', {
      webhookUrl: url('ignored'),
      webhooks: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ url: url(name), headers: { 'X-Team': `team ${name}` } })),
    }),
    destination('any', hooks('up', 'down')),
    destination('dead', hooks('dead')),
    destination('retried', hooks('retried')),
    destination('signed', { ...hooks('signed'), sharedSecret: SECRET }),
    destination('self-signed', { webhookUrl: selfSigned.url('/hook') }),
    destination('redirect', { webhookUrl: redirect.url('/hook') }),
    { ...destination('slow', hooks('slow')), sources: ['shared'] },
    { ...destination('quick', hooks('quick')), sources: ['shared'] },
    { ...destination('off', hooks('basic')), sources: ['off'], enabled: false },
  ];
  const sources = [...new Set(destinations.flatMap((each) => each.sources))];
  sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      sources: sources.map((id) => ({ id, writeKeys: [`wk_${id}`] })),
      destinations,
    },
  });
});

after(async () => {
  await sluice.close();
  for (const each of [...receivers.values(), selfSigned, redirect]) await each.close();
});

async function send(source: string, path: string, body: object): Promise<void> {
  const answer = await post(sluice.url, path, body, { writeKey: `wk_${source}` });
  assert.deepEqual([answer.status, answer.body], [200, { success: true }]);
}

async function bodyOf(request: Promise<ReceivedRequest>): Promise<Record<string, unknown>> {
  return JSON.parse((await request).body) as Record<string, unknown>;
}

describe('the Webhooks integration', () => {
  for (const [type, sample] of Object.entries(SAMPLES)) {
    it(`forwards a ${type} call with what the sender sent and the reference's shape (facts 1, 2, 3)`, async () => {
      await send('basic', `/v1/${type}`, { ...sample, timestamp: TIMESTAMP });
      const request = await receiver('basic').next();
      const body = JSON.parse(request.body) as Record<string, unknown>;
      assert.equal(request.method, 'POST');
      assert.equal(request.url, '/basic');
      assert.equal(request.headers['content-type'], 'application/json');
      assert.match(request.headers['user-agent'] ?? '', /^Segment\/\d/);
      assert.deepEqual({ ...body, ...sample, version: 1, type, timestamp: TIMESTAMP }, body);
      assert.equal(body['projectId'], 'basic');
      assert.ok('context' in body && 'messageId' in body && 'receivedAt' in body && 'integrations' in body);
      assert.equal('writeKey' in body, false);
    });
  }

  it('carries the context of each call (fact 3)', async () => {
    const context = { ip: '8.8.8.8', device: { type: 'ios' }, unknown: { kept: [1, null, 'x'] } };
    await send('basic', '/v1/track', { userId: 'u', event: 'E', context });
    assert.deepEqual((await bodyOf(receiver('basic').next()))['context'], context);
  });

  it('sends to each of five webhooks with its own headers, and ignores the URL of the basic settings (fact 5)', async () => {
    await send('five', '/v1/track', { userId: 'u', event: 'E' });
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const request = await receiver(name).next();
      assert.equal(request.headers['x-team'], `team ${name}`);
    }
    assert.equal(receiver('ignored').requests.length, 0);
  });

  it('retries nowhere once one webhook has succeeded (fact 6)', async () => {
    receiver('down').answer({ status: 500 });
    await send('any', '/v1/track', { userId: 'u', event: 'first' });
    assert.equal((await bodyOf(receiver('up').next()))['event'], 'first');
    assert.equal((await bodyOf(receiver('down').next()))['event'], 'first');
    // The retry of the first would come before its successor's: the backoff is a tenth of a second.
    await delivered('dead', 'later');
    await send('any', '/v1/track', { userId: 'u', event: 'second' });
    assert.equal((await bodyOf(receiver('up').next()))['event'], 'second');
    assert.equal((await bodyOf(receiver('down').next()))['event'], 'second');
    assert.equal(receiver('up').requests.length, 2);
  });

  it('tries every webhook again when none succeeded (fact 6)', async () => {
    const [up, down] = [receiver('up'), receiver('down')];
    const before = [up.requests.length, down.requests.length];
    up.answer({ status: 503 }, {});
    down.answer({ status: 500 });
    await send('any', '/v1/track', { userId: 'u', event: 'both fail' });
    for (const each of [up, down]) {
      assert.equal((await bodyOf(each.next()))['event'], 'both fail');
      assert.equal((await bodyOf(each.next()))['event'], 'both fail');
    }
    assert.deepEqual(
      [up.requests.length, down.requests.length],
      before.map((count) => count + 2),
    );
  });

  it('signs the bytes that it sends with X-Signature and the Standard Webhooks headers (facts 8, 9)', async () => {
    await send('signed', '/v1/track', {
      userId: 'ü',
      event: '\u2028 "quoted" 😀',
      properties: { 2: 'b', 1: 'a', n: 1e21 },
    });
    const { body, rawBody, headers } = await receiver('signed').next();
    // As the reference tells receivers to do it: over the body parsed and stringified again.
    const expected = createHmac('sha1', SECRET)
      .update(JSON.stringify(JSON.parse(body)))
      .digest('hex');
    assert.equal(headers['x-signature'], expected);
    assert.equal(JSON.stringify(JSON.parse(body)), rawBody.toString());
    const [id, at] = [headers['webhook-id'], headers['webhook-timestamp']];
    const signed = createHmac('sha256', SECRET)
      .update(`${String(id)}.${String(at)}.${body}`)
      .digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${signed}`);
    assert.match(String(id), /^evt_[0-9a-z]+$/);
  });

  it('sends no signature without a secret', () => {
    const { headers } = receiver('basic').requests[0]!;
    assert.equal(headers['x-signature'], undefined);
    assert.equal(headers['webhook-signature'], undefined);
    assert.ok(headers['webhook-id'] !== undefined && headers['webhook-timestamp'] !== undefined);
  });

  it('sends no request to a self-signed certificate, and says so (fact 10)', async () => {
    await send('self-signed', '/v1/track', { userId: 'u', event: 'E' });
    await sluice.logged(/tls_untrusted/);
    assert.equal(selfSigned.requests.length, 0);
  });

  it('does not follow a redirect', async () => {
    redirect.answer({ status: 302, headers: { location: url('ignored') } });
    await send('redirect', '/v1/track', { userId: 'u', event: 'E' });
    await redirect.count(2);
    assert.equal(receiver('ignored').requests.length, 0);
  });

  it('retries a failed request once, with the same body and id (fact 11)', async () => {
    receiver('retried').answer({ status: 500 }, {});
    await send('retried', '/v1/track', { userId: 'u', event: 'E' });
    const [first, second] = await receiver('retried').count(2);
    assert.equal(second?.body, first?.body);
    assert.equal(second?.headers['webhook-id'], first?.headers['webhook-id']);
  });

  it('gives up after the retry (fact 11)', async () => {
    receiver('dead').answer({ status: 500 });
    const before = receiver('dead').requests.length;
    await send('dead', '/v1/track', { userId: 'u', event: 'hopeless', messageId: 'hopeless' });
    await receiver('dead').count(before + 2);
    await sluice.logged(/"dead".*http_500/);
    assert.equal(receiver('dead').requests.length, before + 2);
  });

  it('takes calls of web, mobile and server libraries (fact 12)', async () => {
    await send('basic', '/v1/t', { userId: 'web', event: 'E', writeKey: 'wk_basic' });
    assert.equal((await bodyOf(receiver('basic').next()))['channel'], 'client');
    await send('basic', '/v1/b', { batch: [{ type: 'track', userId: 'mobile', event: 'E', channel: 'mobile' }] });
    assert.equal((await bodyOf(receiver('basic').next()))['channel'], 'mobile');
    await send('basic', '/v1/batch', { batch: [{ type: 'track', userId: 'server', event: 'E' }] });
    assert.equal((await bodyOf(receiver('basic').next()))['channel'], 'server');
  });

  it('leaves out what the sender switched off for webhooks', async () => {
    for (const integrations of [{ Webhooks: false }, { All: false }, { All: false, webhooks: true }]) {
      await send('basic', '/v1/track', { userId: 'u', event: 'off', integrations });
    }
    for (const integrations of [
      { All: false, Webhooks: true },
      { All: false, 'Webhooks (Actions)': {} },
      { X: false },
    ]) {
      await send('basic', '/v1/track', { userId: 'u', event: 'on', integrations });
      assert.equal((await bodyOf(receiver('basic').next()))['event'], 'on');
    }
  });

  it('delivers an event to each destination of its source on its own, however one of them hangs', async () => {
    receiver('slow').answer('hang');
    for (let index = 0; index < 200; index += 1) await send('shared', '/v1/track', { userId: 'u', event: `E${index}` });
    await receiver('quick').count(200);
    assert.ok(receiver('slow').requests.length <= 64);
  });

  it('sends nothing to a destination that is switched off (fact 2)', async () => {
    const before = receiver('basic').requests.length;
    await send('off', '/v1/track', { userId: 'u', event: 'off' });
    await send('basic', '/v1/track', { userId: 'u', event: 'marker' });
    assert.equal((await bodyOf(receiver('basic').next()))['event'], 'marker');
    assert.equal(receiver('basic').requests.length, before + 1);
  });
});

/** Waits for an event to pass through another destination, retry included: by then earlier retries were due. */
async function delivered(source: string, event: string): Promise<void> {
  const seen = receiver(source).requests.length;
  receiver(source).answer({ status: 500 });
  await send(source, '/v1/track', { userId: 'u', event });
  await receiver(source).count(seen + 2);
}
