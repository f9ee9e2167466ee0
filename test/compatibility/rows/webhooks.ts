import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { endpointsMax } from '../../../src/domain/limits.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { AS_APP, type Event, Gateway, track } from '../../support/gateway.ts';
import { askApi } from '../../support/management-api.ts';
import { openReceiver, type ReceivedRequest } from '../../support/receiver.ts';
import { SluiceProcess } from '../../support/sluice-process.ts';
import { sendWire } from '../../support/wire.ts';
import { noSetting, SECRET, sent } from '../checks.ts';
import { absent, different, same, type Section } from '../row.ts';

/** The requests with this mark that came to an endpoint. */
function madeTo(all: readonly ReceivedRequest[], mark: string, path: string): readonly ReceivedRequest[] {
  return all.filter(({ url, body }) => url === path && body.includes(`"${mark}"`));
}

/** Waits for the delivery of a mark to be dead for this reason. */
async function dead(gateway: Gateway, mark: string, source: string, reason: string): Promise<void> {
  const { headers } = await gateway.request(mark, `/${source}`);
  const id = String(headers['webhook-id']);
  await gateway.sluice.logged(new RegExp(`"destination":"${source}".*"${id}".*"${reason}".*delivery is dead`));
}

/** Sees one retry at the endpoint of a source, and the delivery dead after it for this reason. */
async function diesAfterOneRetry(
  gateway: Gateway,
  source: string,
  reason: string,
): Promise<readonly ReceivedRequest[]> {
  const mark = await sent(gateway, source);
  await dead(gateway, mark, source, reason);
  const all = madeTo(gateway.receiver.requests, mark, `/${source}`);
  assert.equal(all.length, 2);
  return all;
}

const waitMs = ([first, second]: readonly ReceivedRequest[]): number =>
  (second?.receivedAtMs ?? NaN) - (first?.receivedAtMs ?? NaN);

async function checkSelfSigned(): Promise<void> {
  const untrusted = await openReceiver({ tls: makeCertificates().selfSigned });
  try {
    await using gateway = await Gateway.open(() => ({
      sources: [{ id: 'untrusted', writeKeys: ['wk_untrusted'] }],
      destinations: [{ id: 'untrusted', sources: ['untrusted'], settings: { webhookUrl: untrusted.url() } }],
    }));
    await sent(gateway, 'untrusted');
    await gateway.sluice.logged(/tls_untrusted/);
    assert.deepEqual(untrusted.requests, []);
  } finally {
    await untrusted.close();
  }
}

async function checkDeletion(): Promise<void> {
  await using gateway = await Gateway.open();
  assert.equal((await gateway.send({ path: '/v1/delete', body: '{}' })).status, 404);
  await gateway.refuses('type_unknown', {
    path: '/v1/batch',
    headers: [AS_APP],
    body: '{"batch":[{"type":"delete","userId":"u1"}]}',
  });
  const body = { userId: 'u1', notify: true };
  assert.equal((await askApi(gateway.sluice, '/erasures', { body })).status, 202);
  const { type, userId, channel, context, integrations } = await gateway.event('u1');
  assert.deepEqual([type, userId, channel, context, integrations], ['delete', 'u1', 'server', null, null]);
}

async function checkPrivateAddress(): Promise<void> {
  const inside = await openReceiver();
  const configOf = (webhookUrl: string) => ({
    sources: [{ id: 'app', writeKeys: ['wk_app'] }],
    destinations: [{ id: 'inside', sources: ['app'], settings: { webhookUrl } }],
  });
  try {
    await assert.rejects(
      SluiceProcess.start({ config: configOf(inside.url()) }),
      /127\.0\.0\.1, which is loopback; allow it with network\.allow/,
    );
    const config = configOf(inside.url().replace('127.0.0.1', 'localhost'));
    await using sluice = await SluiceProcess.start({ config });
    await sendWire(sluice.url, { headers: [AS_APP], body: track('u') });
    await sluice.logged(/"reason":"address_forbidden".*delivery is dead/);
    assert.deepEqual(inside.requests, []);
  } finally {
    await inside.close();
  }
}

