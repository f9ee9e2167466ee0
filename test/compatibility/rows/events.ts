import assert from 'node:assert/strict';
import { dedupeKeysMax, dedupeMs } from '../../../src/domain/limits.ts';
import { AS_APP, basic, batch, type Event, type Gateway, track } from '../../support/gateway.ts';
import { refusedFor, sent, tracked, withheld } from '../checks.ts';
import { absent, different, same, type Section } from '../row.ts';

const msOf = (time: unknown): number => Date.parse(String(time));
const contextOf = (event: Event): Event => event['context'] as Event;

/** What the webhook gets for a call of a device. */
async function fromDevice(gateway: Gateway, call: object = {}): Promise<Event> {
  return tracked(gateway, call, { path: '/v1/t', headers: [AS_APP, 'User-Agent: Device/1'] });
}

export const normalisation: Section = {
  title: 'What the server sets',
  introduction: 'All else arrives as it was sent, unknown keys included, in the order of the sender.',
  rows: [
    same('`messageId`', 'The sender’s; one is made where it is missing. A number becomes text.', async (gateway) => {
      const mark = gateway.mark();
      assert.equal((await tracked(gateway, { messageId: `own-${mark}` }))['messageId'], `own-${mark}`);
      assert.match(String((await tracked(gateway, { messageId: null }))['messageId']), /^[0-9a-f-]{36}$/);
    }),
    same('`receivedAt`', 'One for all calls of a request.', async (gateway) => {
      const before = Date.now();
      const { receivedAt } = await tracked(gateway);
      assert.match(String(receivedAt), /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
      assert.ok(msOf(receivedAt) >= before && msOf(receivedAt) <= Date.now());
    }),
    same(
      '`originalTimestamp`: the sender’s `timestamp`',
      'As it was written; absent when none was sent.',
      async (gateway) => {
        const timestamp = '2015-2-02T00:30:12.984Z';
        assert.equal((await tracked(gateway, { timestamp }))['originalTimestamp'], timestamp);
        assert.ok(!('originalTimestamp' in (await tracked(gateway))));
      },
    ),
    same('`timestamp`: `receivedAt − (sentAt − originalTimestamp)`', '', async (gateway) => {
      const times = { timestamp: '2012-12-02T04:08:31.577Z', sentAt: '2012-12-02T04:08:31.581Z' };
      const event = await tracked(gateway, times);
      assert.equal(msOf(event['timestamp']), msOf(event['receivedAt']) - 4);
    }),
    same(
      '`timestamp` without a `sentAt`, or without any time',
      'The sender’s, or else `receivedAt`.',
      async (gateway) => {
        const timestamp = '2012-12-02T04:08:31.577Z';
        assert.equal((await tracked(gateway, { timestamp }))['timestamp'], timestamp);
        const event = await tracked(gateway);
        assert.equal(event['timestamp'], event['receivedAt']);
      },
    ),
    same(
      'Timestamps as every library spells them',
      'Any fraction, any offset, months without their zero.',
      async (gateway) => {
        const spellings = [
          '2012-12-02T00:30:08.2765432-05:30',
          '2012-12-02T07:00:08+01:00',
          '2012-12-02T06:00:08.276543Z',
        ];
        for (const timestamp of spellings) {
          assert.match(String((await tracked(gateway, { timestamp }))['timestamp']), /^2012-12-02T06:00:08\./);
        }
      },
    ),
    same('`sentAt`', 'The item’s, or else the envelope’s; absent when none was sent.', async (gateway) => {
      const sentAt = '2026-01-01T00:00:00.000Z';
      assert.equal((await tracked(gateway, { sentAt }))['sentAt'], sentAt);
      assert.ok(!('sentAt' in (await tracked(gateway))));
    }),
    same('`type`', 'From the path, or of the item.', async (gateway) => {
      assert.equal((await tracked(gateway))['type'], 'track');
    }),
    different(
      '`channel`',
      'The sender’s, or else `client` on short and pixel routes and `server` on the others; Segment also writes `browser` and `mobile`.',
      async (gateway) => {
        assert.equal((await tracked(gateway))['channel'], 'server');
        assert.equal((await fromDevice(gateway))['channel'], 'client');
        assert.equal((await fromDevice(gateway, { channel: 'mobile' }))['channel'], 'mobile');
      },
    ),
    different(
      '`version`',
      'Always `1`, as Webhooks documents it; live events of Segment have `2`.',
      async (gateway) => {
        assert.equal((await tracked(gateway, { version: 2 }))['version'], 1);
      },
    ),
    same('`projectId`: the source', 'Its `id` in the configuration.', async (gateway) => {
      assert.equal((await tracked(gateway, { projectId: 'x' }))['projectId'], 'app');
    }),
    different('`writeKey`', 'Never forwarded; at Segment it may be.', async (gateway) => {
      assert.ok(!('writeKey' in (await tracked(gateway, { writeKey: 'wk_app' }))));
    }),
    same('`context` and `integrations`', '`{}` where they were not sent.', async (gateway) => {
      const { context, integrations } = await tracked(gateway);
      assert.deepEqual([context, integrations], [{}, {}]);
    }),
    same('`_metadata`, and every key that is not known', 'As they were sent.', async (gateway) => {
      const more = { _metadata: { bundled: ['x'] }, options: { a: 1 }, instanceId: 'i', enrichment: [null] };
      const event = await tracked(gateway, more);
      assert.deepEqual({ ...event, ...more }, event);
    }),
  ],
};

export const context: Section = {
  title: 'Context',
  introduction: '',
  rows: [
    same(
      '`context.ip`',
      'Filled in for devices, and where `context.direct` is true; never over a value that was sent, `0.0.0.0` and `null` too.',
      async (gateway) => {
        assert.equal(contextOf(await fromDevice(gateway))['ip'], '127.0.0.1');
        assert.ok(!('ip' in contextOf(await tracked(gateway))));
        assert.equal(contextOf(await tracked(gateway, { context: { direct: true } }))['ip'], '127.0.0.1');
        assert.equal(contextOf(await fromDevice(gateway, { context: { ip: '0.0.0.0' } }))['ip'], '0.0.0.0');
      },
    ),
    different(
      '`context.ip` and `context.userAgent` on `/v1/batch` and `/v1/import`',
      'Some libraries for phones share these with servers: filled in where the source’s `kind` is `web` or `mobile`.',
      async (gateway) => {
        const mark = gateway.mark();
        const headers = [basic('wk_phones'), 'User-Agent: Phone/1'];
        await gateway.send({ path: '/v1/import', headers, body: batch(mark) });
        assert.deepEqual(contextOf(await gateway.event(mark, '/phones')), { ip: '127.0.0.1', userAgent: 'Phone/1' });
      },
    ),
    same(
      '`context.ip` behind a proxy',
      'By `X-Forwarded-For` of proxies that [you name](operating.md#https-and-reverse-proxies), and of no other.',
      async (gateway) => {
        const headers = [AS_APP, 'X-Forwarded-For: 203.0.113.9'];
        assert.equal(contextOf(await tracked(gateway, {}, { path: '/v1/t', headers }))['ip'], '127.0.0.1');
      },
    ),
    same('`context.userAgent`', 'Filled in for devices, never over a value that was sent.', async (gateway) => {
      assert.equal(contextOf(await fromDevice(gateway))['userAgent'], 'Device/1');
      assert.equal(contextOf(await fromDevice(gateway, { context: { userAgent: 'own' } }))['userAgent'], 'own');
    }),
    same(
      'All else: `app`, `campaign`, `device`, `library`, `locale`, `os`, `page`, `screen`, `timezone`, `traits`, …',
      'Not looked at, passed on as it was sent.',
      async (gateway) => {
        const sentContext = {
          active: false,
          app: { name: 'x' },
          os: { name: 'iOS' },
          externalIds: [{ id: 'e' }],
          own: 1,
        };
        assert.deepEqual(contextOf(await tracked(gateway, { context: sentContext })), sentContext);
      },
    ),
    absent(
      '`context.consent`',
      'Passed on, and not enforced: which destination gets an event does not depend on it.',
      async (gateway) => {
        const consent = { categoryPreferences: { ads: false } };
        assert.deepEqual(contextOf(await tracked(gateway, { context: { consent } })), { consent });
      },
    ),
  ],
};

export const deduplication: Section = {
  title: 'Deduplication',
  introduction: '',
  rows: [
    same(
      'By `messageId`, for 24 hours',
      'Answered as the first was. Exact, also over restarts and crashes, and within a batch.',
      async (gateway) => {
        assert.equal(dedupeMs, 24 * 60 * 60 * 1000);
        const mark = await sent(gateway, 'app');
        await gateway.send({ path: '/v1/b', headers: [AS_APP], body: batch(mark) });
        assert.equal((await gateway.requests(mark)).length, 1);
      },
    ),
    different(
      'Over all sources',
      'Each source on its own, so that none can keep another’s events out.',
      async (gateway) => {
        const mark = await sent(gateway, 'app');
        await gateway.send({ headers: [basic('wk_other')], body: track(mark) });
        assert.equal((await gateway.requests(mark)).length, 2);
      },
    ),
    different(
      'However many there are',
      'The latest two million message ids are remembered, if that is less than 24 hours.',
      async () => {
        assert.equal(dedupeKeysMax, 2_000_000);
        return Promise.resolve();
      },
    ),
  ],
};

export const integrations: Section = {
  title: 'The `integrations` object',
  introduction: 'A webhooks destination goes by the names `Webhooks`, `Webhook` and `Webhooks (Actions)`.',
  rows: [
    same('Everything is on that is not switched off', '', async (gateway) => {
      for (const object of [{}, { All: true }, { Salesforce: false }]) await tracked(gateway, { integrations: object });
    }),
    same('`Webhooks: false`', 'Accepted, and not delivered to webhooks.', async (gateway) => {
      for (const name of ['Webhooks', 'Webhook', 'Webhooks (Actions)']) {
        await withheld(gateway, { integrations: { [name]: false } });
      }
    }),
    same('`All: false` switches off what is not listed', '', async (gateway) => {
      await withheld(gateway, { integrations: { All: false } });
      await tracked(gateway, { integrations: { All: false, Webhooks: true } });
    }),
    same('Names are case-sensitive; `All` is not', '', async (gateway) => {
      await withheld(gateway, { integrations: { all: false, webhooks: true } });
      await tracked(gateway, { integrations: { webhooks: false } });
    }),
    same('An object at a name is options, and on', 'Webhooks have none; it is passed on.', async (gateway) => {
      await tracked(gateway, { integrations: { All: false, Webhooks: { own: 1 } } });
    }),
    different(
      'A destination by another name',
      'Only the names above: not `Extensible Webhook`, `Repeater`, or a destination’s own.',
      async (gateway) => {
        for (const name of ['Extensible Webhook', 'Repeater', 'hook']) {
          await tracked(gateway, { integrations: { [name]: false } });
        }
      },
    ),
    absent('`options.providers`, `options.all`', 'Of libraries before 2015; not read.', async (gateway) => {
      await tracked(gateway, { options: { all: false, providers: { all: false } } });
    }),
    absent(
      '`FILTERED_BY_INTEGRATIONS_OBJECT`, `UNKNOWN_INTEGRATION`',
      'What was switched off is not yet listed or counted.',
      async (gateway) => {
        const refusedBefore = await gateway.refused('FILTERED_BY_INTEGRATIONS_OBJECT');
        await withheld(gateway, { integrations: { All: false, Unknown: true } });
        assert.deepEqual([refusedBefore, await gateway.refused('FILTERED_BY_INTEGRATIONS_OBJECT')], [0, 0]);
        await refusedFor(gateway, 'empty_batch', '/v1/batch', { batch: [] });
      },
    ),
  ],
};
