import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeCertificates } from '../../test/support/certificates.ts';
import { pemFileBytesMax } from '../domain/limits.ts';
import { certificateOf, readPair } from './certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-certificate-'));
after(() => {
  rmSync(folder, { recursive: true });
});
const { ca, good, expired, selfSigned } = makeCertificates();
const FILES = { certificate: '/tls/fullchain.pem', key: '/tls/privkey.pem' };

function made(cert: string, key: string) {
  return certificateOf({ certificate: Buffer.from(cert), key: Buffer.from(key) }, FILES);
}

describe('a certificate with its key', () => {
  it('is made of a chain, of an expired certificate, and of one that signed itself', () => {
    const { validFromMs, validToMs } = made(`subject=CN = Test\n${good.cert}${ca}`, good.key);
    assert.equal(validToMs - validFromMs, 2 * 86_400_000);
    assert.ok(made(expired.cert, expired.key).validToMs < Date.now());
    assert.ok(made(selfSigned.cert, selfSigned.key).cert.includes('CERTIFICATE'));
  });

  it('is made of one file that holds both', () => {
    const both = `${good.key}${good.cert}`;
    assert.ok(made(both, both).key.includes('PRIVATE KEY'));
  });

  it('is refused where the two do not belong together, naming both', () => {
    assert.throws(() => made(good.cert, selfSigned.key), { code: 'tls_key_mismatch', details: FILES });
    assert.throws(() => made(`${ca}${good.cert}`, good.key), { code: 'tls_key_mismatch' });
  });

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const sealed = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  const sealedByOld = privateKey.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  const mistakes: readonly (readonly [what: string, cert: string, key: string, message: RegExp])[] = [
    ['an empty certificate', '', good.key, /fullchain\.pem.*it holds no certificate in PEM/],
    ['a key in the place of the certificate', good.key, good.key, /fullchain\.pem.*no certificate in PEM/],
    ['a certificate that was cut', good.cert.slice(0, 200), good.key, /what it holds is no certificate/],
    ['a chain that was cut', `${good.cert}${ca.slice(0, 200)}`, good.key, /fullchain\.pem/],
    ['a certificate in the place of the key', good.cert, good.cert, /privkey\.pem.*no private key in PEM/],
    ['an empty key', good.cert, '', /no private key in PEM/],
    ['a key that needs a passphrase', good.cert, sealed, /it needs a passphrase; `openssl pkey/],
    ['one in the old form', good.cert, sealedByOld, /it needs a passphrase/],
  ];
  for (const [what, cert, key, message] of mistakes) {
    it(`is refused for ${what}`, () => {
      assert.throws(() => made(cert, key), { code: 'tls_file_invalid', message });
    });
  }
});

describe('a file of a certificate', () => {
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('is read through links', async () => {
    const key = file('key.pem', good.key);
    symlinkSync(file('cert.pem', good.cert), join(folder, 'link.pem'));
    const pair = await readPair({ certificate: join(folder, 'link.pem'), key });
    assert.equal(pair.certificate.toString(), good.cert);
  });

  it('is refused with what is wrong with it, and without waiting', async () => {
    const key = file('key.pem', good.key);
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const [certificate, reason] of [
      [join(folder, 'missing'), 'there is no such file'],
      [join(key, 'below'), 'there is no such file'],
      [join(folder, 'folder'), 'it is not a regular file'],
      [join(folder, 'pipe'), 'it is not a regular file'],
      [file('large', 'x'.repeat(pemFileBytesMax + 1)), `it is larger than ${pemFileBytesMax} bytes`],
    ] as const) {
      const details = { file: certificate, setting: 'certificate', reason };
      await assert.rejects(readPair({ certificate, key }), { code: 'tls_file_unreadable', details });
      await assert.rejects(readPair({ certificate: key, key: certificate }), {
        details: { ...details, setting: 'key' },
      });
    }
  });
});
