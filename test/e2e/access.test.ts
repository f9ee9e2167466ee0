/** Who may do what, as somebody meets it who tries to do more. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { assertNoSecret, bytesBelow } from '../support/leaks.ts';
import { askApi, callApi, tokenOf } from '../support/management-api.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

const SOURCES = [{ id: 'web', writeKeys: ['wk_web'] }];
const CONFIG = { sources: SOURCES };
const TOKEN = 'operator-7fK2xWq9ZtLm';
const PROGRAM = join(import.meta.dirname, '../../bin/sluice');

type Process = Pick<SluiceProcess, 'url' | 'dataDir'>;

/** For those who look at answers alone, and leave nobody locked out. */
let shared: SluiceProcess;
before(async () => {
  shared = await SluiceProcess.start({ config: CONFIG });
});
after(async () => shared.close());

interface Made {
  readonly id: string;
  readonly token: string;
}

async function make(sluice: Process, asked: object, token = tokenOf(sluice)): Promise<Made> {
  const { status, body } = await askApi(sluice, '/tokens', { body: asked, token });
  assert.equal(status, 201, JSON.stringify(body));
  return body as Made;
}

interface Browser {
  readonly cookie: string;
  readonly csrfToken: string;
}

/** Requests as a browser makes them: without a token in the header. */
async function browse(
  { url }: Pick<SluiceProcess, 'url'>,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Readonly<Record<string, string>>; body?: object } = {},
): Promise<Response> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${url}/api/v1${path}`, { method, headers, ...content });
}

async function signIn(sluice: Process, token = tokenOf(sluice), headers = {}): Promise<Browser> {
  const response = await browse(sluice, '/session', { method: 'POST', headers, body: { token } });
  assert.equal(response.status, 200);
  const { csrfToken } = (await response.json()) as Browser;
  return { cookie: response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '', csrfToken };
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

describe('sluice serve', () => {
  it('listens to this machine alone unless it is told otherwise', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG, host: null });
    const { hostname, port } = new URL(sluice.url);
    assert.equal(hostname, '127.0.0.1');
    const [elsewhere] = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    // 127.0.0.2 stands in for it on a machine without a network: it is served by who listens on all addresses.
    const socket = connect(Number(port), elsewhere?.address ?? '127.0.0.2');
    const outcome = await new Promise<string>((resolve) => {
      socket.once('connect', () => {
        resolve('connected');
      });
      socket.once('error', ({ message }) => {
        resolve(message);
      });
    });
    socket.destroy();
    assert.match(outcome, /ECONNREFUSED/);
  });

  it('makes a strong token of its own also when all the world may ask', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG, host: '0.0.0.0' });
    const local = { url: sluice.url.replace('0.0.0.0', '127.0.0.1'), dataDir: sluice.dataDir };
    assert.match(tokenOf(sluice), /^[0-9a-f]{64}$/);
    assert.equal(statSync(join(sluice.dataDir, 'admin.token')).mode & 0o777, 0o600);
    assert.equal((await browse(local, '/events')).status, 401);
    assert.equal((await callApi(local, '/events')).status, 200);
  });

  it('does not start with a token that can be guessed, which `config check` tells too', async () => {
    for (const token of ['changeme-changeme', 'sluice-admin-token', '0123456789abcdef'])
      await assert.rejects(SluiceProcess.start({ config: { ...CONFIG, admin: { token } } }), (error: Error) => {
        assert.match(error.message, /sluice\.yaml:1:\d+ admin\.token: can be guessed/);
        return !error.message.includes(token);
      });
    const env = { ...process.env, SLUICE_ADMIN_TOKEN: 'password12345678', SLUICE_CONFIG: '/dev/null' };
    const { status, stderr } = spawnSync(PROGRAM, ['config', 'check'], { encoding: 'utf8', env });
    assert.notEqual(status, 0);
    assert.match(stderr, /SLUICE_ADMIN_TOKEN: can be guessed.*openssl rand -hex 32/);
  });

  it('does not start with a file `admin.token` that somebody wrote and others can guess', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    await sluice.terminate();
    writeFileSync(join(sluice.dataDir, 'admin.token'), 'letmein-letmein-letmein\n');
    await assert.rejects(sluice.restart(), /it can be guessed; remove the file/);
  });
});

describe('tokens and sessions', () => {
  it('do what their role allows until they end, over restarts', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    const viewer = await make(sluice, { name: 'viewer', role: 'viewer' });
    const admin = await make(sluice, { name: 'ops', role: 'admin' });
    const browser = await signIn(sluice, admin.token);
    await sluice.kill9();
    await sluice.restart();
    assert.equal((await callApi(sluice, '/events', { token: viewer.token })).status, 200);
    const refused = await callApi(sluice, '/replays', { token: viewer.token, body: { destination: 'x' } });
    assert.deepEqual([refused.status, await codeOf(refused)], [403, 'role_too_low']);
    const me = await browse(sluice, '/session', { headers: { cookie: browser.cookie } });
    assert.deepEqual(((await me.json()) as { name: string }).name, 'session of ops');

    assert.equal((await callApi(sluice, `/tokens/${admin.id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await callApi(sluice, '/events', { token: admin.token })).status, 401);
    assert.equal((await browse(sluice, '/events', { headers: { cookie: browser.cookie } })).status, 401);
    await sluice.kill9();
    await sluice.restart();
    assert.equal((await callApi(sluice, '/events', { token: admin.token })).status, 401);
    assert.equal((await callApi(sluice, '/events', { token: viewer.token })).status, 200);
  });

  it('of the configured token end with it', async () => {
    await using sluice = await SluiceProcess.start({ config: { ...CONFIG, admin: { token: TOKEN } } });
    const { cookie } = await signIn(sluice, TOKEN);
    await sluice.terminate();
    await sluice.restart();
    assert.equal((await browse(sluice, '/session', { headers: { cookie } })).status, 200);
    await sluice.terminate();
    await sluice.configure({ ...CONFIG, admin: { token: 'another-7fK2xWq9ZtLm' } });
    await sluice.restart();
    assert.equal((await browse(sluice, '/session', { headers: { cookie } })).status, 401);
  });

  it('say in the audit trail who made and ended them', async () => {
    const sluice = shared;
    const { id, token } = await make(sluice, { name: 'ops', role: 'admin' });
    const { cookie, csrfToken } = await signIn(sluice, token);
    const other = await make(sluice, { name: 'ci', role: 'viewer' }, token);
    const headers = { cookie, 'x-csrf-token': csrfToken };
    assert.equal((await browse(sluice, `/tokens/${other.id}`, { method: 'DELETE', headers })).status, 204);
    assert.equal((await browse(sluice, '/session', { method: 'DELETE', headers })).status, 204);
    const { body } = await askApi(sluice, '/audit');
    const { data } = body as { data: readonly { by: string; action: string; subject: string }[] };
    assert.deepEqual(
      data.slice(0, 5).map(({ by, action, subject }) => [by, action, subject]),
      [
        ['session of ops', 'session.end', id],
        ['session of ops', 'token.revoke', other.id],
        ['token ops', 'token.create', other.id],
        ['token ops', 'session.begin', id],
        ['admin token', 'token.create', id],
      ],
    );
  });

  it('are in no file, no line and no answer but the one that they are made by', async () => {
    await using sluice = await SluiceProcess.start({ config: { ...CONFIG, log: { level: 'debug' } } });
    const { id, token } = await make(sluice, { name: 'ops', role: 'admin' });
    const { cookie, csrfToken } = await signIn(sluice, token);
    const secrets = { token, random: token.slice(4), session: cookie.split('=')[1] ?? '', csrfToken };
    const wrong = 'wrong-slt-token-8e21aa7fK2x';
    await browse(sluice, '/session', { method: 'POST', body: { token: wrong } });
    await browse(sluice, '/session', { method: 'POST', body: { token: [token], [token]: token } });
    const texts: Record<string, string> = {};
    for (const path of ['/tokens', `/tokens/${id}`, '/session', '/events', '/audit', '/stats/disk'])
      texts[path] = await (await callApi(sluice, path)).text();
    texts['/metrics'] = await (await fetch(`${sluice.url}/metrics`)).text();
    await sluice.terminate();
    assertNoSecret({ ...texts, ...bytesBelow(sluice.dataDir), stderr: sluice.stderr }, { ...secrets, wrong });
  });
});

