import assert from 'node:assert/strict';
import { request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { assertError, openBench, type Answer, type Sent } from '../../test/support/http-bench.ts';
import { makeForwarding } from './client-address.ts';
import { readBrowserLibrary } from './cdn-library.ts';

const SETTINGS = '/v1/projects/wk_web/settings';
const SCRIPT = '/analytics.js/v1/wk_web/analytics.min.js';
const library = readBrowserLibrary();
const [bundleName = ''] = library.bundles.keys();
const BUNDLE = `/analytics-next/bundles/${bundleName}`;
const ALL = [SETTINGS, SCRIPT, BUNDLE];

type Bench = Awaited<ReturnType<typeof openBench>>;
type Json = Readonly<Record<string, unknown>>;

async function get({ send }: Bench, path: string, headers: Sent['headers'] = {}): Promise<Answer> {
  return send({ method: 'GET', path, headers, body: '' });
}

function segmentOf({ body }: Answer): Json {
  return (JSON.parse(body) as { integrations: { 'Segment.io': Json } }).integrations['Segment.io'];
}

/** The body as it came. */
async function bytesOf({ port }: Bench, path: string, acceptEncoding: string) {
  const asking = request({
    port,
    host: '127.0.0.1',
    path,
    headers: { 'accept-encoding': acceptEncoding },
    agent: false,
  });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) };
}

