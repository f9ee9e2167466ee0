/** HTTPS of its own, by real handshakes, and what it believes of a reverse proxy. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { type Certificate, makeCertificates } from '../support/certificates.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const { ca, good, expired, selfSigned, another } = makeCertificates();
const SOURCES = [{ id: 'web', writeKeys: ['wk_web'] }];
const CALL = { userId: 'u1', event: 'Bought' };

let folder: string;
let receiver: Receiver;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
  writeFileSync(join(folder, 'ca.pem'), ca);
});
after(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  receiver = await openReceiver();
});
afterEach(async () => receiver.close());

/** Files as certbot lays them out: names that stay, which are links to files that are written once. */
function place({ cert, key }: Certificate): { readonly certificate: string; readonly key: string } {
  const version = mkdtempSync(join(folder, 'version-'));
  const link = (name: string, content: string): string => {
    writeFileSync(join(version, name), content, { mode: 0o600 });
    const path = join(folder, name);
    symlinkSync(join(version, name), `${path}.new`);
    renameSync(`${path}.new`, path);
    return path;
  };
  return { certificate: link('fullchain.pem', cert), key: link('privkey.pem', key) };
}

function configOf(http: object): object {
  return {
    http,
    network: { allow: ['127.0.0.0/8'] },
    sources: SOURCES,
    destinations: [{ id: 'hook', sources: ['web'], settings: { webhookUrl: receiver.url() } }],
  };
}

async function start(certificate: Certificate, env: Readonly<Record<string, string>> = {}): Promise<SluiceProcess> {
  return SluiceProcess.start({ config: configOf({ tls: place(certificate) }), env });
}

interface Answered {
  readonly status: number;
  readonly serial: string;
}

/** One call over HTTPS, and the serial number of the certificate that its connection was made with. */
async function send(url: string, agent: Agent): Promise<Answered> {
  const headers = { authorization: `Basic ${btoa('wk_web:')}` };
  const request = httpsRequest(`${url}/v1/track`, { method: 'POST', agent, headers });
  request.end(JSON.stringify(CALL));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return { status: response.statusCode ?? 0, serial: (request.socket as TLSSocket).getPeerCertificate().serialNumber };
}

async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function textOf(socket: Socket): Promise<string> {
  const chunks = (await socket.toArray()) as Buffer[];
  return Buffer.concat(chunks).toString();
}

const portOf = ({ url }: SluiceProcess): number => Number(new URL(url).port);

