import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CommandFailure } from '../exit-codes.ts';
import { type ClientEnvironment, writeProfiles } from './profiles.ts';
import { type ApiFlags, baseUrl, DEFAULT_URL, targetOf, urlOf } from './target.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-target-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const EMPTY = { XDG_CONFIG_HOME: join(folder, 'empty') };
const HOME = { XDG_CONFIG_HOME: join(folder, 'kept') };
const [PRODUCTION, STAGING] = ['https://production.example', 'https://staging.example/sluice'];
writeProfiles(
  {
    current: 'production',
    profiles: new Map([
      ['production', { url: PRODUCTION, token: 'of-production' }],
      ['staging', { url: STAGING, token: null }],
    ]),
  },
  HOME,
);

function told(flags: ApiFlags, environment: ClientEnvironment): readonly [url: string, token: string | null] {
  const { url, token } = targetOf(flags, environment);
  return [url, token];
}

function usage(flags: ApiFlags, environment: ClientEnvironment): string {
  try {
    targetOf(flags, environment);
  } catch (error) {
    assert.ok(error instanceof CommandFailure && error.ending === 'usage', String(error));
    return error.message;
  }
  return assert.fail('it was taken');
}

describe('which Sluice is meant', () => {
  it('is the one of `sluice dev` where nothing is said', () => {
    assert.deepEqual(told({}, EMPTY), [DEFAULT_URL, null]);
    assert.deepEqual(told({}, { ...EMPTY, SLUICE_TOKEN: 't' }), [DEFAULT_URL, 't']);
  });

  it('is that of the profile in use, below that of the environment, below that of the flags', () => {
    assert.deepEqual(told({}, HOME), [PRODUCTION, 'of-production']);
    assert.deepEqual(told({}, { ...HOME, SLUICE_PROFILE: 'staging' }), [STAGING, null]);
    assert.deepEqual(told({}, { ...HOME, SLUICE_URL: 'https://x.example/' }), ['https://x.example', null]);
    assert.deepEqual(told({ profile: 'staging' }, { ...HOME, SLUICE_URL: 'https://x.example' }), [STAGING, null]);
    assert.deepEqual(told({ url: 'https://y.example' }, HOME), ['https://y.example', null]);
  });

  it('is asked with the token that is given, from whatever place the URL is', () => {
    assert.deepEqual(told({ token: 'given' }, HOME), [PRODUCTION, 'given']);
    assert.deepEqual(told({}, { ...HOME, SLUICE_TOKEN: 'env' }), [PRODUCTION, 'env']);
    const file = join(folder, 'token');
    writeFileSync(file, 'in-a-file\n');
    assert.deepEqual(told({ profile: 'staging', tokenFile: file }, HOME), [STAGING, 'in-a-file']);
  });

  it('never gets the token that belongs to another', () => {
    const environment = { ...HOME, SLUICE_URL: 'https://x.example/a/', SLUICE_TOKEN: 'of-x' };
    assert.deepEqual(told({ url: 'https://y.example' }, environment), ['https://y.example', null]);
    assert.deepEqual(told({ url: 'https://x.example/a' }, environment), ['https://x.example/a', 'of-x']);
    assert.deepEqual(told({ profile: 'staging' }, { ...HOME, SLUICE_TOKEN: 'env' }), [STAGING, null]);
  });

  it('cannot be told from two things that contradict each other, nor from what is none', () => {
    assert.match(usage({ url: 'https://y.example', profile: 'staging' }, HOME), /either --url or --profile/);
    assert.match(usage({ token: 'a', tokenFile: 'b' }, HOME), /either --token or --token-file/);
    assert.match(usage({}, { ...HOME, SLUICE_URL: 'https://x.example', SLUICE_PROFILE: 'staging' }), /both set/);
    assert.match(usage({ profile: 'no\u001b[2J' }, HOME), /no profile no\\u\{1b\}.*there are production, staging/);
    assert.match(usage({ profile: 'x' }, EMPTY), /none yet; make it with `sluice profiles add`/);
    assert.match(usage({}, { ...HOME, SLUICE_URL: 'ftp://x' }), /^SLUICE_URL: It must be the URL of a Sluice/);
    assert.match(usage({ token: 'a b' }, HOME), /--token holds no token/);
    assert.match(usage({ tokenFile: join(folder, 'none') }, HOME), /cannot read .*none/);
  });
});

describe('the URL of a Sluice', () => {
  it('keeps the path below which a proxy has it, and not what people copy with it', () => {
    const urls = {
      'https://x.example': 'https://x.example',
      'https://x.example/sluice/': 'https://x.example/sluice',
      'https://x.example/a/b//': 'https://x.example/a/b',
      'http://127.0.0.1:8080/dashboard/events?x=1#y': 'http://127.0.0.1:8080',
      'https://x.example/sluice/api/v1': 'https://x.example/sluice',
      'https://x.example/dashboards': 'https://x.example/dashboards',
    };
    for (const [text, url] of Object.entries(urls)) assert.equal(baseUrl(text), url);
  });

  it('has no other scheme, and no password in it', () => {
    for (const text of ['localhost:8080', 'file:///x', 'https://a:b@x.example', '', '//x']) {
      assert.throws(() => urlOf(text), /It must be the URL of a Sluice/);
    }
  });
});
