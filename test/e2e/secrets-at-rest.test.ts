/** Secrets are nowhere in the clear: in no file of the data folder, no line of the log, no metric and no answer. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { assertNoSecret, bytesBelow, type Secrets } from '../support/leaks.ts';
import { askApi, callApi } from '../support/management-api.ts';
import { openProxy, type TestProxy } from '../support/proxy.ts';
import { openReceiver, type ReceivedRequest, type Receiver, type Script } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const { ca, good, another } = makeCertificates();
const client = another();

const SECRET = {
  shared: 'shared-secret-90ae17',
  rotated: 'rotated-secret-2b6f40',
  whsec: `whsec_${Buffer.from('standard-webhooks-secret-c801').toString('base64')}`,
  header: 'header-value-e55d09',
  oddHeader: 'header-"value"\\with-5b1c77',
  username: 'basic-user-71f3d2',
  password: 'basic-password-0c94be',
  bearer: 'bearer-token-a16e58',
  adminToken: 'operator-token-d7c2f9-0000',
  proxyUser: 'proxy-user-38b1ca',
  proxyPassword: 'proxy-password-6de402',
} as const;

const WRITE_KEY = 'wk_at_rest';
const API = { token: SECRET.adminToken };

/** All of them with the client's key, whose lines are told from those of certificates by the 30 characters in their middle. */
function secretsWith(more: Secrets): Secrets {
  const lines = client.key.split('\n').filter((line) => /^[\w+/=]{40,}$/.test(line));
  assert.ok(lines.length >= 2);
  return { ...SECRET, ...Object.fromEntries(lines.map((line, at) => [`line ${at} of the key`, line])), ...more };
}

/** All that an endpoint was sent, back in the answer's headers and body: with 500 at first, then with 200. */
function makeEchoes(): Script {
  const met = new Set<string>();
  return ({ rawHeaders, headers, url }) => {
    const delivery = `${url} ${String(headers['webhook-id'])}`;
    const status = met.has(delivery) ? 200 : 500;
    met.add(delivery);
    return { status, headers: { 'x-echo': rawHeaders.join(' ') }, body: JSON.stringify(rawHeaders) };
  };
}

let plain: Receiver;
let tls: Receiver;
let proxy: TestProxy;

before(async () => {
  plain = await openReceiver();
  tls = await openReceiver({ tls: { ...good, ca, requestCert: true, rejectUnauthorized: false } });
  proxy = await openProxy();
  plain.answer(makeEchoes());
  tls.answer(makeEchoes());
});
after(async () => {
  await Promise.all([plain.close(), tls.close(), proxy.close()]);
});

function configWith(sharedSecret: string): object {
  const delivery = { backoffMs: [10], history: 'all' };
  const common = { sources: ['web'], delivery };
  const headers = { 'X-Api-Key': SECRET.header, 'X-Odd': SECRET.oddHeader };
  return {
    network: {
      allow: ['127.0.0.0/8'],
      proxy: `http://${SECRET.proxyUser}:${SECRET.proxyPassword}@127.0.0.1:${proxy.port}`,
    },
    admin: { token: SECRET.adminToken },
    log: { level: 'debug', attempts: 'all' },
    sources: [{ id: 'web', writeKeys: [WRITE_KEY] }],
    destinations: [
      { ...common, id: 'headers', settings: { webhooks: [{ url: plain.url('/headers'), headers }], sharedSecret } },
      {
        ...{ ...common, id: 'basic' },
        settings: {
          webhookUrl: plain.url('/basic'),
          auth: { basic: { username: SECRET.username, password: SECRET.password } },
          sharedSecret: SECRET.whsec,
        },
      },
      {
        ...{ ...common, id: 'bearer' },
        settings: { webhooks: [{ url: plain.url('/bearer'), auth: { bearer: SECRET.bearer } }] },
      },
      {
        ...{ ...common, id: 'mutual' },
        settings: { webhookUrl: tls.url('/mutual'), tls: { ca, cert: client.cert, key: client.key } },
      },
      {
        ...{ ...common, id: 'down' },
        settings: { webhooks: [{ url: 'http://127.0.0.1:9/', headers }], sharedSecret: SECRET.shared },
      },
    ],
  };
}