describe('an attacker', () => {
  it('guesses no token: ten wrong ones a minute, to sign in or in headers, and then none at all', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    const guess = async (token: string) => browse(sluice, '/session', { method: 'POST', body: { token } });
    const answers = await Promise.all(Array.from({ length: 60 }, async (_, number) => guess(`guess-${number}`)));
    assert.equal(answers.filter(({ status }) => status === 401).length, 10);
    assert.equal(answers.filter(({ status }) => status === 429).length, 50);
    const right = await guess(tokenOf(sluice));
    assert.equal(right.status, 429);
    const waitS = Number(right.headers.get('retry-after'));
    assert.ok(waitS > 0 && waitS <= 60, String(waitS));
    assert.deepEqual(right.headers.getSetCookie(), []);
    assert.equal((await callApi(sluice, '/events')).status, 429);
  });

  it('plants no session: signing in makes another, and what was planted is nobody', async () => {
    const sluice = shared;
    const { token } = await make(sluice, { name: 'attacker', role: 'viewer' });
    const planted = await signIn(sluice, token);
    const own = await signIn(sluice, tokenOf(sluice), { cookie: planted.cookie });
    assert.notEqual(own.cookie, planted.cookie);
    assert.equal((await browse(sluice, '/session', { headers: { cookie: planted.cookie } })).status, 401);
    const made = `sluice_session=${'x'.repeat(43)}`;
    assert.notEqual((await signIn(sluice, tokenOf(sluice), { cookie: made })).cookie, made);
  });

  it('changes nothing by the browser of who has signed in: no form, no fetch, no page of a sibling', async () => {
    const sluice = shared;
    const { id } = await make(sluice, { name: 'ci', role: 'viewer' });
    const { cookie, csrfToken } = await signIn(sluice);
    const attempts: readonly (readonly [headers: Readonly<Record<string, string>>, code: string])[] = [
      [{ origin: 'https://evil.example', 'content-type': 'text/plain' }, 'csrf_token_required'],
      [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 'csrf_token_required'],
      [{ 'content-type': 'application/x-www-form-urlencoded' }, 'csrf_token_required'],
      [{ 'x-csrf-token': 'undefined' }, 'csrf_token_required'],
      [{ 'x-csrf-token': csrfToken, origin: 'http://127.0.0.1:1' }, 'cross_site_request'],
      [{ 'x-csrf-token': csrfToken, 'sec-fetch-site': 'same-site' }, 'cross_site_request'],
    ];
    for (const [headers, code] of attempts) {
      for (const [method, path] of [
        ['DELETE', `/tokens/${id}`],
        ['POST', '/tokens'],
        ['POST', '/replays'],
        ['DELETE', '/session'],
      ] as const) {
        const response = await browse(sluice, path, { method, headers: { cookie, ...headers } });
        assert.deepEqual(
          [response.status, await codeOf(response)],
          [403, code],
          `${method} ${path} ${JSON.stringify(headers)}`,
        );
      }
    }
    const preflight = await browse(sluice, `/tokens/${id}`, {
      method: 'OPTIONS',
      headers: { cookie, origin: 'https://evil.example' },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
    const headers = {
      cookie,
      'x-csrf-token': csrfToken,
      origin: new URL(sluice.url).origin,
      'sec-fetch-site': 'same-origin',
    };
    assert.equal((await browse(sluice, `/tokens/${id}`, { method: 'DELETE', headers })).status, 204);
  });

  it('changes nothing by the browser of a developer, whom `dev` asks for no login', async () => {
    await using sluice = await SluiceProcess.start({ command: 'dev' });
    assert.equal(
      (await browse(sluice, '/tokens', { method: 'POST', body: { name: 'mine', role: 'admin' } })).status,
      201,
    );
    const attempts: readonly Readonly<Record<string, string>>[] = [
      { origin: 'https://evil.example', 'content-type': 'text/plain' },
      { origin: 'null', 'content-type': 'text/plain' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'content-type': 'application/x-www-form-urlencoded',
      },
      { referer: 'https://evil.example/', 'content-type': 'application/x-www-form-urlencoded' },
      { 'x-forwarded-for': '203.0.113.5' },
    ];
    for (const headers of attempts) {
      const response = await browse(sluice, '/tokens', {
        method: 'POST',
        headers,
        body: { name: 'theirs', role: 'admin' },
      });
      assert.deepEqual([response.status, await codeOf(response)], [401, 'api_token_required'], JSON.stringify(headers));
      assert.equal((await browse(sluice, '/tokens', { headers })).status, 401);
    }
    const { data } = (await (await browse(sluice, '/tokens')).json()) as { data: readonly { name: string }[] };
    assert.deepEqual(
      data.map(({ name }) => name),
      ['mine'],
    );
  });

  it('frames no answer, and is led nowhere by signing in', async () => {
    const sluice = shared;
    const { cookie } = await signIn(sluice);
    const answers = [
      await browse(sluice, '/session', { headers: { cookie } }),
      await browse(sluice, '/session'),
      await browse(sluice, '/session?next=https://evil.example', { method: 'POST', body: { token: tokenOf(sluice) } }),
      await browse(sluice, '/session', {
        method: 'POST',
        body: { token: tokenOf(sluice), redirect: '//evil.example' },
      }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 401, 400, 400],
    );
    for (const { headers } of answers) {
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
      assert.equal(headers.get('location'), null);
    }
  });

  it('with a token of a viewer gets no further, by no id and no field', async () => {
    const sluice = shared;
    const { id } = await make(sluice, { name: 'boss', role: 'admin' });
    const { token, id: own } = await make(sluice, { name: 'viewer', role: 'viewer' });
    const { cookie, csrfToken } = await signIn(sluice, token);
    for (const path of [`/tokens/${id}`, `/tokens/${own}`, '/tokens/..%2ftokens', '/tokens/%00', `/TOKENS/${id}`]) {
      assert.equal((await callApi(sluice, path, { method: 'DELETE', token })).status, 403, path);
      const headers = { cookie, 'x-csrf-token': csrfToken };
      assert.equal((await browse(sluice, path, { method: 'DELETE', headers })).status, 403, path);
    }
    assert.equal((await callApi(sluice, '/tokens', { token })).status, 403);
    const admin = await signIn(sluice);
    const swapped = { cookie, 'x-csrf-token': admin.csrfToken };
    assert.equal((await browse(sluice, '/session', { method: 'DELETE', headers: swapped })).status, 403);
    for (const more of [{ role: 'admin', createdBy: 'x' }, { role: 'admin', id: 'tok_x' }, { role: 'owner' }]) {
      const { status } = await askApi(sluice, '/tokens', { body: { name: 'x', ...more } });
      assert.equal(status, 400, JSON.stringify(more));
    }
  });

  it('on the wire sees no cookie that was given by HTTPS, and a write key opens nothing', async () => {
    const { good, ca } = makeCertificates();
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    assert.equal((await callApi(sluice, '/events', { token: 'wk_web' })).status, 401);
    await sluice.terminate();
    const [certificate, key] = [join(sluice.dataDir, 'tls.pem'), join(sluice.dataDir, 'tls.key')];
    writeFileSync(certificate, good.cert);
    writeFileSync(key, good.key, { mode: 0o600 });
    await sluice.configure({ ...CONFIG, http: { tls: { certificate, key } } });
    await sluice.restart();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = httpsRequest(`${sluice.url}/api/v1/session`, { method: 'POST', ca }, resolve).on('error', reject);
      asked.end(JSON.stringify({ token: tokenOf(sluice) }));
    });
    response.resume();
    assert.match(
      response.headers['set-cookie']?.[0] ?? '',
      /^__Host-sluice_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
  });
});
