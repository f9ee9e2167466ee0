/** Line 11 of the checklist (protocol sections 3.4 and 7.3): what every library has to understand. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AS_APP, batch, Gateway, SUCCESS, track } from '../support/gateway.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { sendWire, type WireAnswer, type WireRequest } from '../support/wire.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const ROUTES = [
  ...['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch', 'import'],
  ...['i', 't', 'p', 's', 'g', 'a', 'b', 'm'],
].map((name) => `/v1/${name}`);
/** Bodies that nothing can be made of, and some that something can. */
const BODIES = ['', '{', '[]', '{}', '"x"', '{"batch":[]}', '{"batch":7}', track('x'), batch('x')];
const LARGE = 'x'.repeat(600_000);
const BESIDE: readonly WireRequest[] = [
  { path: '/' },
  { path: '/v1' },
  { path: '/v1/nothing' },
  { path: '/v1/track/more' },
  { path: '//v1/track' },
  { method: 'GET', path: '/v1/track' },
  { method: 'DELETE', path: '/v1/t' },
  { path: '/v1/projects/wk_nobody/settings', method: 'GET' },
  { headers: ['Content-Encoding: br'], body: track('x') },
  { headers: ['Content-Encoding: gzip'], body: track('x') },
  { headers: [`X-Large: ${'x'.repeat(20_000)}`] },
  { path: '/%' },
];

function assertUnderstood({ status, body, header, head }: WireAnswer): void {
  assert.ok(status === 200 || (status >= 400 && status < 600), head);
  assert.equal(header('content-type'), 'application/json', head);
  assert.equal(header('location'), null);
  const told = JSON.parse(body) as Record<string, unknown>;
  if (status === 200) {
    assert.equal(body, SUCCESS);
    return;
  }
  // Java reads `success`, Ruby `error`, Python `code` and `message`.
  const kinds = Object.fromEntries(Object.entries(told).map(([key, value]) => [key, typeof value]));
  assert.deepEqual(kinds, { success: 'boolean', error: 'string', code: 'string', message: 'string' });
}

describe('7.3 line 11: an answer', () => {
  it('is a JSON object with a status of 200 or of an error, on every route and whatever the mistake', async () => {
    for (const path of ROUTES) {
      for (const headers of [[], [AS_APP]]) {
        for (const body of BODIES) assertUnderstood(await gateway.send({ path, headers, body }));
        // What libraries measure is answered before it has come, and not looked at.
        if (path !== '/v1/m') assertUnderstood(await gateway.send({ path, headers, body: LARGE }));
      }
    }
  });

  it('is so beside the routes, and for what is hardly a request', async () => {
    for (const request of BESIDE) assertUnderstood(await gateway.send(request));
  });

  it('is 200 exactly for what was accepted, and says so in the first packet', async () => {
    const answer = await gateway.send({ headers: [AS_APP], body: track(gateway.mark()) });
    assert.match(answer.head, /^http\/1\.1 200 ok\r\n/);
    assert.equal(answer.header('content-length'), String(SUCCESS.length));
    assert.ok(answer.head.length + SUCCESS.length < 1_024);
  });
});

describe('7.3 line 11: a call that has to come again', () => {
  it('is told after how many whole seconds, on every route, by 503', async () => {
    const config = { storage: { reserve: '1TiB' }, sources: [{ id: 'app', writeKeys: ['wk_app'] }] };
    await using full = await SluiceProcess.start({ config });
    for (const path of ROUTES.filter((route) => route !== '/v1/m')) {
      const isBatch = ['/v1/batch', '/v1/import', '/v1/b'].includes(path);
      const call = { groupId: 'g', previousId: 'p' };
      const body = isBatch ? batch('x') : track('x', call);
      const answer = await sendWire(full.url, { path, headers: [AS_APP], body });
      assert.equal(answer.status, 503, path);
      assert.match(answer.header('retry-after') ?? '', /^[1-9]\d*$/);
      assertUnderstood(answer);
    }
  });

  it('is told so by 429, which only operators ever get', async () => {
    const wrong: WireRequest = {
      method: 'GET',
      path: '/api/v1/stats/refused',
      headers: ['Authorization: Bearer wrong'],
    };
    for (let tries = 0; tries < 10; tries++) assert.equal((await gateway.send(wrong)).status, 401);
    const answer = await gateway.send(wrong);
    assert.equal(answer.status, 429);
    assert.match(answer.header('retry-after') ?? '', /^[1-9]\d*$/);
    // And calls go on.
    await gateway.arrives((mark) => ({ headers: [AS_APP], body: track(mark) }));
  });
});