/** Sends a call, and waits until each destination is through with it. */
async function send(sluice: SluiceProcess, messageId: string): Promise<void> {
  const call = { userId: 'u', event: 'E', messageId };
  assert.equal((await post(sluice.url, '/v1/track', call, { writeKey: WRITE_KEY })).status, 200);
  const { body } = await askApi(sluice, `/events?messageId=${messageId}`, API);
  const { data } = body as { data: readonly { id: string }[] };
  for (const id of ['headers', 'basic', 'bearer', 'mutual', 'down']) {
    await sluice.logged(
      new RegExp(`"destination":"${id}".*"eventId":"${data[0]?.id}".*"decided":"(?:delivered|dead)"`),
    );
  }
}

/** What every GET of the management API answers, and the addresses for those who watch, by their paths. */
async function answersOf(sluice: SluiceProcess): Promise<Readonly<Record<string, string>>> {
  const ids = async (path: string): Promise<readonly string[]> => {
    const { body } = await askApi(sluice, path, API);
    return (body as { data: readonly { id: string }[] }).data.map(({ id }) => `${path}/${id}`);
  };
  const paths = [
    ...['/events', '/events?refused=true', '/deliveries', '/stats', '/stats/disk', '/stats/refused', '/replays'],
    ...['/erasures', '/suppressions', '/sources', '/destinations', '/destinations/headers', '/tokens', '/audit'],
    ...(await ids('/events')),
    ...(await ids('/deliveries')),
    ...(await ids('/replays')),
  ];
  const answers: Record<string, string> = {};
  for (const path of paths) {
    const response = await callApi(sluice, path, API);
    answers[`/api/v1${path}`] = `${JSON.stringify([...response.headers])} ${await response.text()}`;
  }
  for (const path of ['/livez', '/readyz', '/metrics']) {
    const response = await fetch(`${sluice.url}${path}`, { headers: { authorization: `Bearer ${API.token}` } });
    answers[path] = await response.text();
  }
  return answers;
}

/** Every file but the one that holds the key. */
function filesOf({ dataDir }: SluiceProcess): Readonly<Record<string, string>> {
  const { 'secrets.key': key, ...others } = bytesBelow(dataDir);
  assert.ok(key !== undefined && statSync(join(dataDir, 'secrets.key')).mode % 0o1000 === 0o600);
  return others;
}

function lastAt(receiver: Receiver, path: string): ReceivedRequest {
  const last = receiver.requests.findLast(({ url }) => url === path);
  assert.ok(last !== undefined, path);
  return last;
}

/** Sees that endpoints are sent the secrets as they are. */
function assertUsed(): void {
  const { headers, rawBody } = lastAt(plain, '/headers');
  assert.deepEqual([headers['x-api-key'], headers['x-odd']], [SECRET.header, SECRET.oddHeader]);
  const hmac = (secret: string): string => createHmac('sha1', secret).update(rawBody).digest('hex');
  assert.equal(headers['x-signature'], hmac(SECRET.shared));
  assert.equal(headers['x-signature-next'], hmac(SECRET.rotated));
  const basic = Buffer.from(`${SECRET.username}:${SECRET.password}`).toString('base64');
  assert.equal(lastAt(plain, '/basic').headers.authorization, `Basic ${basic}`);
  assert.equal(lastAt(plain, '/bearer').headers.authorization, `Bearer ${SECRET.bearer}`);
  assert.match(proxy.credentials.at(-1) ?? '', /^Basic /);
}

