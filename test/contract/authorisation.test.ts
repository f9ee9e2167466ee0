/** Who may ask what: every operation, by everybody. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Operation } from '../../src/contract/operation.ts';
import { OPERATIONS, type OperationId } from '../../src/contract/operations.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { assertAnswer } from '../support/contract.ts';
import { openScene, type Scene, type Told } from './scene.ts';

/** What becomes of who asks for an operation of a viewer, and for one of an admin. */
interface Expected {
  readonly viewer: ErrorCode | 'allowed';
  readonly admin: ErrorCode | 'allowed';
}

const ALLOWED: Expected = { viewer: 'allowed', admin: 'allowed' };
const NOBODY: Expected = { viewer: 'api_token_required', admin: 'api_token_required' };

/** Everybody, with what they show. */
const EVERYBODY = {
  'the holder of admin.token': ALLOWED,
  'an admin by token': ALLOWED,
  'a viewer by token': { viewer: 'allowed', admin: 'role_too_low' },
  'an admin by cookie': ALLOWED,
  'an admin by cookie without its CSRF token': { viewer: 'allowed', admin: 'csrf_token_required' },
  'an admin by cookie with the CSRF token of another': { viewer: 'allowed', admin: 'csrf_token_required' },
  'an admin by cookie on a page of another site': { viewer: 'allowed', admin: 'cross_site_request' },
  'a viewer by cookie': { viewer: 'allowed', admin: 'role_too_low' },
  'whose token has expired': { viewer: 'api_token_expired', admin: 'api_token_expired' },
  'whose token was revoked': NOBODY,
  'the holder of a write key': NOBODY,
  'who guesses': NOBODY,
  'who guesses a cookie': NOBODY,
  'who shows nothing': NOBODY,
  'who shows a token as a Basic user': NOBODY,
} as const satisfies Readonly<Record<string, Expected>>;
type Somebody = keyof typeof EVERYBODY;

const IDS = Object.keys(OPERATIONS) as OperationId[];
/** No operation takes this, and each looks at it before anything else: who is let in changes nothing. */
const HARMLESS = '?nonsense=1';

let scene: Scene;
let shown: Readonly<Record<Somebody, Readonly<Record<string, string>>>>;
before(async () => {
  scene = await openScene();
  shown = await everybody(scene);
});
after(async () => {
  await scene[Symbol.asyncDispose]();
});

async function everybody({ json, token, ask }: Scene): Promise<typeof shown> {
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
  const make = async (name: string, role: string, more: object = {}) => {
    const { status, body } = await json('POST', '/tokens', { name, role, ...more });
    assert.equal(status, 201, JSON.stringify(body));
    return body as { readonly id: string; readonly token: string };
  };
  const expired = await make('expired', 'admin', { expiresAt: new Date(Date.now() + 1_500).toISOString() });
  const [admin, viewer, revoked] = [await make('a', 'admin'), await make('v', 'viewer'), await make('r', 'admin')];
  assert.equal((await json('DELETE', `/tokens/${revoked.id}`)).status, 204);
  const signedIn = async ({ token: text }: { readonly token: string }) => {
    const answer = await ask({ method: 'POST', target: '/session', body: JSON.stringify({ token: text }) });
    assert.equal(answer.status, 200, answer.text);
    const { csrfToken } = JSON.parse(answer.text) as { readonly csrfToken: string };
    const cookie = answer.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    return { cookie, 'x-csrf-token': csrfToken };
  };
  const [session, other, ofViewer] = [await signedIn(admin), await signedIn(admin), await signedIn(viewer)];
  const isOver = async (): Promise<boolean> =>
    (await ask({ method: 'GET', target: '/session', headers: bearer(expired.token) })).status === 401;
  while (!(await isOver()));
  return {
    'the holder of admin.token': bearer(token),
    'an admin by token': bearer(admin.token),
    'a viewer by token': bearer(viewer.token),
    'an admin by cookie': session,
    'an admin by cookie without its CSRF token': { cookie: session.cookie },
    'an admin by cookie with the CSRF token of another': { ...other, cookie: session.cookie },
    'an admin by cookie on a page of another site': { ...session, origin: 'https://elsewhere.example' },
    'a viewer by cookie': ofViewer,
    'whose token has expired': bearer(expired.token),
    'whose token was revoked': bearer(revoked.token),
    'the holder of a write key': bearer('wk_web'),
    'who guesses': bearer('slt_0123456789abcdef'),
    'who guesses a cookie': { cookie: `sluice_session=${'A'.repeat(43)}` },
    'who shows nothing': {},
    'who shows a token as a Basic user': { authorization: `Basic ${btoa(`${token}:`)}` },
  };
}

let addresses = 0;
/** Another one each time, so that nobody is told that there were too many wrong tokens. */
const anotherAddress = (): string => `127.1.${(addresses >> 8) % 256}.${(addresses++ % 254) + 1}`;

