import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertError, openBench, SUCCESS } from '../../test/support/http-bench.ts';
import { makeForwarding } from './client-address.ts';

type Bench = Awaited<ReturnType<typeof openBench>>;

async function made({ send }: Bench): Promise<{ readonly id: string; readonly url: string }> {
  return JSON.parse((await send({ path: '/api/v1/bins' })).body) as { id: string; url: string };
}

describe('request bins over HTTP', () => {
  it('capture any method, and show what came', async (context) => {
    const bench = await openBench(context);
    const { send } = bench;
    const { id } = await made(bench);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS']) {
      const headers = { 'x-test': 'yes', 'content-type': 'text/plain' };
      const answer = await send({ method, path: `/bins/${id}?q=1`, headers, body: method === 'GET' ? '' : 'héllo' });
      assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
    }
    const answer = await send({ method: 'GET', path: `/api/v1/bins/${id}/requests?limit=5`, body: '' });
    const page = JSON.parse(answer.body) as { data: Record<string, unknown>[]; next: string };
    assert.deepEqual(
      page.data.map(({ method }) => method),
      ['OPTIONS', 'GET', 'DELETE', 'PATCH', 'PUT'],
    );
    const { body, path, headers } = page.data[0] ?? {};
    assert.deepEqual([body, path], ['héllo', `/bins/${id}?q=1`]);
    assert.equal((headers as Record<string, unknown>)['x-test'], 'yes');
    const rest = await send({ method: 'GET', path: `/api/v1/bins/${id}/requests?cursor=${page.next}`, body: '' });
    const { data, next } = JSON.parse(rest.body) as { data: Record<string, unknown>[]; next: string | null };
    assert.deepEqual([data.map(({ method }) => method), next], [['POST'], null]);
  });

  it('are made with an address of their own, where Sluice is reached', async (context) => {
    const bench = await openBench(context);
    const { id, url } = await made(bench);
    assert.equal(url, `http://127.0.0.1:${bench.port}/bins/${id}`);
    assert.equal((await bench.send({ path: new URL(url).pathname })).status, 200);
    const forwarding = makeForwarding([], 'https://events.example/in/');
    const there = await made(await openBench(context, { forwarding }));
    assert.equal(there.url, `https://events.example/in/bins/${there.id}`);
  });

  it('take a MiB and no more', async (context) => {
    const bench = await openBench(context);
    const path = `/bins/${(await made(bench)).id}`;
    assert.equal((await bench.send({ path, body: 'x'.repeat(1_048_576) })).status, 200);
    assertError(await bench.send({ path, body: 'x'.repeat(1_048_577) }), 413, 'bin_request_too_large');
  });

  it('are those that were made, and no others', async (context) => {
    const { send } = await openBench(context);
    for (const id of ['mine', `bin_${'0'.repeat(54)}`, '%00', 'x'.repeat(600)]) {
      assertError(await send({ path: `/bins/${id}` }), 404, 'bin_not_found');
      const { status, body } = await send({ method: 'GET', path: `/api/v1/bins/${id}/requests`, body: '' });
      assert.deepEqual([status, (JSON.parse(body) as { error: { code: string } }).error.code], [404, 'bin_not_found']);
    }
  });
});
