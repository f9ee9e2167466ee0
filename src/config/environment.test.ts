import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Environment } from './environment.ts';
import { nested, readEnvironment } from './environment-layer.ts';
import { SETTINGS } from './settings.ts';

function said(environment: Environment): unknown {
  const { given, mistakes } = readEnvironment(environment);
  assert.deepEqual(mistakes, []);
  return nested(given);
}

describe('the variables of settings', () => {
  it('are derived from their paths, and each is its own', () => {
    const variables = Object.fromEntries(SETTINGS.map(({ path, variable }) => [variable, path.join('.')]));
    assert.equal(Object.keys(variables).length, SETTINGS.length);
    const { SLUICE_HTTP_PORT, SLUICE_DATA_DIR, SLUICE_DELIVERY_DRAIN_MS, SLUICE_RETENTION_LOG_AGE } = variables;
    assert.deepEqual(
      [SLUICE_HTTP_PORT, SLUICE_DATA_DIR, SLUICE_DELIVERY_DRAIN_MS, SLUICE_RETENTION_LOG_AGE],
      ['http.port', 'dataDir', 'delivery.drainMs', 'retention.log.age'],
    );
  });

  it('leave out what lies in a list', () => {
    assert.ok(SETTINGS.every(({ path: [first = ''] }) => !['sources', 'destinations'].includes(first)));
  });
});

describe('settings from the environment', () => {
  it('are read as what the schema wants', () => {
    assert.deepEqual(
      said({
        SLUICE_HTTP_PORT: ' 0 ',
        SLUICE_ADMIN_TOKEN: '7291650384417265',
        SLUICE_NETWORK_ALLOW: '::1, 10.0.0.0/8',
      }),
      { http: { port: 0 }, admin: { token: '7291650384417265' }, network: { allow: ['::1', '10.0.0.0/8'] } },
    );
  });

  it('are not there when the variable is empty', () => {
    assert.deepEqual(
      said({ SLUICE_HTTP_PORT: '', SLUICE_NETWORK_ALLOW: '', SLUICE_PORT: '', SLUICE_X: undefined }),
      {},
    );
  });

  it('are checked as those of a file, by the name of the variable', () => {
    const environment = {
      SLUICE_HTTP_PORT: '70000',
      SLUICE_HTTP_HOST: 'http://a',
      SLUICE_DELIVERY_DRAIN_MS: '1.5',
      SLUICE_LOG_LEVEL: 'wran',
      SLUICE_NETWORK_ALLOW: '10.0.0.0/8,,x',
      SLUICE_ADMIN_TOKEN: '***',
    };
    const network = 'must be an address or a range, such as 10.1.2.3 or 10.0.0.0/8';
    assert.deepEqual(readEnvironment(environment).mistakes, [
      'SLUICE_ADMIN_TOKEN: is what secrets are shown as; write the secret itself',
      'SLUICE_ADMIN_TOKEN: must be 16 to 256 visible ASCII characters; `openssl rand -hex 32` makes one',
      'SLUICE_DELIVERY_DRAIN_MS: must be a whole number',
      'SLUICE_HTTP_HOST: must be a host name or an address alone, such as 127.0.0.1, ::1 or 0.0.0.0',
      'SLUICE_HTTP_PORT: must be at most 65535',
      'SLUICE_LOG_LEVEL: must be one of `debug`, `info`, `warn`, `error`; did you mean `warn`?',
      `SLUICE_NETWORK_ALLOW: entry 2 ${network}`,
      `SLUICE_NETWORK_ALLOW: entry 3 ${network}`,
    ]);
  });
});

describe('a variable that sets nothing', () => {
  it('is refused when it was probably meant for Sluice, with what was meant', () => {
    const meant: Readonly<Record<string, string>> = {
      SLUICE_HTTP_PROT: 'did you mean `SLUICE_HTTP_PORT`?',
      SLUICE_http_port: 'did you mean `SLUICE_HTTP_PORT`?',
      SLUICE_HTTPPORT: 'did you mean `SLUICE_HTTP_PORT`?',
      SLUICE_PORT: 'did you mean `SLUICE_HTTP_PORT`?',
      SLUICE_LOG_AGE: 'did you mean `SLUICE_RETENTION_LOG_AGE`?',
      SLUICE_CONFG: 'did you mean `SLUICE_CONFIG`?',
      SLUICE_DATADIR: 'did you mean `SLUICE_DATA_DIR`?',
      SLUICE_HTTP_ACCESS_TIMEOUT:
        'known are `SLUICE_HTTP_HOST`, `SLUICE_HTTP_PORT`, `SLUICE_HTTP_TLS_CERTIFICATE`, `SLUICE_HTTP_TLS_KEY`, `SLUICE_HTTP_TRUSTED_PROXIES`, `SLUICE_HTTP_PUBLIC_URL`, `SLUICE_HTTP_THREADS`',
      SLUICE_DESTINATIONS_0_ENABLED: 'these are declared in the file alone',
      SLUICE_SOURCES: 'these are declared in the file alone',
    };
    for (const [variable, wayOut] of Object.entries(meant)) {
      assert.deepEqual(readEnvironment({ [variable]: 'x' }).mistakes, [`${variable}: sets nothing; ${wayOut}`]);
    }
  });

  it('is left alone when it belongs to something else', () => {
    const others = [
      'SLUICE_TEST_LONG',
      'SLUICE_TEST_SEED',
      'SLUICE_URL',
      'SLUICE_TOKEN',
      'SLUICE_PROFILE',
      'SLUICE_WRITE_KEY',
      'SLUICE_VERSION',
      'SLUICE',
    ];
    for (const variable of others) assert.deepEqual(said({ [variable]: '1' }), {});
  });

  it('is left alone when Kubernetes set it for a service of that name', () => {
    const links = {
      SLUICE_SERVICE_HOST: '10.0.0.1',
      SLUICE_SERVICE_PORT: '80',
      SLUICE_SERVICE_PORT_HTTP: '80',
      SLUICE_PORT: 'tcp://10.0.0.1:80',
      SLUICE_PORT_80_TCP: 'tcp://10.0.0.1:80',
      SLUICE_PORT_80_TCP_PROTO: 'tcp',
      SLUICE_PORT_80_TCP_PORT: '80',
      SLUICE_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    assert.deepEqual(said(links), {});
  });
});
