/** Invariant 7: secrets stay in, whatever fails. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { assertNoSecret as assertNoneOf } from '../support/leaks.ts';
import { openRawReceiver, openReceiver, type RawReceiver, type Receiver, type Script } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

/** Each is found nowhere else, so that finding it is a leak. */
const SECRET = {
  shared: 'shared-secret-5f1c8e',
  whsec: `whsec_${Buffer.from('standard-webhooks-secret-91d2').toString('base64')}`,
  header: 'header-value-77ab03',
  token: 'operator-token-c4d9e1-0000',
  wrongToken: 'wrong-operator-token-8e21aa',
  writeKey: 'write-key-a8e5f2',
  unknownKey: 'unknown-write-key-b60d17',
  path: 'path-token-3e9f40',
  query: 'query-token-d1b7c6',
  password: 'url-password-64ac8b',
};

let echo: Receiver;
let untrusted: Receiver;
let broken: RawReceiver;
before(async () => {
  echo = await openReceiver();
  untrusted = await openReceiver({ tls: makeCertificates().selfSigned });
  broken = await openRawReceiver((socket) => {
    socket.once('data', (bytes) => socket.end(`no HTTP, but ${bytes.toString('latin1')}`));
  });
});
after(async () => {
  await Promise.all([echo.close(), untrusted.close(), broken.close()]);
});

/** All that an endpoint was sent, back in the answer's headers and body, as a debugging proxy does. */
const echoes = (status: number): Script => {
  return ({ rawHeaders, body, url }) => ({
    ...{ status, body: `${url} ${rawHeaders.join(' ')} ${body}` },
    headers: { 'x-echo': rawHeaders.join(' '), location: `http://user:${SECRET.password}@127.0.0.1/${SECRET.path}` },
  });
};

const secretPath = `/${SECRET.path}/x?token=${SECRET.query}`;

function config(more: Readonly<Record<string, string>> = {}): object {
  const urls = {
    echo: echo.url(secretPath),
    untrusted: untrusted.url(secretPath),
    broken: broken.url(secretPath),
    down: `http://127.0.0.1:9${secretPath}`,
    unresolved: `http://no-such-host.invalid${secretPath}`,
    ...more,
  };
  const headers = { Authorization: `Bearer ${SECRET.header}`, 'X-Api-Key': SECRET.header };
  return {
    network: { allow: ['127.0.0.0/8'] },
    admin: { token: SECRET.token },
    log: { level: 'debug', attempts: 'all' },
    sources: [{ id: 'web', writeKeys: [SECRET.writeKey] }],
    destinations: Object.entries(urls).map(([id, url], index) => ({
      ...{ id, sources: ['web'], delivery: { backoffMs: [10] } },
      settings: { webhooks: [{ url, headers }], sharedSecret: index % 2 === 0 ? SECRET.shared : SECRET.whsec },
    })),
  };
}

function assertNoSecret(texts: Readonly<Record<string, string>>): void {
  assertNoneOf(texts, SECRET);
}

/** Sees a start refused, with nothing of a secret in the reason. */
async function assertRefused(config: object, reason: RegExp): Promise<void> {
  const message = await SluiceProcess.start({ config }).then(
    async (sluice) => {
      await sluice.close();
      return 'it started';
    },
    (error: unknown) => String(error),
  );
  assert.match(message, reason);
  assertNoSecret({ stderr: message });
}

describe('secrets', () => {
  it('are in no line, page or answer, whatever an endpoint answers or a sender does wrong', async () => {
    await using sluice = await SluiceProcess.start({ config: config() });
    echo.answer(echoes(500), echoes(302), echoes(200));
    untrusted.answer(echoes(200));
    const answers: Record<string, string> = {};
    const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
      const response = await fetch(`${sluice.url}${path}`, init);
      const told = JSON.stringify([...response.headers]);
      answers[`${init.method ?? 'GET'} ${path.split('?')[0] ?? ''}`] = `${told} ${await response.text()}`;
    };
    for (const messageId of ['1', '2', '3']) {
      const call = { userId: 'u', event: 'E', messageId };
      const { status } = await post(sluice.url, '/v1/track', call, { writeKey: SECRET.writeKey });
      assert.equal(status, 200);
    }
    const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    const sent = { method: 'POST', headers: { authorization: basic(SECRET.unknownKey) } };
    await ask('/v1/track', { ...sent, body: JSON.stringify({ userId: 'u', event: 'E' }) });
    await ask('/v1/batch', { ...sent, body: `{"writeKey":"${SECRET.unknownKey}",` });
    await ask('/v1/page', { ...sent, body: JSON.stringify({ writeKey: SECRET.unknownKey, userId: 7 }) });
    await ask('/api/v1/events?refused=true', { headers: { authorization: `Bearer ${SECRET.wrongToken}` } });
    await ask('/nothing', { headers: { authorization: basic(SECRET.writeKey), 'x-api-key': SECRET.header } });

    const destinations = ['echo', 'untrusted', 'broken', 'down', 'unresolved'];
    for (const destination of destinations) {
      await sluice.logged(new RegExp(`"destination":"${destination}".*"msg":"(?:attempt succeeded|delivery is dead)"`));
    }
    for (const path of ['/livez', '/readyz', '/metrics']) await ask(path);
    await sluice.terminate();
    const { stdout, stderr } = sluice;
    assert.match(stderr, /"outcome":"succeeded"/);
    assert.match(stderr, /tls_untrusted/);
    assertNoSecret({ stdout: stdout.join('\n'), stderr, ...answers });
  });

  it('are in no line when the configuration has mistakes beside them', async () => {
    const { destinations, ...rest } = config() as { destinations: object[] };
    const bad = {
      ...{
        id: 'bad',
        sources: ['nobody'],
        type: SECRET.shared.length,
        delivery: { retries: SECRET.header.length * 100 },
      },
      settings: {
        webhooks: [
          { url: `https://user:${SECRET.password}@hooks.example/${SECRET.path}`, headers: { Host: SECRET.header } },
          {
            url: `ftp://hooks.example/${SECRET.path}`,
            headers: { 'X-Bad\n': SECRET.header, 'X-Worse': `${SECRET.header}\n` },
          },
        ],
        sharedSecret: [SECRET.shared],
      },
    };
    const mistaken = { ...rest, admin: { token: ` ${SECRET.token}` }, destinations: [...destinations, bad] };
    await assertRefused(mistaken, /mistake/);
  });

  it('are in no line when an endpoint has a forbidden address', async () => {
    await assertRefused(
      config({ forbidden: `http://10.255.255.1${secretPath}` }),
      /is 10\.255\.255\.1, which is private/,
    );
  });
});
