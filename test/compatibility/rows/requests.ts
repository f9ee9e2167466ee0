import assert from 'node:assert/strict';
import { jsonDepthMax } from '../../../src/domain/limits.ts';
import { AS_APP, batch, type Event, type Gateway, SUCCESS, track } from '../../support/gateway.ts';
import { headOf, writePieces } from '../../support/wire.ts';
import { answerWhenFull, get, refusedFor, tracked } from '../checks.ts';
import { absent, different, same, type Section } from '../row.ts';

const ORIGIN = 'Origin: https://shop.example';

async function preflight(gateway: Gateway, path: string, wanted: string) {
  const headers = [ORIGIN, 'Access-Control-Request-Method: POST', `Access-Control-Request-Headers: ${wanted}`];
  return gateway.send({ method: 'OPTIONS', path, headers });
}

export const cors: Section = {
  title: 'Pages of other origins (CORS)',
  introduction: 'The same on every route, the long ones, the short ones and those of the CDN.',
  rows: [
    same('Any origin, echoed, with credentials', '`Origin: null` too.', async (gateway) => {
      for (const origin of ['https://shop.example', 'null']) {
        for (const path of ['/v1/track', '/v1/t']) {
          const headers = [AS_APP, `Origin: ${origin}`];
          const { header } = await gateway.send({ path, headers, body: track(gateway.mark()) });
          assert.equal(header('access-control-allow-origin'), origin);
          assert.equal(header('access-control-allow-credentials'), 'true');
        }
      }
    }),
    same('Preflights with `200`, for a week', '', async (gateway) => {
      const { status, header } = await preflight(gateway, '/v1/track', 'content-type');
      assert.deepEqual([status, header('access-control-max-age')], [200, '604800']);
    }),
    same(
      'Preflights for whichever headers a library names',
      'Analytics.js asks for `authorization` and `x-retry-count` before each event.',
      async (gateway) => {
        const wanted = 'authorization,content-type,x-retry-count,x-own';
        for (const path of ['/v1/t', '/v1/b', '/v1/batch']) {
          const { header } = await preflight(gateway, path, wanted);
          assert.equal(header('access-control-allow-headers'), wanted);
        }
      },
    ),
    different(
      'Errors',
      'Pages may read them, and `Retry-After`, so that their library comes again in time.',
      async (gateway) => {
        const answer = await gateway.rejects(400, 'malformed_json', { headers: [AS_APP, ORIGIN], body: '{' });
        assert.equal(answer.header('access-control-allow-origin'), 'https://shop.example');
        assert.equal(answer.header('access-control-expose-headers'), 'retry-after');
      },
    ),
  ],
};

/** What the webhook gets for a batch of one with this envelope. */
async function enveloped(gateway: Gateway, envelope: object, item: object = {}): Promise<Event> {
  return gateway.arrives((mark) => ({ path: '/v1/batch', headers: [AS_APP], body: batch(mark, item, envelope) }));
}

