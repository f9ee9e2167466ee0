import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertError, BASIC, openBench } from '../../test/support/http-bench.ts';
import type { Answer } from '../../test/support/http-bench.ts';
import { SluiceError } from '../domain/errors.ts';

const ORIGIN = 'https://shop.example';

function assertReadable({ headers }: Answer, origin: string): void {
  assert.equal(headers['access-control-allow-origin'], origin);
  assert.equal(headers['access-control-allow-credentials'], 'true');
  assert.equal(headers['access-control-expose-headers'], 'Retry-After');
  assert.match(headers.vary ?? '', /^Origin/);
}

describe('a page of another origin', () => {
  for (const path of ['/v1/track', '/v1/t', '/v1/b', '/v1/import/', '/V1/T', '/v1/m', '/v1/batch']) {
    it(`may send to ${path}, and read the answer`, async (context) => {
      const { send } = await openBench(context);
      for (const origin of [ORIGIN, 'null']) {
        const body = /b|import/.test(path) ? '{"batch":[]}' : undefined;
        const headers = { ...BASIC, origin, 'content-type': 'text/plain' };
        const answer = await send({ path, headers, ...(body === undefined ? {} : { body }) });
        assert.equal(answer.status, 200);
        assertReadable(answer, origin);
      }
    });
  }

  it('may send pixels and GETs', async (context) => {
    const { send } = await openBench(context);
    for (const path of ['/v1/t?data=e30', '/v1/pixel/track']) {
      assertReadable(await send({ method: 'GET', path, headers: { origin: ORIGIN }, body: '' }), ORIGIN);
    }
  });

  it('reads the errors too, and when to come again', async (context) => {
    const { send, log, server } = await openBench(context);
    const headers = { ...BASIC, origin: ORIGIN };
    const mistake = await send({ headers, body: '{' });
    assertError(mistake, 400, 'malformed_json');
    assertReadable(mistake, ORIGIN);
    assertReadable(await send({ method: 'DELETE', headers, body: '' }), ORIGIN);

    log.append = async () => Promise.reject(new SluiceError('log_busy'));
    const busy = await send({ path: '/v1/t', headers });
    assertError(busy, 503, 'log_busy');
    assertReadable(busy, ORIGIN);
    assert.equal(busy.headers['retry-after'], '1');

    server.refuse();
    const closing = await send({ path: '/v1/t', headers });
    assertError(closing, 503, 'shutting_down');
    assertReadable(closing, ORIGIN);
  });

  it('learns nothing from what is not the tracking API', async (context) => {
    const { send } = await openBench(context);
    for (const path of [
      '/api/v1/events?refused=true',
      '/metrics',
      '/livez',
      '/readyz',
      '/api/v1/bins/a/requests',
      '/x',
    ]) {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { origin: ORIGIN, 'access-control-request-method': 'GET' };
        const answer = await send({ method, path, headers, body: '' });
        const told = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
        assert.deepEqual(told, [], `${method} ${path}`);
      }
    }
  });
});

describe('a preflight', () => {
  const asked = {
    origin: ORIGIN,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,x-retry-count,x-of-the-customer',
  };

  it('allows whichever headers it names, on every route, and is no call', async (context) => {
    const { send, refused, events } = await openBench(context);
    const paths = ['identify', 'track', 'batch', 'import/', 'i', 't', 'p', 's', 'g', 'a', 'b', 'm', 'B', 'pixel/page'];
    for (const path of paths) {
      const answer = await send({ method: 'OPTIONS', path: `/v1/${path}`, headers: asked, body: '' });
      assert.deepEqual([answer.status, answer.body], [200, '']);
      assertReadable(answer, ORIGIN);
      assert.equal(answer.headers['access-control-allow-headers'], asked['access-control-request-headers']);
      assert.match(answer.headers['access-control-allow-methods'] ?? '', path === 'pixel/page' ? /GET/ : /POST/);
      assert.equal(answer.headers['access-control-max-age'], '604800');
    }
    assert.deepEqual([refused, events], [[], []]);
  });

  it('names the methods of the route', async (context) => {
    const { send } = await openBench(context);
    const methods = async (path: string): Promise<unknown> =>
      (await send({ method: 'OPTIONS', path, headers: asked, body: '' })).headers['access-control-allow-methods'];
    assert.equal(await methods('/v1/track'), 'POST, PUT');
    assert.equal(await methods('/v1/t'), 'GET, HEAD, POST, PUT');
    assert.equal(await methods('/v1/pixel/track'), 'GET, HEAD');
    assert.equal(await methods('/v1/m'), 'POST');
  });

  it('lets a public page reach a private network when it asks', async (context) => {
    const { send } = await openBench(context);
    const name = 'access-control-allow-private-network';
    const headers = { ...asked, 'access-control-request-private-network': 'true' };
    assert.equal((await send({ method: 'OPTIONS', headers, body: '' })).headers[name], 'true');
    assert.equal((await send({ method: 'OPTIONS', headers: asked, body: '' })).headers[name], undefined);
  });

  it('is answered without an Origin, and while the process stops', async (context) => {
    const { send, server } = await openBench(context);
    const bare = await send({ method: 'OPTIONS', path: '/v1/t', headers: {}, body: '' });
    assert.deepEqual([bare.status, bare.headers.allow], [200, 'GET, HEAD, POST, PUT, OPTIONS']);
    assert.equal(bare.headers['access-control-allow-origin'], undefined);
    server.refuse();
    assert.equal((await send({ method: 'OPTIONS', path: '/v1/t', headers: asked, body: '' })).status, 200);
  });
});

describe('a library without an Origin', () => {
  it('is told nothing of origins', async (context) => {
    const { send } = await openBench(context);
    const { headers } = await send();
    assert.deepEqual([headers['access-control-allow-origin'], headers.vary], [undefined, undefined]);
  });
});