describe('secrets at rest', () => {
  it('are in no file, line, metric or answer, whatever was sent, failed, changed or crashed', async () => {
    await using sluice = await SluiceProcess.start({ config: configWith(SECRET.shared) });
    await send(sluice, 'first');
    await sluice.configure(configWith(SECRET.rotated));
    sluice.hangUp();
    await sluice.logged(/"msg":"configuration applied"/);
    await send(sluice, 'second');
    assertUsed();
    await askApi(sluice, '/replays', { body: { destination: 'headers', filter: {} }, ...API });
    const key = readFileSync(join(sluice.dataDir, 'secrets.key'), 'utf8').trim();
    const rawKey = Buffer.from(key, 'hex').toString('latin1');
    const secrets = secretsWith({ key, basic: `${SECRET.username}:${SECRET.password}` });
    const look = (texts: Readonly<Record<string, string>>): void => {
      assertNoSecret(texts, secrets);
      for (const [where, text] of Object.entries(texts)) assert.ok(!text.includes(rawKey), `${where} has the key`);
    };

    look(await answersOf(sluice));
    look(filesOf(sluice));
    await sluice.kill9();
    look(filesOf(sluice));
    await sluice.restart();
    await send(sluice, 'third');
    // The secret from before the rotation is in no file of the configuration any more.
    assertUsed();
    look(await answersOf(sluice));
    assert.equal(await sluice.terminate(), 0);
    const files = filesOf(sluice);
    look({ ...files, stdout: sluice.stdout.join('\n'), stderr: sluice.stderr });

    // The search finds what is there: keys that may be public, and that there is something sealed.
    const workspace = files['workspace.db'] ?? '';
    for (const text of [WRITE_KEY, 'sealed:v1:', '/headers', '"***"']) assert.ok(workspace.includes(text), text);
    assert.ok(files['delivery.db']?.includes('/headers'));
    assert.match(sluice.stderr, /"outcome":"succeeded"/);
  });
});

describe('a data folder whose key', () => {
  async function refusedBy(sluice: SluiceProcess): Promise<string> {
    const from = sluice.stderr.length;
    await assert.rejects(sluice.restart());
    assertNoSecret({ stderr: sluice.stderr }, SECRET);
    return sluice.stderr.slice(from);
  }

  it('is gone, another one or open to everybody is refused with the way out, and goes on with the right one', async () => {
    await using sluice = await SluiceProcess.start({ config: configWith(SECRET.shared) });
    await sluice.terminate();
    const file = join(sluice.dataDir, 'secrets.key');
    const key = readFileSync(file, 'utf8');
    const before = readFileSync(join(sluice.dataDir, 'workspace.db'));

    writeFileSync(file, `${'ab'.repeat(32)}\n`);
    assert.match(
      await refusedBy(sluice),
      /sealed with another key than that of \S+secrets\.key; put the right one back/,
    );
    await sluice.configure({ ...configWith(SECRET.shared), secrets: { key: 'cd'.repeat(32) } });
    assert.match(await refusedBy(sluice), /another key than that of the setting `secrets\.key`/);
    assert.deepEqual(readFileSync(join(sluice.dataDir, 'workspace.db')), before);

    await sluice.configure(configWith(SECRET.shared));
    writeFileSync(file, key);
    chmodSync(file, 0o644);
    assert.match(await refusedBy(sluice), /everybody on this machine may open it \(mode 644\); `chmod 600` it/);
    rmSync(file);
    assert.match(await refusedBy(sluice), /a key which is gone: \S+secrets\.key is not there/);

    // Changed over to the key of the configuration.
    const secrets = { key: 'cd'.repeat(32), previousKey: key.trim() };
    await sluice.configure({ ...configWith(SECRET.shared), secrets });
    await sluice.restart();
    await sluice.terminate();
    writeFileSync(file, key, { mode: 0o600 });
    await sluice.configure(configWith(SECRET.shared));
    assert.match(await refusedBy(sluice), /another key than that of \S+secrets\.key/);
  });
});