export const requests: Section = {
  title: 'Calls and batches',
  introduction: '',
  rows: [
    same('A call is a JSON object; so is a batch, with its calls in `batch`', '', async (gateway) => {
      await tracked(gateway);
      await enveloped(gateway, {});
      await gateway.rejects(400, 'not_an_object', { headers: [AS_APP], body: '[]' });
    }),
    same('`type` of a single call comes from its path', 'Whatever the body says.', async (gateway) => {
      assert.equal((await tracked(gateway, { type: 'page' }))['type'], 'track');
    }),
    same('`type` of an item in a batch', 'One of the six, in lower case; else `type_unknown`.', async (gateway) => {
      assert.equal((await enveloped(gateway, {}, { type: 'screen' }))['type'], 'screen');
      await refusedFor(gateway, 'type_unknown', '/v1/batch', { batch: [{ userId: 'u', type: 'Track' }] });
    }),
    same('`sentAt` of the envelope goes for each item', 'An item’s own wins.', async (gateway) => {
      const sentAt = '2026-01-01T00:00:00.000Z';
      assert.equal((await enveloped(gateway, { sentAt }))['sentAt'], sentAt);
    }),
    same(
      '`context` and `integrations` of the envelope are merged into each item',
      'Segment publishes no order: here an item’s own values win, object by object.',
      async (gateway) => {
        const all = { context: { a: 1, app: { name: 'x', build: '1' } }, integrations: { X: true } };
        const event = await enveloped(gateway, all, { context: { app: { name: 'own' } } });
        assert.deepEqual(event['context'], { a: 1, app: { name: 'own', build: '1' } });
        assert.deepEqual(event['integrations'], { X: true });
      },
    ),
    same(
      'Other keys of the envelope (`messageId`, `sequence`, `timestamp`) are not the events’',
      '',
      async (gateway) => {
        const event = await enveloped(gateway, {
          messageId: 'envelope',
          sequence: 7,
          timestamp: '2012-12-02T00:00:00Z',
        });
        assert.notEqual(event['messageId'], 'envelope');
        assert.ok(!('sequence' in event) && !('originalTimestamp' in event));
      },
    ),
    same('The items of a batch are judged one by one', 'The good ones are accepted.', async (gateway) => {
      const mark = gateway.mark();
      const items = [
        { type: 'track', userId: 'u' },
        { type: 'track', userId: mark, event: 'Good' },
      ];
      await refusedFor(gateway, 'event_not_defined', '/v1/batch', { batch: items });
      assert.equal((await gateway.event(mark))['event'], 'Good');
    }),
    same('`null` for what is absent (`userId`, `properties`, `traits`)', 'Libraries send it so.', async (gateway) => {
      const event = await tracked(gateway, { anonymousId: null, properties: null });
      assert.deepEqual([event['anonymousId'], event['properties']], [null, null]);
    }),
    different(
      'Bytes that are not UTF-8',
      '`400`: an event is delivered as it was sent, or not at all.',
      async (gateway) => {
        const body = Buffer.from(track('u', { text: 'ü' }), 'latin1');
        await gateway.rejects(400, 'malformed_json', { headers: [AS_APP], body });
      },
    ),
    different(
      'JSON that is nested deeper than 1,000 levels',
      '`400`, so that no receiver’s parser is overrun.',
      async (gateway) => {
        const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
        const body = (levels: number): string => track(gateway.mark()).replace(/\}$/, `,"x":${nested(levels)}}`);
        assert.equal((await gateway.send({ headers: [AS_APP], body: body(jsonDepthMax - 1) })).status, 200);
        await gateway.rejects(400, 'too_deep', { headers: [AS_APP], body: body(jsonDepthMax) });
      },
    ),
  ],
};

