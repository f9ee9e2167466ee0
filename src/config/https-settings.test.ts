import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Environment } from './environment.ts';
import { type Loaded, loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-https-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function load(http: object, environment: Environment = {}): Loaded {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(file, JSON.stringify({ http }));
  return loadConfig({ file, defaultDataDir: './sluice-data', environment, flags: [] });
}

describe('http.tls', () => {
  it("has paths that begin at the file's folder, and shows where they lead", () => {
    const { config, values } = load({ tls: { certificate: 'tls/fullchain.pem', key: '/etc/privkey.pem' } });
    const tls = { certificate: join(folder, 'tls/fullchain.pem'), key: '/etc/privkey.pem' };
    assert.deepEqual(config.http.tls, tls);
    assert.deepEqual((values as { http: unknown }).http, {
      ...{ host: '127.0.0.1', port: 8080 },
      tls,
      trustedProxies: [],
      threads: 1,
    });
  });

  it('has paths of the environment that begin where Sluice is started', () => {
    const { config, originOf } = load({ tls: { key: 'a.pem' } }, { SLUICE_HTTP_TLS_CERTIFICATE: 'b.pem' });
    assert.deepEqual(config.http.tls, { certificate: join(process.cwd(), 'b.pem'), key: join(folder, 'a.pem') });
    assert.equal(originOf(['http', 'tls', 'certificate']), 'SLUICE_HTTP_TLS_CERTIFICATE');
  });

  it('is plain HTTP with neither, and a mistake with one of the two', () => {
    assert.equal(load({}).config.http.tls, null);
    assert.equal(load({ tls: {} }).config.http.tls, null);
    assert.throws(() => load({ tls: { key: 'a.pem' } }), {
      code: 'config_invalid',
      message: /sluice\.yaml:1: http\.tls: has a `key` and no `certificate`; set both for HTTPS, or neither/,
    });
    assert.throws(() => load({}, { SLUICE_HTTP_TLS_CERTIFICATE: 'b.pem' }), {
      message: /SLUICE_HTTP_TLS_CERTIFICATE: http\.tls: has a `certificate` and no `key`/,
    });
    assert.throws(() => load({ tls: { key: '', certificate: 'a.pem' } }), {
      message: /http\.tls\.key: must not be empty/,
    });
  });
});

describe('http.trustedProxies', () => {
  it('takes addresses and ranges', () => {
    const trustedProxies = ['127.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'];
    assert.deepEqual(load({ trustedProxies }).config.http.trustedProxies, trustedProxies);
    const environment = { SLUICE_HTTP_TRUSTED_PROXIES: '10.0.0.0/8, ::1' };
    assert.deepEqual(load({ trustedProxies }, environment).config.http.trustedProxies, ['10.0.0.0/8', '::1']);
  });

  it('takes no names, and no ranges that are none', () => {
    for (const wrong of ['localhost', '10.0.0.0/33', 'fe80::1%eth0', '*', ''])
      assert.throws(() => load({ trustedProxies: [wrong] }), { message: /must be an address or a range/ }, wrong);
  });
});

describe('http.publicUrl', () => {
  it('is a URL with or without a path, from the file or the environment', () => {
    assert.equal(load({}).config.http.publicUrl, null);
    const publicUrl = 'https://www.example.com/events';
    assert.equal(load({ publicUrl }).config.http.publicUrl, publicUrl);
    const environment = { SLUICE_HTTP_PUBLIC_URL: 'http://sluice.internal:8080' };
    assert.equal(load({ publicUrl }, environment).config.http.publicUrl, environment.SLUICE_HTTP_PUBLIC_URL);
  });

  it('refuses what paths cannot be put behind', () => {
    for (const wrong of [
      'events.example.com',
      'ftp://a.example',
      'https://',
      'https://u:p@a.example',
      'https://a.example/?x',
      'https://a.example/#x',
      'https://a b',
    ]) {
      assert.throws(() => load({ publicUrl: wrong }), { message: /must be a URL such as/ }, wrong);
    }
  });
});
