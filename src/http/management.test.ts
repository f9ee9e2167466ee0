import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BASIC, openBench } from '../../test/support/http-bench.ts';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';

const TOKEN = 'operator-0123456789';
const access = async () =>
  (await openOperators({ token: TOKEN, ambient: new SimulatedAmbient(), isWriteKey: (text) => text === 'wk_web' }))
    .access;

const PATHS = [
  '/api/v1/events?refused=true',
  '/api/v1/stats/refused',
  '/api/v1/bins/dev/requests',
  '/api/v1/nothing/at/all',
  '/API/V1/events',
  '/%61pi/v1/events',
  '/api/v1/%65vents',
  '/api/v1/events/',
];

describe('the management API', () => {
  it('is there for whoever has the token, and says nothing to anybody else', async (context) => {
    const { send } = await openBench(context, { access: await access() });
    for (const path of PATHS) {
      const wrong = [{}, BASIC, { authorization: 'Bearer wk_web' }];
      for (const headers of wrong) {
        const answer = await send({ method: 'GET', path, headers, body: '' });
        assert.deepEqual([answer.status, answer.headers['www-authenticate']], [401, 'Bearer'], path);
        assert.match(answer.body, /^\{"error":\{"code":"api_token_required"/);
        assert.equal(answer.headers['cache-control'], 'no-store', path);
      }
      // One wrong token for each path: too few to be shut out.
      const headers = { authorization: `Bearer ${TOKEN}` };
      const { status, body } = await send({ method: 'GET', path, headers, body: '' });
      assert.ok([200, 400, 404].includes(status), `${path}: ${status}`);
      if (status !== 200) assert.match(body, /^\{"error":\{"code":/, path);
    }
  });

  it('says nothing either where a URL cannot be decoded', async (context) => {
    const { send } = await openBench(context, { access: await access() });
    for (const path of ['/api/v1/%zz', '/%61pi/v1/sources/%ff', '/API/v1/x%2', '/api/v1/%c3?x']) {
      const nobody = await send({ method: 'GET', path, headers: {}, body: '' });
      assert.deepEqual([nobody.status, nobody.headers['cache-control']], [401, 'no-store'], path);
      assert.match(nobody.body, /^\{"error":\{"code":"api_token_required"/, path);
      const admin = await send({ method: 'GET', path, headers: { authorization: `Bearer ${TOKEN}` }, body: '' });
      assert.equal(admin.status, 404, path);
      assert.match(admin.body, /^\{"error":\{"code":"not_found"/, path);
    }
  });

  it('is guarded on every method', async (context) => {
    const { send } = await openBench(context, { access: await access() });
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'TRACE', 'PROPFIND']) {
      for (const path of ['/api/v1/bins', '/api/v1/events', '/api/v1/x']) {
        const answer = await send({ method, path, headers: {}, body: '' });
        assert.equal(answer.status, 401, `${method} ${path}`);
      }
    }
  });

  it('is kept by no cache and read as nothing but what it says, errors included', async (context) => {
    const { send } = await openBench(context);
    for (const path of ['/api/v1/stats/refused', '/api/v1/events', '/api/v1/nothing', '/api/v1/bins/none/requests']) {
      const { headers } = await send({ method: 'GET', path, headers: {}, body: '' });
      assert.equal(headers['cache-control'], 'no-store', path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
    }
  });

  it('answers in its own form where there is nothing', async (context) => {
    const { send } = await openBench(context);
    const answer = await send({ method: 'DELETE', path: '/api/v1/events', headers: {}, body: '' });
    assert.equal(answer.status, 404);
    const { error } = JSON.parse(answer.body) as { error: { code: string; details: unknown } };
    assert.deepEqual([error.code, error.details], ['not_found', { method: 'DELETE', path: '/api/v1/events' }]);
  });

  it('tells who guesses when to come again', async (context) => {
    const { send } = await openBench(context, { access: await access() });
    const guess = async () =>
      send({ method: 'GET', path: '/api/v1/events', headers: { authorization: 'Bearer x' }, body: '' });
    for (let time = 0; time < 10; time++) assert.equal((await guess()).status, 401);
    const answer = await guess();
    assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '60']);
  });

  it('leaves bins open to what they capture', async (context) => {
    const { send } = await openBench(context, { access: await access() });
    const made = await send({ path: '/api/v1/bins', headers: { authorization: `Bearer ${TOKEN}` } });
    const { url } = JSON.parse(made.body) as { url: string };
    assert.equal((await send({ path: new URL(url).pathname, headers: {} })).status, 200);
  });
});
