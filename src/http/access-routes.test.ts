import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type Answer, openBench, type Sent } from '../../test/support/http-bench.ts';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { makeForwarding } from './client-address.ts';

const TOKEN = 'operator-7fK2xWq9ZtLm';
const BEARER = { authorization: `Bearer ${TOKEN}` };

async function open(context: TestContext, trustedProxies: readonly string[] = []) {
  const ambient = new SimulatedAmbient();
  const forwarding = makeForwarding(trustedProxies);
  const isWriteKey = (text: string): boolean => text === 'wk_web';
  const { access, apiTokens, store } = await openOperators({ ambient, token: TOKEN, forwarding, isWriteKey });
  const bench = await openBench(context, { access, apiTokens, ambient, forwarding });
  const ask = async (method: string, path: string, headers: Sent['headers'] = {}, body?: unknown): Promise<Answer> =>
    bench.send({ method, path: `/api/v1${path}`, headers, body: body === undefined ? '' : JSON.stringify(body) });
  const make = async (asked: object): Promise<{ readonly id: string; readonly token: string }> => {
    const answer = await ask('POST', '/tokens', BEARER, asked);
    assert.equal(answer.status, 201, answer.body);
    return parsed(answer) as { readonly id: string; readonly token: string };
  };
  const signIn = async (token = TOKEN, headers: Sent['headers'] = {}) => {
    const answer = await ask('POST', '/session', headers, { token });
    assert.equal(answer.status, 200, answer.body);
    const cookie = cookieOf(answer);
    const { csrfToken } = parsed(answer) as { readonly csrfToken: string };
    return { answer, csrfToken, cookie: cookie.slice(0, cookie.indexOf(';')) };
  };
  return { ambient, ask, make, signIn, store };
}

const parsed = ({ body }: Answer): unknown => JSON.parse(body);
const codeOf = ({ body }: Answer): string => (JSON.parse(body) as { error: { code: string } }).error.code;
const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0] ?? '';