export const answers: Section = {
  title: 'Answers',
  introduction:
    'Every answer of the tracking API is a JSON object, errors too: `{"success":false,"error":…,"code":…,"message":…}`, with a code of [errors.md](errors.md).',
  rows: [
    same('`200 {"success":true}`', 'And then the event is on disk.', async (gateway) => {
      const answer = await gateway.send({ headers: [AS_APP], body: track(gateway.mark()) });
      assert.deepEqual([answer.status, answer.header('content-type'), answer.body], [200, 'application/json', SUCCESS]);
    }),
    same(
      '`200` for a call that is understood and not accepted',
      'It is [listed with its reason](management-api.md#refused-calls).',
      async (gateway) => {
        await refusedFor(gateway, 'event_not_defined', '/v1/track', { userId: 'u' });
      },
    ),
    same('`400` for what is no JSON object, too large, or corrupt gzip', '', async (gateway) => {
      await gateway.rejects(400, 'malformed_json', { headers: [AS_APP], body: '{' });
      await gateway.rejects(400, 'call_too_large', { headers: [AS_APP], body: ' '.repeat(32_769) });
      await gateway.rejects(400, 'malformed_gzip', { headers: [AS_APP, 'Content-Encoding: gzip'], body: '{}' });
    }),
    different(
      'The body of a `400`',
      'JSON in place of the text `Bad Request`: Ruby and Python read it before the status.',
      async (gateway) => {
        const { header } = await gateway.rejects(400, 'malformed_json', { headers: [AS_APP], body: '{' });
        assert.equal(header('content-type'), 'application/json');
      },
    ),
    same(
      'No `401`, `403` or `413` to a call',
      '`404` and `405` only for a path or a method that there is not.',
      async (gateway) => {
        await gateway.rejects(404, 'not_found', { path: '/v1/nothing', headers: [AS_APP], body: '{}' });
        const answer = await gateway.rejects(405, 'method_not_allowed', { method: 'DELETE', headers: [AS_APP] });
        assert.equal(answer.header('allow'), 'post, put');
        const large = { path: '/v1/batch', headers: [AS_APP], body: ' '.repeat(600_000) };
        await gateway.rejects(400, 'batch_too_large', large);
        await gateway.refuses('source_disabled', { body: track('u', { writeKey: 'wk_closed' }) });
      },
    ),
    absent(
      '`429` with `X-RateLimit-Reset` beyond 1,000 calls a second',
      'There is no limit to the rate.',
      async (gateway) => {
        const call = ['POST /v1/t HTTP/1.1', 'Host: x', AS_APP, 'Content-Length: 2', '', '{}'].join('\r\n');
        const last = headOf({ path: '/v1/t', headers: [AS_APP, 'Content-Length: 2'] });
        const { head, body } = await writePieces(gateway.url, [call.repeat(1_999), last, '{}']);
        const statuses = `${head}${body}`.match(/http\/1\.1 \d{3}/gi) ?? [];
        assert.deepEqual([statuses.length, new Set(statuses.map((line) => line.slice(-3)))], [2_000, new Set(['200'])]);
      },
    ),
    different(
      '`500` when a call could not be taken',
      '`503` with `Retry-After` in whole seconds: the disk is full, more comes than it takes, or Sluice stops. Libraries send again.',
      async () => {
        const answer = await answerWhenFull({ headers: [AS_APP], body: track('u') });
        assert.equal(answer.status, 503);
        assert.match(answer.header('retry-after') ?? '', /^\d+$/);
      },
    ),
    same(
      'No redirects',
      'Some libraries take them for success, PHP for a reason to send again at once.',
      async (gateway) => {
        for (const path of ['/v1', '/v1/', '//v1/track', '/V1/TRACK/', '/v1/projects/wk_app/settings/']) {
          const { status, header } = await get(gateway, path);
          assert.ok(status < 300 || status >= 400, path);
          assert.equal(header('location'), null);
        }
      },
    ),
  ],
};

export const limits: Section = {
  title: 'Limits',
  introduction: 'Bytes are those of the JSON after decompression.',
  rows: [
    same('A call: 32 KB', '32,768 bytes.', async (gateway) => {
      const body = (mark: string, bytes: number): string => track(mark).padEnd(bytes);
      await gateway.arrives((mark) => ({ headers: [AS_APP], body: body(mark, 32_768) }));
      await gateway.rejects(400, 'call_too_large', { headers: [AS_APP], body: body('u', 32_769) });
    }),
    same('A batch: 500 KB', '512,000 bytes, the most that any library fills.', async (gateway) => {
      const request = { path: '/v1/batch', headers: [AS_APP] };
      await gateway.arrives((mark) => ({ ...request, body: batch(mark).padEnd(512_000) }));
      await gateway.rejects(400, 'batch_too_large', { ...request, body: batch('u').padEnd(512_001) });
    }),
    same('A call in a batch: 32 KB', 'One that is larger is refused alone: `item_too_large`.', async (gateway) => {
      const item = { type: 'track', userId: 'u', event: 'E', pad: 'x'.repeat(32_768) };
      await refusedFor(gateway, 'item_too_large', '/v1/batch', { batch: [item] });
    }),
    same('2,500 calls in a batch', 'With more, all are refused after a `200`: `too_many_items`.', async (gateway) => {
      const body = JSON.stringify({ batch: Array(2_501).fill(0) });
      await gateway.refuses('too_many_items', { path: '/v1/batch', headers: [AS_APP], body }, 2_501);
    }),
    different(
      '`messageId`: 100 characters',
      'A longer one is taken as it is: the limit of a call bounds it.',
      async (gateway) => {
        const messageId = 'm'.repeat(200);
        assert.equal((await tracked(gateway, { messageId }))['messageId'], messageId);
      },
    ),
    absent(
      '10,000 properties of an event',
      'They are not counted: so many do not fit into a call.',
      async (gateway) => {
        const keys = Array.from({ length: 10_000 }, (_, index) => `"${index.toString(36)}":0`);
        const body = track('u').replace(/\}$/, `,"properties":{${keys.join()}}}`);
        await gateway.rejects(400, 'call_too_large', { headers: [AS_APP], body });
      },
    ),
  ],
};
