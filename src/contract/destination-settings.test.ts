import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { makeCertificates } from '../../test/support/certificates.ts';
import { masked } from './masked.ts';
import { destinationSettings } from './destination-settings.ts';
import { CONFIG_SCHEMA } from '../config/settings.ts';
import { configSchema } from '../config/schema.ts';

const URL_ONLY = { webhookUrl: 'https://a.example' };
const certificates = makeCertificates();

/** What is wrong, each with its place. */
function mistakes(settings: object): string[] {
  const { error } = destinationSettings.safeParse({ ...URL_ONLY, ...settings });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe("a destination's auth", () => {
  for (const auth of [
    { basic: { username: 'sluice', password: 'Zoë: ☃' } },
    { basic: { username: 'sk_live', password: '' } },
    { bearer: 'abc.DEF-_~+/==' },
  ]) {
    it(`may be ${JSON.stringify(auth)}, for webhookUrl and for a webhook`, () => {
      assert.deepEqual(mistakes({ auth }), []);
      assert.deepEqual(mistakes({ webhooks: [{ url: 'https://b.example', auth }] }), []);
    });
  }
  for (const [what, auth, mistake] of [
    ['both ways at once', { basic: { username: 'a', password: 'b' }, bearer: 'c' }, /either `basic` or `bearer`/],
    ['neither', {}, /either `basic` or `bearer`/],
    ['a user name with a colon', { basic: { username: 'a:b', password: 'c' } }, /without `:`/],
    ['a password with a line break', { basic: { username: 'a', password: 'b\r\nX: 1' } }, /control characters/],
    ['a token with a space', { bearer: 'a b' }, /visible ASCII/],
    ['a token with a line break', { bearer: 'a\r\nX: 1' }, /visible ASCII/],
    ['what secrets are shown as', { bearer: '***' }, /write the secret itself/],
  ] as const) {
    it(`cannot be ${what}`, () => {
      const [first = '', ...others] = mistakes({ auth });
      assert.match(first, mistake);
      assert.deepEqual(others, []);
    });
  }
  it('cannot stand beside a header that says the same', () => {
    const webhook = { url: 'https://b.example', headers: { authorization: 'Bearer x' }, auth: { bearer: 'y' } };
    assert.deepEqual(mistakes({ webhooks: [webhook] }), [
      'webhooks.0.auth: writes the header Authorization, which `headers` has too',
    ]);
  });
  it('cannot be that of a webhookUrl which is ignored', () => {
    const [mistake = ''] = mistakes({ auth: { bearer: 'x' }, webhooks: [{ url: 'https://b.example' }] });
    assert.match(mistake, /^auth: belongs to `webhookUrl`, which is ignored/);
  });
});

describe("a destination's tls", () => {
  const { good, another, ca } = certificates;
  const other = another();
  const encrypted = createPrivateKey(good.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });

  for (const [what, tls] of [
    ['an authority', { ca }],
    ['several authorities', { ca: `# two\n${ca}${good.cert}` }],
    ['a certificate with its key', good],
    ['a certificate that has expired', certificates.expired],
    ['all of it', { ca, cert: `${good.cert}${ca}`, key: good.key }],
  ] as const) {
    it(`may have ${what}`, () => {
      assert.deepEqual(mistakes({ tls }), []);
    });
  }
  for (const [what, tls, mistake] of [
    ['an authority that is no PEM', { ca: '/etc/ssl/ca.pem' }, /^tls\.ca: holds no certificate in PEM/],
    ['a key for an authority', { ca: good.key }, /^tls\.ca: holds no certificate/],
    ['a broken authority behind a good one', { ca: `${ca}${broken(ca)}` }, /^tls\.ca: holds what is no .*number 2/],
    ['a certificate without key', { cert: good.cert }, /^tls\.cert: needs its private key/],
    ['a key without certificate', { key: good.key }, /^tls\.key: needs its certificate/],
    ['a key that is none', { cert: good.cert, key: 'hunter2' }, /^tls\.key: holds no private key in PEM/],
    ['a key with a passphrase', { cert: good.cert, key: encrypted }, /^tls\.key: needs a passphrase/],
    ["another certificate's key", { cert: good.cert, key: other.key }, /^tls\.key: is not the key of the first/],
    ['the file in place of its text', { ca: 7 }, /^tls\.ca: /],
  ] as const) {
    it(`cannot have ${what}`, () => {
      const [first = '', ...others] = mistakes({ tls });
      assert.match(first, mistake);
      assert.doesNotMatch(first, /hunter2/);
      assert.deepEqual(others, []);
    });
  }
});

function broken(pem: string): string {
  return pem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
}

describe('what is shown of settings', () => {
  it('has no user name, password, token or private key in it, and no credentials of a proxy', () => {
    const file = {
      network: { proxy: 'http://hunter:hunter2@proxy.example:3128' },
      destinations: [
        {
          settings: {
            auth: { basic: { username: 'hunter', password: 'hunter2' } },
            webhooks: [{ url: 'https://a.example', auth: { bearer: 'hunter2' } }],
            tls: { ...certificates.good },
          },
        },
      ],
    };
    const shown = JSON.stringify(masked(CONFIG_SCHEMA, file));
    assert.doesNotMatch(shown, /hunter|PRIVATE KEY/);
    assert.match(shown, /http:\/\/proxy\.example:3128/);
  });
});

describe('network.proxy', () => {
  const isTaken = (proxy: string): boolean => configSchema.safeParse({ network: { proxy } }).success;

  for (const proxy of ['http://proxy.example:3128', 'http://10.0.0.1', 'http://[::1]:3128/', 'http://a%40b:c%3A@p:1']) {
    it(`may be ${proxy}`, () => {
      assert.equal(isTaken(proxy), true);
    });
  }
  for (const proxy of [
    ...['', 'proxy.example:3128', 'https://proxy.example', 'socks5://proxy.example', 'http://proxy.example/path'],
    ...[
      'http://proxy.example?x',
      'http://a%3ab:c@proxy',
      'http://%zz:c@proxy',
      'http://a\\@proxy',
      'http://p\n:1',
      'http://p:0',
    ],
  ]) {
    it(`cannot be ${JSON.stringify(proxy)}`, () => {
      assert.equal(isTaken(proxy), false);
    });
  }
});