describe('the API tokens', () => {
  it('are made with a text that is shown once, listed, used and revoked', async (context) => {
    const { ask, make, ambient } = await open(context);
    const made = await make({ name: 'ci', role: 'viewer', expiresAt: '2026-02-01T00:00:00Z' });
    const { token, ...rest } = made;
    assert.match(token, /^slt_[\w-]{43}$/);
    const told = {
      ...{ id: made.id, name: 'ci', role: 'viewer', createdAt: '2026-01-01T00:00:00.000Z', createdBy: 'admin token' },
      ...{ expiresAt: '2026-02-01T00:00:00.000Z', lastUsedAt: null },
    };
    assert.deepEqual(rest, told);
    await ambient.advance(1_000);
    assert.equal((await ask('GET', '/replays', { authorization: `Bearer ${token}` })).status, 200);
    const list = await ask('GET', '/tokens', BEARER);
    assert.deepEqual(parsed(list), { data: [{ ...told, lastUsedAt: '2026-01-01T00:00:01.000Z' }], next: null });
    assert.ok(!list.body.includes(token));
    assert.equal((await ask('DELETE', `/tokens/${made.id}`, BEARER)).status, 204);
    assert.equal(codeOf(await ask('GET', '/replays', { authorization: `Bearer ${token}` })), 'api_token_required');
    assert.equal(codeOf(await ask('DELETE', `/tokens/${made.id}`, BEARER)), 'api_token_not_found');
  });

  it('are listed page by page', async (context) => {
    const { ask, make } = await open(context);
    for (const name of ['a', 'b', 'c']) await make({ name, role: 'viewer' });
    const first = parsed(await ask('GET', '/tokens?limit=2', BEARER)) as { data: { name: string }[]; next: string };
    assert.deepEqual(
      first.data.map(({ name }) => name),
      ['c', 'b'],
    );
    const second = parsed(await ask('GET', `/tokens?limit=2&cursor=${first.next}`, BEARER)) as typeof first;
    assert.deepEqual([second.data.map(({ name }) => name), second.next], [['a'], null]);
    for (const cursor of ['x', '-1', '0', '1e3', '']) {
      assert.equal(codeOf(await ask('GET', `/tokens?cursor=${cursor}`, BEARER)), 'invalid_parameter');
    }
  });

  it('take nothing but name, role and expiry, and say everything that is wrong with these', async (context) => {
    const { ask, store } = await open(context);
    const problems = async (body: unknown): Promise<readonly string[]> => {
      const answer = await ask('POST', '/tokens', BEARER, body);
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalid_body'], answer.body);
      const { error } = parsed(answer) as { error: { details: { problems: { path: string }[] } } };
      return error.details.problems.map(({ path }) => path);
    };
    assert.deepEqual((await problems({})).toSorted(), ['name', 'role']);
    assert.deepEqual(await problems({ name: 'a', role: 'owner' }), ['role']);
    assert.deepEqual(await problems({ name: 'a\nb', role: 'admin' }), ['name']);
    assert.deepEqual(await problems({ name: 'a', role: 'admin', expiresAt: '2025-12-31T23:59:59Z' }), ['expiresAt']);
    for (const more of ['id', 'token', 'hash', 'createdBy', 'lastUsedAt', 'roles', '__proto__', 'constructor']) {
      const body = `{ "name": "a", "role": "viewer", ${JSON.stringify(more)}: "admin" }`;
      assert.equal((await problems(JSON.parse(body))).length, 1, more);
    }
    assert.deepEqual(store.tokens({ max: 9 }), []);
  });

  it('are of admins alone', async (context) => {
    const { ask, make } = await open(context);
    const { id, token } = await make({ name: 'v', role: 'viewer' });
    const headers = { authorization: `Bearer ${token}` };
    const asked = [
      ['GET', '/tokens'],
      ['POST', '/tokens'],
      ['DELETE', `/tokens/${id}`],
    ] as const;
    for (const [method, path] of asked) {
      const answer = await ask(method, path, headers, { name: 'x', role: 'admin' });
      assert.deepEqual([answer.status, codeOf(answer)], [403, 'role_too_low'], path);
      assert.match(answer.body, /needs the role admin, and token v is viewer; ask with an API token that has/);
    }
  });

  it('are never write keys', async (context) => {
    const { ask } = await open(context);
    assert.equal(codeOf(await ask('GET', '/replays', { authorization: 'Bearer wk_web' })), 'api_token_required');
    assert.equal(codeOf(await ask('POST', '/session', {}, { token: 'wk_web' })), 'api_token_required');
  });
});

