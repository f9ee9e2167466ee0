/** Which Sluice the command line talks to, and what it says of one that it does not reach. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Certificate, makeCertificates } from '../support/certificates.ts';
import { runSluice } from '../support/command-line.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

const TOKEN = 'hunter2-7fK2xWq9ZtLm-0000';
const home = mkdtempSync(join(tmpdir(), 'sluice-home-'));
const env = { XDG_CONFIG_HOME: home };
let sluice: SluiceProcess;
before(async () => {
  sluice = await SluiceProcess.start({ config: { admin: { token: TOKEN }, storage: { reserve: '0B' } } });
});
after(async () => {
  await sluice.close();
  rmSync(home, { recursive: true });
});

const profiles = async (...args: readonly string[]) => runSluice(['profiles', ...args], { env });

describe('sluice profiles', () => {
  it('keeps a Sluice with its token, once that is known there', async () => {
    const wrong = await profiles('add', 'prod', '--url', sluice.url, '--token', 'wrong');
    assert.equal(wrong.status, 5);
    assert.match(wrong.stderr, /the token of this profile is none that it knows\ngive one with --token-file/);
    assert.deepEqual(JSON.parse((await profiles('list', '--json')).stdout), []);

    const args = ['profiles', 'add', 'prod', '--url', `${sluice.url}/`, '--token-file', '-'];
    const { status, stdout } = await runSluice(args, { env, input: `${TOKEN}\n` });
    assert.equal(stdout, `prod is ${sluice.url}, asked as admin token (admin)\ncommands go there now\n`);
    assert.equal(status, 0);
    assert.equal(statSync(join(home, 'sluice/profiles.json')).mode & 0o777, 0o600);
  });

  it('lists them without their tokens, changes which is in use, and forgets them', async () => {
    await profiles('add', 'away', '--url', 'https://sluice.example/below', '--token', 'other-token', '--no-check');
    const listed = await profiles('list');
    assert.match(listed.stdout, /^PROFILE +URL +TOKEN\nprod +http:\S+ +kept +in use\naway +https:\S+below +kept\n$/);
    assert.equal((await profiles('use', 'away')).stdout, 'commands go to https://sluice.example/below now (away)\n');
    const { stdout } = await profiles('list', '--json');
    assert.doesNotMatch(stdout + listed.stdout, /other-token|hunter2/);
    assert.match(stdout, /"isCurrent": true/);
    const removed = await profiles('remove', 'away');
    assert.match(removed.stderr, /it was in use: commands go to http:\/\/127\.0\.0\.1:8080 now/);
    assert.equal((await profiles('use', 'away')).status, 6);
    assert.equal((await profiles('add', '../x', '--url', sluice.url)).status, 2);
  });

  it('refuses a file that others can read', async () => {
    chmodSync(join(home, 'sluice/profiles.json'), 0o644);
    const { status, stderr } = await profiles('list');
    assert.equal(status, 1);
    assert.match(stderr, /has tokens, and others may read it\nmake it yours alone: chmod 600 '\S+profiles\.json'\n$/);
  });
});

/** What a command ends with that asks there. */
async function asked(url: string, more: Readonly<Record<string, string>> = {}) {
  const args = ['profiles', 'add', 'x', '--url', url];
  return runSluice(args, { env: { XDG_CONFIG_HOME: join(home, 'none'), ...more } });
}

describe('a Sluice that is not reached', () => {
  it('is said to be away, with what to do', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const { port } = unused.address() as AddressInfo;
    unused.close();
    const { status, stderr, stdout } = await asked(`http://127.0.0.1:${port}`);
    assert.deepEqual([status, stdout], [4, '']);
    assert.match(stderr, /^sluice: nothing listens at http:\/\/127\.0\.0\.1:\d+\n.*name another with --url/i);
  });

  it('asks for a token, and names the ways to give one', async () => {
    const { status, stderr } = await asked(sluice.url);
    assert.equal(status, 5);
    assert.match(stderr, /it asks for an API token\ngive one with --token-file FILE or SLUICE_TOKEN, or keep it: /);
  });

  it('is told apart from something else that answers there, whose text does nothing to the terminal', async () => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/moved') === true) response.writeHead(302, { location: '/elsewhere' }).end();
      else response.end('\u001b]0;owned\u0007<html>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const other = await asked(url);
    assert.equal(other.status, 4);
    assert.match(other.stderr, /what answers at \S+ is not Sluice: .*\\u\{1b\}\]0;owned/);
    assert.match((await asked(`${url}/moved`)).stderr, /answers with a redirect \(302\)/);
    server.close();
  });

  it('has a certificate of an authority that is not known, until it is; and stands below a path of a proxy', async () => {
    const { ca, good, expired, wrongHost } = makeCertificates();
    const trusted = join(home, 'ca.pem');
    writeFileSync(trusted, ca);
    const problems: Record<string, string> = {};
    for (const [name, certificate] of Object.entries({ good, expired, wrongHost })) {
      await using proxy = await openProxy(certificate);
      const { status, stderr } = await asked(proxy.url, name === 'good' ? {} : { NODE_EXTRA_CA_CERTS: trusted });
      assert.equal(status, 4);
      problems[name] = stderr;
      if (name !== 'good') continue;
      const known = await asked(proxy.url, { NODE_EXTRA_CA_CERTS: trusted, SLUICE_TOKEN: TOKEN });
      assert.match(known.stdout, /^x is https:.*\/below, asked as admin token/);
    }
    assert.match(problems['good'] ?? '', /is signed by no authority that is known here .*\n.*NODE_EXTRA_CA_CERTS=/);
    assert.match(problems['expired'] ?? '', /has expired/);
    assert.match(problems['wrongHost'] ?? '', /the certificate is of another host than 127\.0\.0\.1/);
  });

  it('speaks HTTP where it was named with https', async () => {
    const { status, stderr } = await asked(sluice.url.replace('http:', 'https:'));
    assert.equal(status, 4);
    assert.match(stderr, /no TLS with 127\.0\.0\.1:\d+: .*wrong version number\ndoes it speak plain HTTP\?/i);
  });
});

/** A proxy that has the Sluice below `/below`. */
async function openProxy(certificate: Certificate): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createHttpsServer(certificate, (request, response) => {
    const target = `${sluice.url}${(request.url ?? '').replace('/below', '')}`;
    const { authorization = '' } = request.headers;
    void fetch(target, authorization === '' ? {} : { headers: { authorization } }).then(async (answer) => {
      response.writeHead(answer.status).end(await answer.text());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/below`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
