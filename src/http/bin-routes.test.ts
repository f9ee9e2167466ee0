import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertError, openBench, SUCCESS } from '../../test/support/http-bench.ts';

describe('request bins over HTTP', () => {
  it('capture any method, and show what came', async (context) => {
    const { send } = await openBench(context);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS']) {
      const headers = { 'x-test': 'yes', 'content-type': 'text/plain' };
      const answer = await send({ method, path: '/bins/Mine_1?q=1', headers, body: method === 'GET' ? '' : 'héllo' });
      assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
    }
    const answer = await send({ method: 'GET', path: '/api/v1/bins/Mine_1/requests?limit=5', body: '' });
    const page = JSON.parse(answer.body) as { data: Record<string, unknown>[]; next: string };
    assert.deepEqual(
      page.data.map(({ method }) => method),
      ['OPTIONS', 'GET', 'DELETE', 'PATCH', 'PUT'],
    );
    const { body, path, headers } = page.data[0] ?? {};
    assert.deepEqual([body, path], ['héllo', '/bins/Mine_1?q=1']);
    assert.equal((headers as Record<string, unknown>)['x-test'], 'yes');
    const rest = await send({ method: 'GET', path: `/api/v1/bins/Mine_1/requests?cursor=${page.next}`, body: '' });
    const { data, next } = JSON.parse(rest.body) as { data: Record<string, unknown>[]; next: string | null };
    assert.deepEqual([data.map(({ method }) => method), next], [['POST'], null]);
  });

  it('are made with an address of their own', async (context) => {
    const { send, port } = await openBench(context);
    const { id, url } = JSON.parse((await send({ path: '/api/v1/bins' })).body) as { id: string; url: string };
    assert.equal(url, `http://127.0.0.1:${port}/bins/${id}`);
    assert.equal((await send({ path: new URL(url).pathname })).status, 200);
  });

  it('take a MiB and no more', async (context) => {
    const { send } = await openBench(context);
    assert.equal((await send({ path: '/bins/a', body: 'x'.repeat(1_048_576) })).status, 200);
    assertError(await send({ path: '/bins/a', body: 'x'.repeat(1_048_577) }), 413, 'bin_request_too_large');
  });

  it('are 404 in the form of the management API when nobody used them', async (context) => {
    const { send } = await openBench(context);
    const answer = await send({ method: 'GET', path: '/api/v1/bins/unknown/requests', body: '' });
    assert.equal(answer.status, 404);
    assert.equal((JSON.parse(answer.body) as { error: { code: string } }).error.code, 'bin_not_found');
  });

  it('are not there when the server has none', async (context) => {
    const { send } = await openBench(context, { bins: null });
    assertError(await send({ path: '/bins/a' }), 404, 'not_found');
  });
});