describe('signing in', () => {
  it('answers who one is, and a cookie that only this server gets and no page reads', async (context) => {
    const { ask, signIn, make } = await open(context);
    const { token } = await make({ name: 'ops', role: 'viewer' });
    const { answer, cookie, csrfToken } = await signIn(token);
    const told = {
      name: 'session of ops',
      role: 'viewer',
      via: 'session',
      expiresAt: '2026-01-01T12:00:00.000Z',
      csrfToken,
    };
    assert.deepEqual(parsed(answer), told);
    assert.match(cookieOf(answer), /^sluice_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.deepEqual(parsed(await ask('GET', '/session', { cookie })), told);
    assert.equal((await ask('GET', '/replays', { cookie: `theme=dark; ${cookie}; x=1` })).status, 200);
    assert.ok(!answer.body.includes(cookie.split('=')[1]!));
  });

  it('by HTTPS gives a cookie that goes by HTTPS alone, and takes no other', async (context) => {
    const { ask, signIn } = await open(context, ['127.0.0.1']);
    const https = { 'x-forwarded-proto': 'https' };
    const { answer, cookie } = await signIn(TOKEN, https);
    assert.match(cookieOf(answer), /^__Host-sluice_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    assert.equal((await ask('GET', '/session', { cookie, ...https })).status, 200);
    const plain = cookie.replace('__Host-', '');
    assert.equal((await ask('GET', '/session', { cookie: plain, ...https })).status, 401);
  });

  it('begins another session each time, and ends the one that the browser had', async (context) => {
    const { ask, signIn } = await open(context);
    const planted = `sluice_session=${'A'.repeat(43)}`;
    const one = await signIn(TOKEN, { cookie: planted });
    assert.notEqual(one.cookie, planted);
    assert.equal((await ask('GET', '/session', { cookie: planted })).status, 401);
    const two = await signIn(TOKEN, { cookie: one.cookie });
    assert.notEqual(two.cookie, one.cookie);
    assert.equal((await ask('GET', '/session', { cookie: one.cookie })).status, 401);
    assert.equal((await ask('GET', '/session', { cookie: two.cookie })).status, 200);
  });

  it('ends by signing out, which an answer has the browser forget', async (context) => {
    const { ask, signIn } = await open(context);
    const { cookie, csrfToken } = await signIn();
    assert.equal(codeOf(await ask('DELETE', '/session', { cookie })), 'csrf_token_required');
    const answer = await ask('DELETE', '/session', { cookie, 'x-csrf-token': csrfToken });
    assert.deepEqual(
      [answer.status, cookieOf(answer)],
      [204, 'sluice_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'],
    );
    assert.equal(codeOf(await ask('GET', '/session', { cookie })), 'api_token_required');
    assert.equal((await ask('DELETE', '/session', { cookie })).status, 204);
    assert.equal((await ask('DELETE', '/session')).status, 204);
  });

  it('counts wrong tokens as requests do, of one address together, and exactly when they come at once', async (context) => {
    const { ask, signIn, ambient } = await open(context);
    const { cookie } = await signIn();
    for (let time = 0; time < 4; time++) await ask('GET', '/replays', { authorization: 'Bearer wrong' });
    const guesses = Array.from({ length: 20 }, async (_, guess) =>
      ask('POST', '/session', {}, { token: `guess-${guess}` }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status).toSorted();
    assert.deepEqual(statuses, [...Array<number>(6).fill(401), ...Array<number>(14).fill(429)]);
    const refused = await ask('POST', '/session', {}, { token: TOKEN });
    assert.deepEqual([refused.status, refused.headers['retry-after'], cookieOf(refused)], [429, '60', '']);
    assert.equal((await ask('GET', '/replays', BEARER)).status, 429);
    // Who is signed in already guesses nothing.
    assert.equal((await ask('GET', '/replays', { cookie })).status, 200);
    await ambient.advance(60_000);
    await signIn();
  });

  it('takes one text, and nothing else', async (context) => {
    const { ask } = await open(context);
    for (const body of [{}, { token: 5 }, { token: [TOKEN] }, { token: TOKEN, role: 'admin' }, [], TOKEN]) {
      const answer = await ask('POST', '/session', {}, body);
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalid_body'], JSON.stringify(body));
    }
  });

  it('is needed for nothing by who has a token in the header, who is told who they are', async (context) => {
    const { ask } = await open(context);
    const told = { name: 'admin token', role: 'admin', via: 'token', expiresAt: null, csrfToken: null };
    assert.deepEqual(parsed(await ask('GET', '/session', BEARER)), told);
    assert.equal((await ask('GET', '/session')).status, 401);
  });
});

describe('a change by cookie', () => {
  it('needs the CSRF token of its session', async (context) => {
    const { ask, signIn } = await open(context);
    const { cookie, csrfToken } = await signIn();
    const other = await signIn();
    const create = async (headers: Sent['headers']) =>
      ask('POST', '/tokens', { cookie, ...headers }, { name: 'x', role: 'viewer' });
    for (const wrong of [undefined, '', 'x', other.csrfToken, csrfToken.toLowerCase(), `${csrfToken}, ${csrfToken}`]) {
      const answer = await create(wrong === undefined ? {} : { 'x-csrf-token': wrong });
      assert.deepEqual([answer.status, codeOf(answer)], [403, 'csrf_token_required'], String(wrong));
    }
    assert.equal((await create({ 'x-csrf-token': csrfToken })).status, 201);
    assert.equal((await ask('GET', '/tokens', { cookie })).status, 200);
  });

  it('needs to come from a page of this server, where the browser says what it comes from', async (context) => {
    const { ask, signIn } = await open(context);
    const { cookie, csrfToken } = await signIn();
    const table: readonly (readonly [headers: Readonly<Record<string, string>>, status: number])[] = [
      [{}, 404],
      [{ host: 'sluice.example', origin: 'https://sluice.example' }, 404],
      [{ host: 'sluice.example:8080', origin: 'http://sluice.example:8080' }, 404],
      [{ 'sec-fetch-site': 'same-origin', origin: 'https://sluice.example' }, 404],
      [{ host: 'sluice.example', origin: 'https://evil.example' }, 403],
      [{ host: 'sluice.example', origin: 'https://sluice.example.evil.example' }, 403],
      [{ host: 'sluice.example', origin: 'http://sluice.example:3000' }, 403],
      [{ origin: 'null' }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ 'sec-fetch-site': 'same-site', host: 'sluice.example', origin: 'https://sluice.example' }, 403],
    ];
    for (const [headers, status] of table) {
      const answer = await ask('DELETE', '/tokens/tok_none', { cookie, 'x-csrf-token': csrfToken, ...headers });
      assert.equal(answer.status, status, JSON.stringify(headers));
      assert.equal(codeOf(answer), status === 403 ? 'cross_site_request' : 'api_token_not_found');
    }
  });

  it('is not begun for somebody by a page of another site', async (context) => {
    const { ask } = await open(context);
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ]) {
      const answer = await ask('POST', '/session', { ...headers, 'content-type': 'text/plain' }, { token: TOKEN });
      assert.deepEqual([answer.status, codeOf(answer), cookieOf(answer)], [403, 'cross_site_request', '']);
    }
  });

  it('needs none of that with a token in the header, which no browser adds by itself', async (context) => {
    const { ask, signIn } = await open(context);
    const { cookie } = await signIn();
    const headers = { ...BEARER, cookie, origin: 'https://tool.example' };
    assert.equal((await ask('POST', '/tokens', headers, { name: 'x', role: 'viewer' })).status, 201);
  });

  it('is not let in by a right cookie beside a wrong token', async (context) => {
    const { ask, signIn } = await open(context);
    const { cookie } = await signIn();
    assert.equal((await ask('GET', '/replays', { cookie, authorization: 'Bearer wrong' })).status, 401);
  });
});