export const webhooks: Section = {
  title: 'Webhooks',
  introduction:
    'Beside the classic Webhooks destination, as its reference describes it; where Actions Webhook differs, the row says so. All of it is in [webhooks.md](webhooks.md).',
  rows: [
    same('Up to five webhooks, each with its headers; the basic URL is then ignored', '', async (gateway) => {
      assert.equal(endpointsMax, 5);
      const mark = await sent(gateway, 'five');
      for (const n of [1, 2, 3, 4, 5]) {
        assert.equal((await gateway.request(mark, `/five-${n}`)).headers['x-number'], `${n}`);
      }
      assert.ok(!gateway.receiver.requests.some(({ url }) => url === '/ignored'));
    }),
    same('`POST`, `Content-Type: application/json`', '', async (gateway) => {
      const { method, headers } = await gateway.request(await sent(gateway, 'app'));
      assert.deepEqual([method, headers['content-type']], ['POST', 'application/json']);
    }),
    different(
      '`User-Agent: Segment.io/1.0`',
      '`Segment/1.0 (Sluice/…)`, as the older reference has it; a static header may replace it.',
      async (gateway) => {
        const { headers } = await gateway.request(await sent(gateway, 'app'));
        assert.match(String(headers['user-agent']), /^Segment\/1\.0 \(Sluice\/[\d.]+\)$/);
        const own = await gateway.request(await sent(gateway, 'headed'), '/headed');
        assert.equal(own.headers['user-agent'], 'mine');
      },
    ),
    same(
      'The body: the whole event, for all six types',
      'Screens too, and alias with `previousId` and `userId`.',
      async (gateway) => {
        const event = await gateway.arrives((mark) => ({
          path: '/v1/alias',
          body: track(mark, { writeKey: 'wk_app', previousId: 'before' }),
        }));
        assert.equal(event['previousId'], 'before');
        await gateway.arrives((mark) => ({ path: '/v1/screen', body: track(mark, { writeKey: 'wk_app' }) }));
      },
    ),
    same(
      '`X-Signature`: hex HMAC-SHA1 with the shared secret',
      '`JSON.stringify(req.body)` gives the signed bytes, for every event there can be.',
      async (gateway) => {
        const properties = { 2: 'b', 1: '\u2028 "ü" 😀', n: 1e21, z: -0 };
        const { body, headers } = await gateway.request(await sent(gateway, 'signed', { properties }), '/signed');
        for (const text of [body, JSON.stringify(JSON.parse(body))]) {
          assert.equal(headers['x-signature'], createHmac('sha1', SECRET).update(text).digest('hex'));
        }
      },
    ),
    different(
      'Replay of a signed request',
      '`webhook-id`, `webhook-timestamp` and `webhook-signature` ([Standard Webhooks](https://www.standardwebhooks.com)) stand beside `X-Signature`, and cannot be replayed.',
      async (gateway) => {
        const { body, headers } = await gateway.request(await sent(gateway, 'signed'), '/signed');
        const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
        const expected = createHmac('sha256', SECRET).update(signed).digest('base64');
        assert.equal(headers['webhook-signature'], `v1,${expected}`);
      },
    ),
    same('No signature without a secret', '', async (gateway) => {
      const { headers } = await gateway.request(await sent(gateway, 'app'));
      assert.ok(!('x-signature' in headers) && !('webhook-signature' in headers));
    }),
    same('Success at any webhook is success: the others are not tried again', '', async (gateway) => {
      const mark = await sent(gateway, 'any');
      await gateway.request(mark, '/any');
      // Its own retry comes a second later, as that of the first would.
      await diesAfterOneRetry(gateway, 'fails', 'http_500');
      const tries = gateway.receiver.requests.filter(({ body }) => body.includes(`"${mark}"`)).map(({ url }) => url);
      assert.deepEqual(tries.toSorted(), ['/any', '/fails']);
    }),
    different(
      'Retries for four hours',
      'One, a second later, as the reference has it; `delivery.retries` and `delivery.backoffMs` set more and later ones, `backoffMs: durable` 20 over a day.',
      async (gateway) => {
        const both = await diesAfterOneRetry(gateway, 'fails', 'http_500');
        assert.equal(both[0]?.body, both[1]?.body);
        assert.ok(waitMs(both) >= 750 && waitMs(both) < 3_000, `${waitMs(both)} ms`);
      },
    ),
    same('Any `2xx` is success', '', async (gateway) => {
      const mark = await sent(gateway, 'accepts');
      await gateway.request(mark, '/accepts');
      await diesAfterOneRetry(gateway, 'fails', 'http_500');
      assert.equal(gateway.receiver.requests.filter(({ body }) => body.includes(`"${mark}"`)).length, 1);
    }),
    same('Redirects are not followed', 'They are failures. Actions Webhook follows them.', async (gateway) => {
      const both = await diesAfterOneRetry(gateway, 'redirects', 'http_302');
      const [{ userId }] = both.map(({ body }) => JSON.parse(body) as Event) as [Event];
      assert.ok(!gateway.receiver.requests.some(({ url, body }) => url === '/hook' && body.includes(String(userId))));
    }),
    different(
      'A `4xx` is discarded without a retry',
      'It is retried like any failure: the reference makes no difference. Save `410`, which also pauses the endpoint.',
      async (gateway) => {
        await diesAfterOneRetry(gateway, 'rejects', 'http_404');
      },
    ),
    same(
      '5 seconds for an endpoint',
      'For the whole exchange; `timeoutMs` sets another. Actions Webhook waits 10 s.',
      async (gateway) => {
        const mark = await sent(gateway, 'hangs');
        const { receivedAtMs } = await gateway.request(mark, '/hangs');
        await dead(gateway, mark, 'hangs', 'timeout');
        const tookMs = Date.now() - receivedAtMs;
        assert.ok(tookMs >= 4_900 && tookMs < 8_000, `${tookMs} ms`);
      },
    ),
    same(
      'No request is sent to a certificate that does not verify',
      'Self-signed, expired, for another host; no retry either.',
      checkSelfSigned,
    ),
    same('Data flows as soon as the destination is on, and none while it is off', '', async (gateway) => {
      const mark = await sent(gateway, 'off');
      assert.deepEqual(await gateway.requests(mark), []);
      await gateway.request(await sent(gateway, 'five'), '/five-1');
    }),
    different(
      'Any address',
      'Public ones alone, unless `network.allow` names others: a URL with any other is refused with the configuration, a name that leads to one when it is dialled.',
      checkPrivateAddress,
    ),
    different(
      'Another HTTP method (Actions Webhook)',
      '`delivery.method`: `POST`, `PUT` or `PATCH`; not `GET` and `DELETE`, which carry no event.',
      async (gateway) => {
        assert.equal((await gateway.request(await sent(gateway, 'puts'), '/puts')).method, 'PUT');
      },
    ),
    same(
      'A bearer token towards a webhook (Extensible Webhook)',
      '`auth` of a webhook, Basic too.',
      async (gateway) => {
        const { headers } = await gateway.request(await sent(gateway, 'authorized'), '/authorized');
        assert.equal(headers.authorization, 'Bearer keep-me-too');
      },
    ),
    same(
      'Batches of events in one request (Extensible Webhook)',
      '`delivery.batch`: a JSON array, by number, size and time.',
      async (gateway) => {
        const { body } = await gateway.request(await sent(gateway, 'batched'), '/batched');
        assert.ok(Array.isArray(JSON.parse(body)));
      },
    ),
    absent('Field mappings, triggers (Actions Webhook)', 'Every event is sent whole.', async () => {
      for (const key of ['mapping', 'trigger']) await noSetting('destinations', key);
    }),
    absent(
      'OAuth towards a webhook (Extensible Webhook)',
      'No token is fetched; `auth` and static headers send the one that you give.',
      async () => noSetting('destinations', 'oauth'),
    ),
    different(
      'Notifications of deleted users (`type: delete`)',
      'With `notify` of an [erasure](erasure.md#telling-destinations), by `userId` or `anonymousId`; `originalTimestamp` is ISO 8601.',
      checkDeletion,
    ),
  ],
};
