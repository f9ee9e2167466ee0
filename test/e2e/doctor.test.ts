/** `sluice doctor`: that it finds what is broken, says what to do, and breaks nothing itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { ownEnvironment, runSluice } from '../support/command-line.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { lastingPort, SluiceProcess } from '../support/sluice-process.ts';
import { openSmallDisk } from '../support/small-disk.ts';

interface Finding {
  readonly state: 'ok' | 'warning' | 'problem';
  readonly check: string;
  readonly text: string;
  readonly wayOut: string | null;
}

const PROGRAM = join(import.meta.dirname, '../../bin/sluice');
const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-'));
let receiver: Receiver;
let certificates: Certificates;
before(async () => {
  receiver = await openReceiver();
  certificates = makeCertificates();
});
after(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** A configuration with one thing or another in it, on a port that nobody has. */
async function configFile(name: string, more: object = {}): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  const config = {
    http: { port: await lastingPort() },
    dataDir: join(folder, name),
    storage: { reserve: '0B' },
    ...more,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

interface Examined {
  readonly status: number | null;
  readonly of: (check: string) => Finding | undefined;
}

function examinedOf({ status, stdout }: { readonly status: number | null; readonly stdout: string }): Examined {
  const { parts, isWell } = JSON.parse(stdout) as { isWell: boolean; parts: { findings: Finding[] }[] };
  assert.equal(status, isWell ? 0 : 1);
  const findings = parts.flatMap((part) => part.findings);
  return { status, of: (check) => findings.find((each) => each.check === check) };
}

const examined = async (file: string) => examinedOf(await runSluice(['doctor', '--json', '--config', file]));

function assertFinding(finding: Finding | undefined, state: Finding['state'], text: RegExp, wayOut?: RegExp): void {
  assert.equal(finding?.state, state, finding?.text ?? 'it was not looked at');
  assert.match(finding.text, text);
  if (wayOut !== undefined) assert.match(finding.wayOut ?? '', wayOut);
}

const hook = (webhookUrl: string, more: object = {}) => ({ sources: ['a'], settings: { webhookUrl, ...more } });

describe('sluice doctor', () => {
  it('finds nothing wrong beside a Sluice that runs, asks its endpoints nothing, and leaves its folder as it was', async () => {
    await using sluice = await SluiceProcess.start({
      config: {
        network: { allow: ['127.0.0.0/8'] },
        storage: { reserve: '0B' },
        sources: [{ id: 'a', writeKeys: ['wk_a'] }],
        destinations: [{ id: 'hook', ...hook(receiver.url('/secret-path')) }],
      },
    });
    const names = readdirSync(sluice.dataDir);
    const port = new URL(sluice.url).port;
    const args = ['doctor', '--config', sluice.configFile, '--data-dir', sluice.dataDir];
    const env = { SLUICE_HTTP_PORT: port };
    const { of, status } = examinedOf(await runSluice([...args, '--json'], { env }));
    assert.equal(status, 0);
    assertFinding(of('lock'), 'ok', new RegExp(`a Sluice has the data folder now \\(process ${sluice.pid}\\)`));
    assertFinding(of('port'), 'ok', /^Sluice \S+ answers on 127\.0\.0\.1:\d+, and is ready$/);
    assertFinding(of('hook'), 'ok', /^http:\/\/127\.0\.0\.1:\d+ is reached within \d+ ms$/);
    for (const check of ['program', 'sync', 'disk', 'secrets key', 'API token', 'workspace'])
      assertFinding(of(check), 'ok', /./);
    const { stdout } = await runSluice(args, { env });
    assert.match(
      stdout,
      /^Configuration\n {2}ok {7}configuration.*\nMachine\n.*\nEndpoints\n {2}ok {7}hook .*\n(?:all is well|no problem, .*)\n$/s,
    );
    assert.equal(receiver.connections, 2);
    assert.equal(receiver.requests.length, 0);
    assert.deepEqual(readdirSync(sluice.dataDir), names);
  });

  it('says who has its port', async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { of } = await examined(await configFile('port', { http: { port } }));
    assertFinding(
      of('port'),
      'problem',
      new RegExp(`:${port} is taken by .+\\(process ${process.pid}\\), which is not Sluice`),
      /http\.port/,
    );
    other.close();
    const elsewhere = await examined(await configFile('address', { http: { host: '203.0.113.1' } }));
    assertFinding(elsewhere.of('port'), 'problem', /203\.0\.113\.1 is no address of this machine/);
    assertFinding(elsewhere.of('encryption'), 'warning', /in plain HTTP/);
  });

  it('says that certificates have expired, are of other names, of another key, or come without their chain', async () => {
    const { good, expired, wrongHost } = certificates;
    const findings = async (name: string, cert: string, key: string) => {
      const tls = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
      writeFileSync(tls.certificate, cert);
      writeFileSync(tls.key, key);
      const http = { port: await lastingPort(), tls, publicUrl: 'https://localhost' };
      return (await examined(await configFile(name, { http }))).of;
    };
    const old = await findings('expired', expired.cert, expired.key);
    assertFinding(old('certificate'), 'problem', /CN=Test Server has expired on 20/, /renew it/);
    const wrong = await findings('wrong', wrongHost.cert, wrongHost.key);
    assertFinding(
      wrong('names'),
      'problem',
      /libraries reach it as localhost .* the certificate is of DNS:elsewhere\.example/,
    );
    const mixed = await findings('mixed', good.cert, wrongHost.key);
    assertFinding(mixed('certificate'), 'problem', /key/);
    const short = await findings('short', good.cert, good.key);
    assertFinding(short('certificate'), 'warning', /is valid until .*, 2[34] hours more/);
    assertFinding(short('chain'), 'warning', /the certificate of CN=Test Authority is missing/, /fullchain/);
    const whole = await findings('whole', good.cert + certificates.ca, good.key);
    assertFinding(whole('chain'), 'warning', /leads to an authority of your own/);
  });

  it('says which endpoints cannot be reached, and why', async () => {
    await using secure = await secureReceiver();
    const closed = await lastingPort();
    const file = await configFile('endpoints', {
      network: { allow: ['127.0.0.0/8'], deny: ['::1'] },
      sources: [{ id: 'a', writeKeys: ['wk_a'] }],
      destinations: [
        { id: 'refused', ...hook(`http://127.0.0.1:${closed}/`) },
        { id: 'untrusted', ...hook(secure.url) },
        { id: 'trusted', ...hook(secure.url, { tls: { ca: certificates.ca } }) },
        { id: 'plain', ...hook(receiver.url().replace('http:', 'https:')) },
        { id: 'off', enabled: false, ...hook(`http://127.0.0.1:${closed}/`) },
      ],
    });
    const { of } = await examined(file);
    assertFinding(of('refused'), 'problem', /nothing listens at .* \(connection_refused\)/, /start the endpoint/);
    assertFinding(of('untrusted'), 'problem', /\(tls_untrusted\)/);
    assertFinding(of('trusted'), 'ok', /is reached within/);
    assertFinding(of('plain'), 'problem', /what answers does not speak TLS/);
    assert.equal(of('off'), undefined);
    const forbidden = await configFile('forbidden', {
      sources: [{ id: 'a', writeKeys: ['wk_a'] }],
      destinations: [{ id: 'inside', ...hook('http://localhost:8080/') }],
    });
    assertFinding(
      (await examined(forbidden)).of('inside'),
      'problem',
      /localhost resolves to .* \(address_forbidden\)/,
      /network\.allow/,
    );
  });

  it('says what is wrong with the folder, its disk, and who may read its secrets', async () => {
    const reserved = await examined(await configFile('reserved', { storage: { reserve: '1TiB' } }));
    assertFinding(reserved.of('data folder'), 'ok', /is not there yet; the first start makes it/);
    assertFinding(reserved.of('disk'), 'problem', /less than the reserve of 1 TiB: calls are answered 503/);
    const grown = await examined(await configFile('grown', { retention: { log: { size: '900TiB' } } }));
    assertFinding(grown.of('disk'), 'warning', /retention lets it grow by 900 TiB, which is .* too much/);

    const file = await configFile('open');
    mkdirSync(join(folder, 'open'));
    chmodSync(join(folder, 'open'), 0o755);
    writeFileSync(join(folder, 'open/secrets.key'), 'ab'.repeat(32));
    chmodSync(join(folder, 'open/secrets.key'), 0o644);
    const { of } = await examined(file);
    assertFinding(of('data folder'), 'warning', /can be looked into by others \(mode 755\)/, /^chmod 700/);
    assertFinding(of('content'), 'warning', /none of them is Sluice's/);
    assertFinding(of('secrets key'), 'warning', /and everybody .* \(mode 644\)/, /^chmod 600/);
  });

  it('says that everybody can read secrets in the configuration file, and not where it only refers to them', async () => {
    const token = '7fK2xWq9ZtLm-hunter2-0000';
    const clear = await configFile('clear', { admin: { token } });
    const referring = await configFile('referring', { admin: { token: '${THE_TOKEN}' } });
    chmodSync(clear, 0o644);
    chmodSync(referring, 0o644);
    assertFinding((await examined(clear)).of('config file'), 'warning', /has secrets, and everybody/, /^chmod 600/);
    const env = { THE_TOKEN: token };
    const { of } = examinedOf(await runSluice(['doctor', '--json', '--config', referring], { env }));
    assert.equal(of('config file'), undefined);
  });

  it('says that a folder cannot be written by who asks', async () => {
    const dataDir = join(folder, 'closed');
    mkdirSync(dataDir);
    // Root may write anywhere, and looks on as somebody else.
    const isRoot = process.getuid?.() === 0;
    const as = isRoot ? { uid: 65_534, gid: 65_534 } : {};
    if (isRoot) chownSync(dataDir, 0, 0);
    chmodSync(dataDir, 0o555);
    chmodSync(folder, 0o755);
    const child = spawn(PROGRAM, ['doctor', '--json', '--data-dir', dataDir], {
      ...{ env: ownEnvironment(), cwd: tmpdir(), stdio: ['ignore', 'pipe', 'inherit'], ...as },
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const [status] = (await once(child, 'close')) as [number];
    const { of } = examinedOf({ status, stdout });
    assertFinding(of('data folder'), 'problem', /cannot be read and written by user/, /chown -R/);
  });

  it('says that a disk is full', async (test) => {
    using disk = openSmallDisk();
    if (disk.kind !== 'tmpfs') {
      test.skip('nobody may mount a small disk here');
      return;
    }
    mkdirSync(disk.folder, { mode: 0o700 });
    disk.fillUp(process.pid);
    const { of } = await examined(await configFile('full', { dataDir: disk.folder }));
    assertFinding(of('sync'), 'problem', /ENOSPC/, /make room/);
    assertFinding(of('file system'), 'warning', /in memory \(tmpfs\), and gone when the machine is restarted/);
  });

  it('tells all mistakes of the configuration, and looks at what needs none', async () => {
    const file = await configFile('mistaken', { http: { port: 'x' }, admin: { token: 'password-password' } });
    const { of, status } = await examined(file);
    assert.equal(status, 1);
    assertFinding(of('configuration'), 'problem', /http\.port.*\n.*admin\.token.*can be guessed/s, /config check/);
    assertFinding(of('program'), 'ok', /Node\.js/);
    const { stdout } = await runSluice(['doctor', '--config', file]);
    assert.match(
      stdout,
      /^Configuration\n {2}problem {2}configuration .*\n.*→ correct it; .*\n1 problem, \d+ warnings?\n$/s,
    );
  });
});

/** An endpoint with a certificate of the tests' authority. */
async function secureReceiver(): Promise<AsyncDisposable & { readonly url: string }> {
  const secure = await openReceiver({ tls: certificates.good });
  return { url: secure.url(), [Symbol.asyncDispose]: async () => secure.close() };
}