describe('this machine, where it is open', () => {
  it('is an admin, and a token or a session says otherwise', async (context) => {
    const ambient = new SimulatedAmbient();
    const { access, apiTokens } = await openOperators({ ambient, isOpenOnLoopback: true });
    const { send } = await openBench(context, { access, apiTokens, ambient });
    const get = async (headers: Sent['headers'] = {}) =>
      send({ method: 'GET', path: '/api/v1/session', headers, body: '' });
    const here = { name: 'this machine', role: 'admin', via: 'loopback', expiresAt: null, csrfToken: null };
    assert.deepEqual(parsed(await get()), here);
    assert.deepEqual(parsed(await get({ authorization: 'Bearer nothing-of-ours' })), here);
    const by = { name: 'this machine', role: 'admin', via: 'loopback' } as const;
    const { text } = await apiTokens.create({ name: 'v', role: 'viewer', expiresAtMs: null }, by);
    const authorization = `Bearer ${text}`;
    assert.equal((parsed(await get({ authorization })) as { role: string }).role, 'viewer');
    const answer = await send({ method: 'DELETE', path: '/api/v1/tokens/x', headers: { authorization }, body: '' });
    assert.equal(codeOf(answer), 'role_too_low');
  });
});

describe('every answer of the management API', () => {
  it('is shown in no frame, kept by nobody, and read by no page of another site', async (context) => {
    const { ask } = await open(context);
    for (const answer of [
      await ask('GET', '/session', BEARER),
      await ask('GET', '/session'),
      await ask('PUT', '/x', BEARER),
    ]) {
      const { headers } = answer;
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.equal(headers.location, undefined);
    }
  });
});