describe('the settings of a write key', () => {
  it('name the host by which they were asked for', async (context) => {
    const bench = await openBench(context);
    const answer = await get(bench, SETTINGS, { host: 'Events.Example.com:8443' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
    const { apiKey, apiHost, protocol } = segmentOf(answer);
    assert.deepEqual(
      { apiKey, apiHost, protocol },
      { apiKey: 'wk_web', apiHost: 'events.example.com:8443/v1', protocol: 'http' },
    );
  });

  it('name what a trusted proxy says instead, and no other', async (context) => {
    const headers = { host: 'inside:8080', 'x-forwarded-host': 'events.example.com', 'x-forwarded-proto': 'https' };
    const direct = segmentOf(await get(await openBench(context), SETTINGS, headers));
    assert.deepEqual([direct.apiHost, direct.protocol], ['inside:8080/v1', 'http']);
    const bench = await openBench(context, { forwarding: makeForwarding(['127.0.0.1']) });
    const proxied = segmentOf(await get(bench, SETTINGS, headers));
    assert.deepEqual([proxied.apiHost, proxied.protocol], ['events.example.com/v1', undefined]);
  });

  it('name the public URL, path included, whatever a request says, and may then be kept by any cache', async (context) => {
    const headers = { host: 'inside:8080', 'x-forwarded-host': 'forged.example' };
    const bench = await openBench(context, {
      forwarding: makeForwarding(['127.0.0.1'], 'https://www.example.com/events/'),
    });
    const answer = await get(bench, SETTINGS, headers);
    const { apiHost, protocol } = segmentOf(answer);
    assert.deepEqual([apiHost, protocol], ['www.example.com/events/v1', undefined]);
    assert.equal(answer.headers['cache-control'], 'public, max-age=60');
  });

  it('name where they were asked for when the Host header is no host', async (context) => {
    const bench = await openBench(context);
    for (const host of ['a"b', '<script>', 'x/y', 'a b', `${'a'.repeat(300)}.example`]) {
      const { apiHost } = segmentOf(await get(bench, SETTINGS, { host }));
      assert.equal(apiHost, `127.0.0.1:${bench.port}/v1`, host);
    }
  });

  it('are there in any case of the path and with a slash behind', async (context) => {
    const bench = await openBench(context);
    for (const path of ['/V1/Projects/wk_web/Settings', `${SETTINGS}/`, `${SETTINGS}?cache=1`]) {
      assert.equal((await get(bench, path)).status, 200, path);
    }
  });
});

describe('a write key in a URL', () => {
  it('is decoded, and may be as long as write keys get', async (context) => {
    const keys = ['a/b?c#d%', '"<\'>\\', 'k'.repeat(256), '%'.repeat(256)];
    const bench = await openBench(context, { isWriteKey: async (text) => Promise.resolve(keys.includes(text)) });
    for (const key of keys) {
      const encoded = encodeURIComponent(key);
      assert.equal(segmentOf(await get(bench, `/v1/projects/${encoded}/settings`)).apiKey, key);
      const script = await get(bench, `/analytics.js/v1/${encoded}/analytics.min.js`);
      assert.equal(script.body, library.scriptFor(key));
    }
  });

  it('is 404 when no source has it, in a form that tells nothing else', async (context) => {
    const bench = await openBench(context);
    for (const key of ['nope', 'WK_WEB', 'website', 'wk_web%00', '%F0%9F%92%A9', 'constructor', '__proto__']) {
      for (const path of [`/v1/projects/${key}/settings`, `/analytics.js/v1/${key}/analytics.min.js`]) {
        const answer = await get(bench, path, { origin: 'https://shop.example' });
        assertError(answer, 404, 'write_key_unknown');
        assert.equal(answer.headers['access-control-allow-origin'], 'https://shop.example');
      }
    }
  });

  it('is 404 when it cannot be decoded or is too long for any', async (context) => {
    const bench = await openBench(context);
    for (const key of ['%', '%zz', '%ff', 'k'.repeat(5_000)]) {
      assertError(await get(bench, `/v1/projects/${key}/settings`), 404, 'not_found');
    }
    assert.deepEqual(bench.failures, []);
  });
});

describe('what libraries load', () => {
  it('is sent in the encoding that a client takes', async (context) => {
    const bench = await openBench(context);
    for (const path of ALL) {
      const plain = await bytesOf(bench, path, 'identity');
      assert.equal(plain.encoding, undefined);
      const brotli = await bytesOf(bench, path, 'gzip, deflate, br');
      assert.equal(brotli.encoding, 'br');
      assert.deepEqual(brotliDecompressSync(brotli.bytes), plain.bytes);
      const gzip = await bytesOf(bench, path, 'gzip');
      assert.equal(gzip.encoding, 'gzip');
      assert.deepEqual(gunzipSync(gzip.bytes), plain.bytes);
    }
  });

  it('may be kept for a time that fits it, and is asked for anew by its tag', async (context) => {
    const bench = await openBench(context);
    const caches = new Map([
      [SETTINGS, 'private, max-age=60'],
      [SCRIPT, 'public, max-age=120'],
      [BUNDLE, 'public, max-age=31536000, immutable'],
    ]);
    for (const [path, cache] of caches) {
      const { headers } = await get(bench, path);
      assert.equal(headers['cache-control'], cache);
      assert.equal(headers.vary, 'Accept-Encoding, Origin');
      const tag = headers.etag ?? '';
      assert.match(tag, /^W\/"[\w-]{22}"$/);
      for (const held of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
        const answer = await get(bench, path, { 'if-none-match': held });
        assert.deepEqual([answer.status, answer.body, answer.headers.etag], [304, '', tag], held);
      }
      assert.equal((await get(bench, path, { 'if-none-match': 'W/"other"' })).status, 200);
    }
  });

  it('has another tag for another key, and settings for another host', async (context) => {
    const bench = await openBench(context, { isWriteKey: async () => Promise.resolve(true) });
    const tagOf = async (path: string, host = 'a.example') => (await get(bench, path, { host })).headers.etag;
    assert.notEqual(await tagOf(SETTINGS), await tagOf('/v1/projects/other/settings'));
    assert.notEqual(await tagOf(SCRIPT), await tagOf('/analytics.js/v1/other/analytics.min.js'));
    assert.notEqual(await tagOf(SETTINGS), await tagOf(SETTINGS, 'b.example'));
    assert.equal(await tagOf(SCRIPT), await tagOf(SCRIPT, 'b.example'));
  });

  it('can be read by pages of any origin, with credentials too, and taken by isolated ones', async (context) => {
    const bench = await openBench(context);
    for (const path of ALL) {
      for (const origin of ['https://shop.example', 'null']) {
        const { headers } = await get(bench, path, { origin });
        assert.equal(headers['access-control-allow-origin'], origin);
        assert.equal(headers['access-control-allow-credentials'], 'true');
        assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
        assert.equal(headers['x-content-type-options'], 'nosniff');
      }
    }
    const preflight = await bench.send({
      ...{ method: 'OPTIONS', path: SETTINGS, body: '' },
      headers: { origin: 'https://shop.example', 'access-control-request-headers': 'cache-control' },
    });
    assert.equal(preflight.status, 200);
    assert.equal(preflight.headers['access-control-allow-headers'], 'cache-control');
  });

  it('has scripts say that they are', async (context) => {
    const bench = await openBench(context);
    for (const path of [SCRIPT, BUNDLE]) {
      assert.equal((await get(bench, path)).headers['content-type'], 'text/javascript; charset=utf-8');
    }
  });

  it('is told of without being sent by HEAD, and takes no other method', async (context) => {
    const bench = await openBench(context);
    for (const path of ALL) {
      const { headers } = await get(bench, path);
      const head = await bench.send({ method: 'HEAD', path, headers: {}, body: '' });
      assert.deepEqual([head.status, head.body], [200, '']);
      assert.deepEqual([head.headers['content-length'], head.headers.etag], [headers['content-length'], headers.etag]);
      assertError(await bench.send({ path }), 405, 'method_not_allowed');
    }
  });

  it('is nothing outside of what there is, by any way of writing a path', async (context) => {
    const bench = await openBench(context);
    for (const path of [
      '/analytics-next/bundles/',
      '/analytics-next/bundles/index.js',
      '/analytics-next/bundles/standalone.js',
      '/analytics-next/bundles/polyfill.min.js',
      `${BUNDLE}.map`,
      '/analytics-next/bundles/..%2F..%2Fpackage.json',
      '/analytics-next/bundles/..%5c..%5cpackage.json',
      '/analytics-next/bundles/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fpackage.json',
      '/analytics-next/bundles/../../package.json',
      '/analytics-next/bundles/constructor',
      '/analytics-next/bundles/__proto__',
      '/analytics.js/v1/wk_web/analytics.classic.js',
      '/analytics.js/v1/wk_web/platform/analytics.min.js',
      '/v1/projects/wk_web/integrations',
      '/next-integrations/integrations/vendor/commons.js.gz',
    ]) {
      assertError(await get(bench, path), 404, 'not_found');
    }
    assert.deepEqual(bench.failures, []);
  });
});
