import assert from 'node:assert/strict';
import { AS_APP, base64, basic, batch, type Gateway, SUCCESS, track } from '../../support/gateway.ts';
import { get, nothingAt, settings, tracked } from '../checks.ts';
import { absent, different, same, type Section } from '../row.ts';

const TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias'];

/** Sees that a route takes calls of a type. */
async function takes(gateway: Gateway, path: string, type: string, method = 'POST'): Promise<void> {
  const event = await gateway.arrives((mark) => ({
    ...{ method, path, headers: [AS_APP] },
    body: JSON.stringify({ userId: mark, event: 'E', groupId: 'g', previousId: 'p' }),
  }));
  assert.equal(event['type'], type);
}

async function takesBatch(gateway: Gateway, path: string, method = 'POST'): Promise<void> {
  await gateway.arrives((mark) => ({ method, path, headers: [AS_APP], body: batch(mark) }));
}

export const routes: Section = {
  title: 'Routes and methods',
  introduction: '',
  rows: [
    same('`POST /v1/identify`, `track`, `page`, `screen`, `group`, `alias`', '', async (gateway) => {
      for (const type of TYPES) await takes(gateway, `/v1/${type}`, type);
    }),
    same('`POST /v1/batch`, `/v1/import`', '', async (gateway) => {
      for (const path of ['/v1/batch', '/v1/import']) await takesBatch(gateway, path);
    }),
    same('`POST /v1/i`, `t`, `p`, `s`, `g`, `a`, and `/v1/b` for batches', '', async (gateway) => {
      for (const type of TYPES) await takes(gateway, `/v1/${type.slice(0, 1)}`, type);
      await takesBatch(gateway, '/v1/b');
    }),
    same('`PUT` in place of `POST`', '', async (gateway) => {
      await takes(gateway, '/v1/track', 'track', 'PUT');
      await takesBatch(gateway, '/v1/b', 'PUT');
    }),
    same('A path in any case, with a slash behind it', 'Java posts to `/v1/import/`.', async (gateway) => {
      await takes(gateway, '/v1/Identify', 'identify');
      await takesBatch(gateway, '/v1/import/');
    }),
    same('`GET /v1/<letter>` and `GET /v1/pixel/<type>`', 'See [below](#get-jsonp-and-pixels).', async (gateway) => {
      for (const path of ['/v1/t', '/v1/pixel/track']) assert.equal((await get(gateway, path)).status, 200);
    }),
    different(
      '`POST /v1/m`: what libraries measure of themselves',
      'Answered with success and forgotten; the settings ask libraries not to measure at all.',
      async (gateway) => {
        const body = '{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{"x":"y"}}]}';
        const answer = await gateway.send({ path: '/v1/m', headers: ['Content-Type: text/plain'], body });
        assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
      },
    ),
    different(
      '`GET /crossdomain.xml`',
      'Flash may send calls from any site, and no header with them.',
      async (gateway) => {
        const { status, body } = await get(gateway, '/crossdomain.xml');
        assert.equal(status, 200);
        assert.match(body, /allow-access-from domain="\*"/);
        assert.doesNotMatch(body, /allow-http-request-headers-from/);
      },
    ),
    same('`GET /internal/health`', 'For a check of your own, `/livez` and `/readyz` tell more.', async (gateway) => {
      const { status, body } = await get(gateway, '/internal/health');
      assert.deepEqual([status, body], [200, '']);
    }),
    absent(
      'A host per region (`events.eu1.segmentapis.com`)',
      'Your Sluice is where you put it; every route is on its one host, those of the CDN too.',
      async (gateway) => {
        const { integrations } = (await settings(gateway)) as { integrations: { 'Segment.io': { apiHost: string } } };
        assert.equal(integrations['Segment.io'].apiHost, `${new URL(gateway.url).host}/v1`);
      },
    ),
  ],
};

export const authentication: Section = {
  title: 'Authentication',
  introduction:
    'A write key says which source a call belongs to. It is looked for in the `Authorization` header, then in the query, then in the body or the envelope, then in the items of a batch.',
  rows: [
    same('Basic, with the write key for its user and no password', 'With or without the colon.', async (gateway) => {
      for (const key of ['wk_app:', 'wk_app']) {
        await tracked(gateway, {}, { headers: [`Authorization: Basic ${base64(key)}`] });
      }
    }),
    same('`Authorization: Basic: …`, as Roku sends it', '', async (gateway) => {
      await tracked(gateway, {}, { headers: [`Authorization: Basic: ${base64('wk_app')}`] });
    }),
    same('`writeKey` in the body of a call, or in the envelope of a batch', '', async (gateway) => {
      await tracked(gateway, { writeKey: 'wk_app' }, { headers: [] });
      await gateway.arrives((mark) => ({ path: '/v1/b', body: batch(mark, {}, { writeKey: 'wk_app' }) }));
    }),
    same('`writeKey` in each item of a batch', 'Each may have another, of another source.', async (gateway) => {
      const [first, second] = [gateway.mark(), gateway.mark()];
      const item = (userId: string, writeKey: string): object => ({ type: 'track', event: 'E', userId, writeKey });
      const body = JSON.stringify({ batch: [item(first, 'wk_app'), item(second, 'wk_other')] });
      await gateway.send({ path: '/v1/b', body });
      assert.equal((await gateway.event(first))['projectId'], 'app');
      assert.equal((await gateway.event(second))['projectId'], 'other');
    }),
    same('`writeKey` in the query', 'Of a `GET` and a pixel.', async (gateway) => {
      const mark = gateway.mark();
      await get(gateway, `/v1/pixel/track?writeKey=wk_app&event=E&userId=${mark}`);
      assert.equal((await gateway.event(mark))['projectId'], 'app');
    }),
    different(
      'OAuth: a `Bearer` token beside the write key',
      'Libraries may send it; it is not looked at, and the write key alone counts.',
      async (gateway) => {
        await tracked(gateway, { writeKey: 'wk_app' }, { headers: ['Authorization: Bearer e30.e30.none'] });
      },
    ),
    absent('OAuth: the token endpoint', 'Configure the library without OAuth.', async (gateway) => {
      await nothingAt(gateway, '/token');
    }),
    same('Several write keys of one source', '', async (gateway) => {
      for (const key of ['wk_first', 'wk_second']) {
        const mark = gateway.mark();
        await gateway.send({ headers: [basic(key)], body: track(mark) });
        assert.equal((await gateway.event(mark, '/two-keys'))['projectId'], 'two-keys');
      }
    }),
    same(
      'A write key that no source has is answered `200`',
      'The call is [listed as refused](management-api.md#refused-calls), as `unknown_source`.',
      async (gateway) => {
        await gateway.refuses('unknown_source', { headers: [basic('wk_nobody')], body: track('u') });
      },
    ),
    same('No write key at all is `400`', 'On the short routes `200`, and refused.', async (gateway) => {
      await gateway.rejects(400, 'write_key_missing', { body: track('u') });
      await gateway.refuses('write_key_missing', { path: '/v1/t', body: track('u') });
    }),
  ],
};