const codeOf = ({ text }: Told): string => (JSON.parse(text) as { error: { code: string } }).error.code;

describe('an operation', () => {
  for (const somebody of Object.keys(EVERYBODY) as Somebody[]) {
    it(`is asked by ${somebody}`, async () => {
      for (const id of IDS) await asked(id, somebody);
    });
  }

  async function asked(id: OperationId, somebody: Somebody): Promise<void> {
    const { method, path, role, body, messages }: Operation = OPERATIONS[id];
    const target = path.replaceAll(/\{\w+\}/g, 'none') + HARMLESS;
    const given = { target, headers: shown[somebody], from: anotherAddress() };
    const told = await scene.ask({ method, ...given, ...(body === undefined ? {} : { body: '[]' }) });
    // What changes nothing needs no CSRF token, whoever may ask.
    const expected = EVERYBODY[somebody];
    const isCsrf = expected.admin === 'csrf_token_required' || expected.admin === 'cross_site_request';
    const wanted = role === 'anyone' || (isCsrf && method === 'GET') ? 'allowed' : expected[role];
    assert.equal(codeOf(told), wanted === 'allowed' ? 'invalid_parameter' : wanted, `${id}: ${told.text}`);
    assertAnswer(id, { status: told.status, body: JSON.parse(told.text) as unknown });
    if (method !== 'GET') return;
    // Nor by HEAD, of which there is none where an answer has no end.
    const head = await scene.ask({ ...given, method: 'HEAD', from: anotherAddress() });
    const isEndless = messages !== undefined;
    assert.ok(head.status === told.status || (isEndless && head.status === 404), `HEAD of ${id}: ${head.status}`);
  }

  it('is for a viewer when it changes nothing and shows no credentials of operators', () => {
    for (const id of IDS) {
      const { method, role }: Operation = OPERATIONS[id];
      const isException = id === 'listApiTokens' || role === 'anyone';
      assert.equal(isException || role === (method === 'GET' ? 'viewer' : 'admin'), true, id);
    }
  });

  it('is done with a session only as long as that has not ended', async () => {
    const { headers: answered } = await scene.ask({
      ...{ method: 'POST', target: '/session', body: JSON.stringify({ token: scene.token }) },
    });
    const cookie = answered['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    const get = async () => scene.ask({ method: 'GET', target: '/session', headers: { cookie } });
    const { csrfToken } = JSON.parse((await get()).text) as { readonly csrfToken: string };
    const out = async (more: object) =>
      scene.ask({ method: 'DELETE', target: '/session', headers: { cookie, ...more } });
    assert.equal(codeOf(await out({})), 'csrf_token_required');
    assert.equal(codeOf(await out({ 'x-csrf-token': csrfToken, origin: 'null' })), 'cross_site_request');
    assert.equal((await out({ 'x-csrf-token': csrfToken })).status, 204);
    assert.equal(codeOf(await get()), 'api_token_required');
  });

  it('is done for nobody at an address from which ten wrong tokens came', async () => {
    const from = '127.2.0.1';
    const guess = async (authorization: string) =>
      scene.ask({ method: 'GET', target: '/sources', headers: { authorization }, from });
    for (let n = 0; n < 10; n++) assert.equal(codeOf(await guess(`Bearer guess-${n}`)), 'api_token_required');
    const told = await guess(`Bearer ${scene.token}`);
    assert.deepEqual([told.status, codeOf(told)], [429, 'too_many_wrong_tokens']);
    assert.match(told.headers['retry-after'] ?? '', /^\d+$/);
  });
});

const NOWHERE = [
  ...['/', '/nothing', '/none?x=1', '/sources/web/nothing', '/events/x/y/z', '/stats/nothing', '/deliveries//retry/x'],
  ...[
    '/tokens/none/x',
    '/session/x',
    '/%2e%2e/v1/track',
    '/.env',
    '/sources%2fweb',
    '/%zz',
    '/sources/%ff',
    `/${'a'.repeat(2_000)}/b`,
    '//',
  ],
];

describe('what is not there', () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    it(`tells nobody so but operators: ${method}`, async () => {
      for (const target of NOWHERE) {
        const nobody = await scene.ask({ method, target });
        assert.deepEqual([nobody.status, codeOf(nobody)], [401, 'api_token_required'], target);
        const admin = await scene.ask({ method, target, headers: shown['an admin by token'] });
        assert.deepEqual([admin.status, codeOf(admin)], [404, 'not_found'], target);
      }
    });
  }

  it('is what every operation is by another method', async () => {
    for (const id of IDS) {
      const { path }: Operation = OPERATIONS[id];
      const target = path.replaceAll(/\{\w+\}/g, 'none');
      const nobody = await scene.ask({ method: 'PUT', target });
      const admin = await scene.ask({ method: 'PUT', target, headers: shown['an admin by token'] });
      assert.deepEqual([nobody.status, codeOf(nobody), codeOf(admin)], [401, 'api_token_required', 'not_found'], id);
    }
  });
});