describe('HTTPS', () => {
  it('takes calls, says https in its ready line, and stops as ever', async () => {
    await using sluice = await start(good);
    assert.match(sluice.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.match(await sluice.logged(/"msg":"listening"/), /"url":"https:/);
    const agent = new Agent({ ca });
    assert.equal((await send(sluice.url, agent)).status, 200);
    assert.match((await receiver.next()).body, /"event":"Bought"/);
    assert.equal(await sluice.terminate(), 0);
  });

  it('speaks TLS 1.2 and 1.3 and HTTP/1.1, whatever name is asked for', async () => {
    await using sluice = await start(good);
    const port = portOf(sluice);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake(port, { minVersion: version, maxVersion: version });
      assert.equal(socket.getProtocol(), version);
      socket.destroy();
    }
    const both = await handshake(port, { ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(both.alpnProtocol, 'http/1.1');
    both.destroy();
    const named = await handshake(port, { servername: 'elsewhere.example', checkServerIdentity: () => undefined });
    assert.equal(named.authorized, true);
    named.destroy();
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await assert.rejects(handshake(port, old), { code: /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/ });
    await assert.rejects(handshake(port, { ALPNProtocols: ['h2'] }), { code: /NO_APPLICATION_PROTOCOL/ });
    assert.equal((await send(sluice.url, new Agent({ ca }))).status, 200);
  });

  it('tells whoever sends plain HTTP, and closes on whoever sends noise', async () => {
    await using sluice = await start(good);
    const port = portOf(sluice);
    const plain = connectTcp(port, '127.0.0.1');
    plain.write('POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}');
    const answer = await textOf(plain);
    assert.match(answer, /^HTTP\/1\.1 400 .*"code":"https_required"/s);
    const noise = connectTcp(port, '127.0.0.1');
    noise.on('error', () => undefined).end(Buffer.alloc(2_000, 0xff));
    noise.resume();
    await once(noise, 'close');
    const gone = connectTcp(port, '127.0.0.1');
    await once(gone, 'connect');
    gone.resetAndDestroy();
    assert.equal((await send(sluice.url, new Agent({ ca }))).status, 200);
  });

  it('waits for no handshake that never comes when it stops', async () => {
    await using sluice = await start(good);
    const silent = connectTcp(portOf(sluice), '127.0.0.1');
    await once(silent, 'connect');
    const idle = await handshake(portOf(sluice));
    const closed = [silent, idle].map(async (socket) => once(socket.resume(), 'close'));
    const startedAtMs = performance.now();
    assert.equal(await sluice.terminate(), 0);
    await Promise.all(closed);
    assert.ok(performance.now() - startedAtMs < 4_000, 'before it would cut them off');
  });

  it('takes a library as it is, which trusts the authority by NODE_EXTRA_CA_CERTS', async () => {
    await using sluice = await start(good);
    const library = spawn(
      join(import.meta.dirname, '../../bin/node'),
      [join(import.meta.dirname, '../../examples/send-with-analytics-node.ts')],
      {
        env: {
          ...process.env,
          NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
          SLUICE_URL: sluice.url,
          SLUICE_WRITE_KEY: 'wk_web',
        },
        stdio: 'inherit',
      },
    );
    assert.deepEqual(await once(library, 'exit'), [0, null]);
    assert.match((await receiver.next()).body, /Purchased an Item/);
  });
});

describe('a certificate', () => {
  it('is replaced on SIGHUP for new connections, and open ones go on', async () => {
    await using sluice = await start(good);
    const kept = new Agent({ ca, keepAlive: true, maxSockets: 1 });
    const first = await send(sluice.url, kept);
    place(another());
    sluice.hangUp();
    await sluice.logged(/"msg":"the certificate was replaced/);
    assert.deepEqual(await send(sluice.url, kept), first);
    const second = await send(sluice.url, new Agent({ ca }));
    assert.equal(second.status, 200);
    assert.notEqual(second.serial, first.serial);
    kept.destroy();
  });

  it('stays in use in place of a bad one, of which the log tells', async () => {
    await using sluice = await start(good);
    const { serial } = await send(sluice.url, new Agent({ ca }));
    const { key } = place({ cert: another().cert, key: selfSigned.key });
    sluice.hangUp();
    assert.match(await sluice.logged(/the old one stays/), /"code":"tls_key_mismatch"/);
    unlinkSync(key);
    sluice.hangUp();
    await sluice.logged(/"code":"tls_file_unreadable"/);
    assert.equal((await send(sluice.url, new Agent({ ca }))).serial, serial);
  });

  it('that has expired is used, with a warning that says since when', async () => {
    await using sluice = await start(expired);
    assert.match(await sluice.logged(/the certificate has expired/), /"level":"warn".*"validTo":"\d{4}-/);
    await assert.rejects(send(sluice.url, new Agent({ ca })), { code: 'CERT_HAS_EXPIRED' });
  });

  it('keeps the server from starting when the two files do not belong together, or one is missing', async () => {
    const mismatched = place({ cert: good.cert, key: selfSigned.key });
    await assert.rejects(
      SluiceProcess.start({ config: configOf({ tls: mismatched }) }),
      /is not that of the first cert/,
    );
    const missing = { ...mismatched, key: join(folder, 'nothing.pem') };
    await assert.rejects(SluiceProcess.start({ config: configOf({ tls: missing }) }), /nothing\.pem.*there is no such/);
  });

  it('may come from the environment, the key from the file', async () => {
    const { certificate, key } = place(good);
    const env = { SLUICE_HTTP_TLS_CERTIFICATE: certificate };
    await using sluice = await SluiceProcess.start({ config: configOf({ tls: { key } }), env });
    assert.equal((await send(sluice.url, new Agent({ ca }))).status, 200);
    await assert.rejects(SluiceProcess.start({ config: configOf({}), env }), /has a `certificate` and no `key`/);
  });

  it('is nothing to `sluice dev`, which speaks plain HTTP to this machine', async () => {
    const config = configOf({ tls: { certificate: 'none.pem', key: 'none.pem' }, trustedProxies: ['127.0.0.1'] });
    await using sluice = await SluiceProcess.start({ command: 'dev', config });
    assert.match(sluice.url, /^http:/);
    await sluice.printed(/http\.tls and http\.trustedProxies are ignored/);
    assert.equal((await fetch(`${sluice.url}/api/v1/bins/dev/requests`)).status, 200);
  });
});

describe('a reverse proxy', () => {
  const FORWARDED = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9', 'x-forwarded-proto': 'https' };

  async function contextOf(sluice: SluiceProcess, path: string, call: object, headers: object): Promise<unknown> {
    const { status } = await post(sluice.url, path, call, { writeKey: 'wk_web', headers: { ...headers } });
    assert.equal(status, 200);
    return (JSON.parse((await receiver.next()).body) as { context: { ip?: unknown } }).context.ip;
  }

  it("that is trusted names the device's address, and `context.ip` is that where it may be", async () => {
    await using sluice = await SluiceProcess.start({ config: configOf({ trustedProxies: ['127.0.0.0/8'] }) });
    const table: readonly (readonly [path: string, context: object | undefined, headers: object, ip: unknown])[] = [
      ['/v1/t', undefined, FORWARDED, '203.0.113.9'],
      ['/v1/t', undefined, { 'x-forwarded-for': '::ffff:203.0.113.9' }, '203.0.113.9'],
      ['/v1/t', undefined, { 'x-forwarded-for': '2001:db8::9' }, undefined],
      ['/v1/t', { ip: '192.0.2.7' }, FORWARDED, '192.0.2.7'],
      ['/v1/t', { ip: '0.0.0.0' }, FORWARDED, '0.0.0.0'],
      ['/v1/t', { ip: null }, FORWARDED, null],
      ['/v1/t', undefined, {}, '127.0.0.1'],
      ['/v1/track', undefined, FORWARDED, undefined],
      ['/v1/track', { direct: true }, FORWARDED, '203.0.113.9'],
    ];
    for (const [path, context, headers, ip] of table) {
      assert.equal(await contextOf(sluice, path, { ...CALL, context }, headers), ip, JSON.stringify([path, context]));
    }
  });

  it('that is not trusted says nothing', async () => {
    await using sluice = await SluiceProcess.start({ config: configOf({ trustedProxies: ['10.0.0.0/8'] }) });
    assert.equal(await contextOf(sluice, '/v1/t', CALL, FORWARDED), '127.0.0.1');
  });

  it('that is trusted is asked for the API token where this machine is not', async () => {
    await using direct = await SluiceProcess.start({ config: configOf({}) });
    assert.equal((await fetch(`${direct.url}/metrics`)).status, 200);
    assert.equal((await fetch(`${direct.url}/metrics`, { headers: FORWARDED })).status, 401);
    await using behind = await SluiceProcess.start({ config: configOf({ trustedProxies: ['127.0.0.1'] }) });
    assert.equal((await fetch(`${behind.url}/metrics`)).status, 401);
  });
});
