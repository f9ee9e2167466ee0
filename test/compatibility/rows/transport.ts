import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { makeCertificates } from '../../support/certificates.ts';
import { AS_APP, base64, batch, SUCCESS, track } from '../../support/gateway.ts';
import { SluiceProcess } from '../../support/sluice-process.ts';
import { headOf, sendChunked, writePieces } from '../../support/wire.ts';
import { answerWhenFull, get, inData, tracked } from '../checks.ts';
import { absent, different, same, type Section } from '../row.ts';

const APP = { writeKey: 'wk_app' };
const GZIP = 'Content-Encoding: gzip';

async function checkHttps(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-https-'));
  const { ca, good } = makeCertificates();
  const tls = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(tls.certificate, good.cert);
  writeFileSync(tls.key, good.key);
  try {
    await using sluice = await SluiceProcess.start({ config: { http: { tls } } });
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(sluice.url).port), ca });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    socket.destroy();
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const transport: Section = {
  title: 'Content types, encodings and transport',
  introduction: '',
  rows: [
    same(
      '`Content-Type: application/json`',
      'A body is read as JSON whatever its type, or without one: browsers and Kotlin send `text/plain`, C# none.',
      async (gateway) => {
        for (const type of [[], ['Content-Type: text/plain'], ['Content-Type: application/json; charset=utf-8']]) {
          await tracked(gateway, {}, { headers: [AS_APP, ...type] });
        }
      },
    ),
    same('`Content-Encoding: gzip`', 'On every route.', async (gateway) => {
      for (const [path, made] of [
        ['/v1/track', track],
        ['/v1/t', track],
        ['/v1/import', batch],
        ['/v1/b', batch],
      ] as const) {
        await gateway.arrives((mark) => ({ path, headers: [AS_APP, GZIP], body: gzipSync(made(mark)) }));
      }
    }),
    same(
      'Corrupt gzip is `400` with `Malformed gzip content`',
      'On the short routes `200`, and refused.',
      async (gateway) => {
        const corrupt = { headers: [AS_APP, GZIP], body: track('u') };
        const { body } = await gateway.rejects(400, 'malformed_gzip', corrupt);
        assert.equal((JSON.parse(body) as { message: string }).message, 'Malformed gzip content');
        await gateway.refuses('malformed_gzip', { ...corrupt, path: '/v1/t' });
      },
    ),
    absent('Other encodings (`br`, `deflate`, `zstd`)', 'No library sends them; they are `400`.', async (gateway) => {
      for (const encoding of ['br', 'deflate', 'zstd']) {
        const headers = [AS_APP, `Content-Encoding: ${encoding}`];
        await gateway.rejects(400, 'unsupported_encoding', { headers, body: track('u') });
      }
    }),
    same('`Transfer-Encoding: chunked`', 'Kotlin and Android send so.', async (gateway) => {
      await gateway.arrives(async (mark) => sendChunked(gateway.url, { headers: [AS_APP], body: track(mark) }));
    }),
    same('`Expect: 100-continue`', 'libcurl (PHP) and .NET send it.', async (gateway) => {
      await gateway.arrives(async (mark) => {
        const body = track(mark);
        const head = headOf({ headers: [AS_APP, 'Expect: 100-continue', `Content-Length: ${body.length}`] });
        return writePieces(gateway.url, [head, body], { awaited: /100 Continue\r\n\r\n/ });
      });
    }),
    same('Connections that are kept open', '', async (gateway) => {
      const body = track(gateway.mark());
      const head = `POST /v1/t HTTP/1.1\r\nHost: x\r\n${AS_APP}\r\nContent-Length: ${body.length}\r\n\r\n`;
      const answer = await writePieces(gateway.url, [
        head + body,
        head + body,
        headOf({ method: 'OPTIONS', path: '/v1/t' }),
      ]);
      assert.equal(`${answer.head}${answer.body}`.match(/http\/1\.1 200 ok/gi)?.length, 3);
    }),
    same(
      'HTTPS',
      'By [a certificate of yours or a reverse proxy](operating.md#https-and-reverse-proxies); Swift, Kotlin, Flutter, C# and PHP send no other way.',
      checkHttps,
    ),
    absent('HTTP/2', 'Libraries that offer it (Kotlin) agree on HTTP/1.1.', async (gateway) => {
      const answer = await writePieces(gateway.url, ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']);
      assert.equal(answer.status, 400);
    }),
  ],
};

const jsonp = (name: string): string => `typeof ${name} == "function" && ${name}({ success: true });`;

export const queries: Section = {
  title: 'GET, JSONP and pixels',
  introduction: '',
  rows: [
    same('`GET /v1/<letter>?data=` with the call in base64', 'In all four alphabets.', async (gateway) => {
      const alphabets: readonly ((text: string) => string)[] = [
        (text) => Buffer.from(text).toString('base64url'),
        (text) => base64(text).replaceAll('+', '-').replaceAll('/', '_'),
        (text) => encodeURIComponent(base64(text).replaceAll('=', '')),
        (text) => encodeURIComponent(base64(text)),
      ];
      for (const encoded of alphabets) {
        const path = (mark: string): string => `/v1/t?data=${encoded(track(mark, { ...APP, odd: '>>>???ÿÿ' }))}`;
        await gateway.arrives((mark) => ({ method: 'GET', path: path(mark) }));
      }
    }),
    same('`?callback=name` (JSONP), by any method', '', async (gateway) => {
      const query = `${inData(track(gateway.mark(), APP))}&callback=a.b`;
      const answer = await get(gateway, `/v1/t?${query}`);
      assert.deepEqual([answer.header('content-type'), answer.body], ['text/javascript', jsonp('a.b')]);
      const posted = await gateway.send({ path: '/v1/t?callback=f', headers: [AS_APP], body: track(gateway.mark()) });
      assert.equal(posted.body, jsonp('f'));
    }),
    different(
      'A `callback` that is no name of a function',
      'Ignored, and the answer is JSON: a name is written into a script that runs in the page.',
      async (gateway) => {
        const answer = await get(gateway, `/v1/t?callback=alert(1)//&${inData(track(gateway.mark(), APP))}`);
        assert.equal(answer.body, SUCCESS);
      },
    ),
    same('`Cache-Control: no-cache, max-age=0` on what came by `GET`', '', async (gateway) => {
      for (const path of ['/v1/t', '/v1/pixel/track']) {
        assert.equal((await get(gateway, path)).header('cache-control'), 'no-cache, max-age=0');
      }
    }),
    same(
      'The short routes answer `200` whatever a call holds',
      'Except one that is too large (`400`), and what is no mistake of the sender’s (`500`, `503`).',
      async (gateway) => {
        for (const body of ['', '{', '[]', '{"userId":7}']) {
          const answer = await gateway.send({ path: '/v1/t', headers: [AS_APP], body });
          assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
        }
        const body = 'x'.repeat(32_769);
        await gateway.rejects(400, 'call_too_large', { path: '/v1/t', headers: [AS_APP], body });
      },
    ),
    same('`GET /v1/pixel/<type>`: one transparent pixel, whatever the mistake', '', async (gateway) => {
      for (const query of ['', '?data=%%%', '?writeKey=wk_nobody&event=E&userId=u']) {
        const answer = await get(gateway, `/v1/pixel/track${query}`);
        assert.deepEqual([answer.status, answer.header('content-type'), answer.body.length], [200, 'image/gif', 43]);
      }
    }),
    different(
      'A pixel whose event cannot be stored',
      '`503` without a picture: a `200` would say that the event is on disk.',
      async () => {
        const path = '/v1/pixel/track?writeKey=wk_app&event=E&userId=u';
        assert.equal((await answerWhenFull({ method: 'GET', path })).status, 503);
      },
    ),
    same(
      'Dotted keys (`properties.page.title=x`); lists of repeated keys; keys with an empty part ignored',
      'All values are text.',
      async (gateway) => {
        const mark = gateway.mark();
        const keys = 'properties.page.title=x&properties.n=1&properties.t=a&properties.t=b&properties..x=1';
        await get(gateway, `/v1/pixel/track?writeKey=wk_app&event=E&userId=${mark}&${keys}`);
        const { properties } = await gateway.event(mark);
        assert.deepEqual(properties, { page: { title: 'x' }, n: '1', t: ['a', 'b'] });
      },
    ),
    different(
      'The length of a `GET`',
      'A URL and the headers hold 16 KiB together; more is `431`.',
      async (gateway) => {
        const path = `/v1/t?${inData(track('u', { ...APP, pad: 'x'.repeat(20_000) }))}`;
        await gateway.rejects(431, 'headers_too_large', { method: 'GET', path });
      },
    ),
  ],
};
