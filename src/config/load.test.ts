import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { DEFAULT_DELIVERY_POLICY } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { onlySecret } from '../domain/secret-rotation.ts';
import { makeSource } from '../domain/source.ts';
import { configFileBytesMax } from '../domain/limits.ts';
import { readConfigText } from './config-file.ts';
import { type LoadOptions, loadConfig } from './load.ts';
import type { Environment } from './environment.ts';
import { MINIMAL_CONFIG } from './minimal.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function load(text: string | Uint8Array, options: Partial<LoadOptions> = {}) {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(file, text);
  return loadConfig({ file, defaultDataDir: './sluice-data', environment: {}, flags: [], ...options }).config;
}

/** The mistakes of a file, without the file's name. */
function mistakesOf(text: string, environment: Environment = {}): readonly string[] {
  return readConfigText(text, { name: 'sluice.yaml', folder, environment }).mistakes.map((line) => {
    assert.ok(line.startsWith('sluice.yaml:'), line);
    return line.slice('sluice.yaml:'.length);
  });
}

/** A file with one destination, whose settings and delivery are given as flow mappings. */
function withDestination(settings: string, delivery = '{}'): string {
  return `sources: [{ id: web, writeKeys: [k] }]
destinations:
  - id: crm
    sources: [web]
    settings: ${settings}
    delivery: ${delivery}
`;
}

function assertUnreadable(run: () => unknown, reason: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof SluiceError && error.code === 'config_unreadable', String(error));
    assert.match(error.message, reason);
    return true;
  });
}

describe('a configuration file', () => {
  it('has defaults for everything when it is empty', () => {
    for (const text of ['', '# nothing yet\n', '---\n', '{}']) {
      assert.deepEqual(load(text), {
        http: { host: '127.0.0.1', port: 8080, tls: null, trustedProxies: [], publicUrl: null, threads: 1 },
        dataDir: join(process.cwd(), 'sluice-data'),
        network: { allow: [], deny: [], proxy: null },
        delivery: { drainMs: 10_000, threads: 1 },
        storage: { reserveBytes: 268_435_456 },
        retention: {
          log: { ageMs: 604_800_000, bytes: null },
          history: { ageMs: 2_592_000_000, bytes: null },
          refused: { ageMs: 604_800_000, bytes: null },
        },
        alerts: { webhookUrl: null, format: 'json', lagMs: 600_000 },
        ...{ admin: { token: null }, secrets: { key: null, previousKey: null } },
        log: { level: 'info', attempts: 'failed' },
        sources: [],
        destinations: [],
      });
    }
  });

  it('becomes the sources and destinations that it declares', () => {
    const config = load(`
http: { host: "::", port: 0, threads: 2 }
network:
  allow: [127.0.0.0/8, ::1, fd00::/8]
delivery: { drainMs: 0, threads: 4 }
log: { level: debug }
sources:
  - id: website
    name: Website
    writeKeys: [wk_website, { key: other, name: the old pages }]
    kind: web
destinations:
  - id: crm
    name: CRM hooks
    sources: [website]
    type: webhooks
    enabled: false
    settings:
      webhookUrl: https://webhooks.company.com/analytics
      webhooks:
        - url: https://a.example/x
          headers: { X-Team: growth }
      sharedSecret: keep-me-safe
    delivery: { success: any, retries: 3, backoffMs: [0, 500], timeoutMs: 100, concurrency: 1 }
`);
    assert.deepEqual(config.http, { host: '::', port: 0, tls: null, trustedProxies: [], publicUrl: null, threads: 2 });
    assert.deepEqual(config.network.allow, ['127.0.0.0/8', '::1', 'fd00::/8']);
    assert.deepEqual(config.delivery, { drainMs: 0, threads: 4 });
    assert.equal(config.log.level, 'debug');
    assert.deepEqual(config.sources, [
      {
        id: 'website',
        name: 'Website',
        enabled: true,
        writeKeys: ['wk_website', 'other'],
        keyNames: { other: 'the old pages' },
        kind: 'web',
        connectionMode: 'cloud',
        origin: 'file',
      },
    ]);
    assert.deepEqual(config.destinations, [
      {
        id: 'crm',
        name: 'CRM hooks',
        sources: ['website'],
        type: 'webhooks',
        enabled: false,
        endpoints: [{ url: 'https://a.example/x', headers: { 'X-Team': 'growth' }, auth: null }],
        basic: { url: 'https://webhooks.company.com/analytics', headers: {}, auth: null },
        ...onlySecret('keep-me-safe'),
        tls: null,
        delivery: {
          ...DEFAULT_DELIVERY_POLICY,
          ...{ success: 'any', retries: 3, backoffMs: [0, 500], timeoutMs: 100, concurrency: 1 },
        },
        origin: 'file',
      },
    ]);
  });

  it('needs little for a destination: ids, sources and a URL', () => {
    const { sources, destinations } = load(MINIMAL_CONFIG);
    assert.deepEqual(sources, [makeSource({ id: 'website', writeKeys: ['choose-a-write-key'] })]);
    assert.deepEqual(destinations, [
      {
        id: 'crm',
        name: 'crm',
        sources: ['website'],
        type: 'webhooks',
        enabled: true,
        endpoints: [{ url: 'https://example.com/events', headers: {}, auth: null }],
        basic: { url: 'https://example.com/events', headers: {}, auth: null },
        ...onlySecret(null),
        tls: null,
        delivery: DEFAULT_DELIVERY_POLICY,
        origin: 'file',
      },
    ]);
  });

  it('delivers to webhookUrl when the list of webhooks is empty', () => {
    const { destinations } = load(withDestination('{ webhookUrl: "https://a.example", webhooks: [] }'));
    assert.deepEqual(destinations[0]?.endpoints, [{ url: 'https://a.example', headers: {}, auth: null }]);
  });

  it('may use anchors, aliases and merge keys', () => {
    const { destinations } = load(`
sources: [{ id: web, writeKeys: [k] }]
destinations:
  - &first
    id: one
    sources: &all [web]
    settings: { webhookUrl: https://a.example }
  - { <<: *first, id: two, sources: *all }
`);
    assert.deepEqual(
      destinations.map(({ id, endpoints }) => [id, endpoints[0]?.url]),
      [
        ['one', 'https://a.example'],
        ['two', 'https://a.example'],
      ],
    );
  });

  it('takes a relative data folder from its own folder', () => {
    assert.equal(load('dataDir: data').dataDir, join(folder, 'data'));
    assert.equal(load('dataDir: /var/lib/sluice').dataDir, '/var/lib/sluice');
  });

  it('is refused when it cannot be read', () => {
    const options = { defaultDataDir: '.', environment: {}, flags: [] };
    assertUnreadable(() => loadConfig({ file: join(folder, 'absent.yaml'), ...options }), /there is no such file/);
    assertUnreadable(() => loadConfig({ file: folder, ...options }), /it is a folder/);
    assertUnreadable(() => load(new Uint8Array([0x61, 0x3a, 0xff])), /it is not UTF-8 text/);
    assertUnreadable(() => load(Buffer.alloc(configFileBytesMax + 1, '#')), /it is larger than 10485760 bytes/);
  });
});

describe('a mistake in a configuration file', () => {
  it('is told with line, column, path and the way out', () => {
    assert.deepEqual(mistakesOf(withDestination('{ webhokUrl: https://a.example, webhookUrl: https://a.example }')), [
      '5:17 destinations[0].settings.webhokUrl: unknown key `webhokUrl`; did you mean `webhookUrl`?',
    ]);
  });

  it('is told together with all others, in the order of the file', () => {
    assert.deepEqual(
      mistakesOf(`
sources:
  - id: -web
    writeKeys: [a, "b c", a]
  - id: shop
    enabled: yes
destinations:
  - id: crm
    sources: [nowhere]
    type: webhok
    settings: { sharedSecret: 1234 }
  - id: crm
    sources: [shop, shop]
    settings: { webhookUrl: ftp://a.example }
    delivery: { retries: 21, speed: 2 }
http: { port: "80" }
`),
      [
        '3:9 sources[0].id: must be 1 to 64 letters, digits, `_` or `-`, beginning with a letter or digit',
        '4:20 sources[0].writeKeys[1]: must be 1 to 256 visible ASCII characters, without spaces and `:`',
        '4:27 sources[0].writeKeys[2]: this write key is there twice; each belongs to one source',
        '5:5 sources[1].writeKeys: is missing',
        '6:14 sources[1].enabled: must be `true` or `false`',
        '9:15 destinations[0].sources[0]: there is no source with this id; declare it under `sources`',
        '10:11 destinations[0].type: must be `webhooks`',
        '11:15 destinations[0].settings: has no URL to deliver to; set `webhookUrl`, or add an entry to `webhooks`',
        '11:31 destinations[0].settings.sharedSecret: must be text, and YAML reads this as a number; put it in quotes',
        '12:9 destinations[1].id: another destination has this id',
        '13:21 destinations[1].sources[1]: this source is there twice',
        '14:29 destinations[1].settings.webhookUrl: must begin with http:// or https://',
        '15:26 destinations[1].delivery.retries: must be at most 20',
        '15:30 destinations[1].delivery.speed: unknown key `speed`; known here: `success`, `retries`, `backoffMs`, `timeoutMs`, `concurrency`, `rateLimitPerSecond`, `circuitBreaker`, `order`, `batch`, `history`, `aliasLabels`, `filter`, `method`',
        '16:15 http.port: must be a number; write it without quotes',
      ],
    );
  });

  it('never shows the value, which may be a secret', () => {
    const text = withDestination(
      '{ webhookUrl: https://user:hunter2@a.example, sharedSecret: [hunter2], webhooks: [{ url: "https://b.example", headers: { X-Key: "hunter2\\n" } }] }',
    );
    assert.equal(mistakesOf(text).length, 3);
    assert.doesNotMatch(mistakesOf(text).join(), /hunter2/);
    assert.doesNotMatch(mistakesOf('sharedSecret: @hunter2\n').join(), /hunter2/);
  });

  it('is told of a secret that is the mask of one', () => {
    assert.deepEqual(mistakesOf(withDestination('{ webhookUrl: "https://a.example", sharedSecret: "***" }')), [
      '5:64 destinations[0].settings.sharedSecret: is what secrets are shown as; write the secret itself',
    ]);
  });

  it('is told of a secret that says that it is base64 and is not, and of the way out', () => {
    const [mistake = '', ...others] = mistakesOf(
      withDestination('{ webhookUrl: "https://a.example", sharedSecret: "whsec_keep-me" }'),
    );
    assert.match(mistake, /^5:64 destinations\[0\]\.settings\.sharedSecret: begins with `whsec_`.*`openssl rand/);
    assert.doesNotMatch(mistake, /keep-me/);
    assert.deepEqual(others, []);
  });

  it('is told of a sixth webhook, with the limit and the way round it', () => {
    const webhooks = [1, 2, 3, 4, 5, 6].map((n) => `{ url: "https://${n}.example" }`).join(', ');
    assert.deepEqual(mistakesOf(withDestination(`{ webhooks: [${webhooks}] }`)), [
      '5:27 destinations[0].settings.webhooks: has 6 entries; a destination has at most 5 webhooks; add a second destination',
    ]);
  });

  it('is told of a URL that is there twice in a destination, however it is spelled', () => {
    const twice = '{ webhooks: [{ url: "https://a.example" }, { url: "HTTPS://A.example:443/" }] }';
    assert.deepEqual(mistakesOf(withDestination(twice)), [
      '5:65 destinations[0].settings.webhooks[1].url: another webhook of this destination has this URL',
    ]);
  });

  it('is told of headers that cannot be sent', () => {
    const headers = '{ Host: a, "a b": c, X-A: "1", x-a: "2", X-Long: "' + 'x'.repeat(9_000) + '" }';
    const told = mistakesOf(withDestination(`{ webhooks: [{ url: "https://a.example", headers: ${headers} }] }`));
    assert.deepEqual(
      told.map((line) => line.replace(/^\S+ destinations\[0\]\.settings\.webhooks\[0\]\.headers/, '')),
      [
        ': has 9043 bytes of headers; at most 8192 are allowed',
        '.Host: is written by Sluice itself and cannot be replaced',
        '["a b"]: is not the name of a header',
        '.x-a: is there twice: header names ignore case',
      ],
    );
  });

  it('is told of a number beyond its limits', () => {
    const delivery = '{ retries: 1.5, backoffMs: [], timeoutMs: 99, concurrency: 1001 }';
    assert.deepEqual(
      mistakesOf(withDestination('{ webhookUrl: https://a.example }', delivery)).map((line) => line.split(': ')[1]),
      ['must be a whole number', 'must have at least 1 entry', 'must be at least 100', 'must be at most 1000'],
    );
  });

  it('is told of addresses and ranges that are none', () => {
    const wrong = ['10.0.0.0/33', '::1/129', '10.0.0/8', 'example.com', 'fe80::1%eth0', '10.0.0.0/8/8', '1.2.3.4/', ''];
    assert.equal(mistakesOf(`network: { allow: ${JSON.stringify(wrong)} }`).length, wrong.length);
    assert.deepEqual(mistakesOf('network: { allow: [0.0.0.0/0, "::/0", 10.1.2.3, "fe80::1"] }'), []);
  });

  it('is told of a host that is none', () => {
    for (const host of ['http://a', 'a:80', '[::1]', '', '10.0.0', 'a b', '-']) {
      assert.match(mistakesOf(`http: { host: ${JSON.stringify(host)} }`).join(), /must be a host name or an address/);
    }
    for (const host of ['localhost', 'a.example', '0.0.0.0', '::']) {
      assert.deepEqual(mistakesOf(`http: { host: ${JSON.stringify(host)} }`), []);
    }
  });

  it('is told of a connection mode that webhooks do not have', () => {
    const mistakes = mistakesOf('sources: [{ id: web, writeKeys: [k], connectionMode: device }]');
    assert.deepEqual(mistakes, ['1:54 sources[0].connectionMode: must be `cloud`']);
  });

  it('is told of a key without a value', () => {
    assert.deepEqual(mistakesOf('sources:\n'), ['1:9 sources: has no value; give it one, or remove the key']);
  });

  it('is told of a file that is no mapping', () => {
    for (const text of ['[]', 'text', '5']) {
      assert.deepEqual(mistakesOf(text), ['1:1 the file must be a mapping of keys to values']);
    }
  });

  it('is counted beyond the first two hundred', () => {
    const text = `network: { allow: [${'x, '.repeat(500)}] }`;
    assert.throws(() => load(text), /has 500 mistake\(s\):(?:\n.*){201}$/);
    assert.throws(() => load(text), /and 300 more$/);
  });

  it('is told together with those of the environment', () => {
    const environment = { SLUICE_HTTP_PORT: 'x', SLUICE_HTTP_PROT: '1' };
    assert.throws(
      () => load('http: { port: 70000 }', { environment }),
      (error) => {
        assert.ok(error instanceof SluiceError && error.code === 'config_invalid', String(error));
        const lines = (error.details['problems'] as string).split('\n');
        assert.equal(error.details['count'], 3);
        assert.match(lines[0] ?? '', /sluice\.yaml:1:15 http\.port: must be at most 65535$/);
        assert.deepEqual(lines.slice(1), [
          'SLUICE_HTTP_PORT: must be a number',
          'SLUICE_HTTP_PROT: sets nothing; did you mean `SLUICE_HTTP_PORT`?',
        ]);
        return true;
      },
    );
  });
});

describe('the layers of a configuration', () => {
  const flags = [
    { path: ['http', 'port'], by: '--port', value: 9 },
    { path: ['dataDir'], by: '--data-dir', value: undefined },
  ];

  it('stand over each other: defaults, file, environment, flags', () => {
    const text = 'http: { host: "::1", port: 8 }\nlog: { level: error }\nnetwork: { allow: [10.0.0.0/8] }';
    const environment = { SLUICE_HTTP_PORT: '7', SLUICE_LOG_LEVEL: 'debug', SLUICE_NETWORK_ALLOW: '1.2.3.4, ::1' };
    const { http, log, network } = load(text, { environment, flags });
    assert.deepEqual([http.host, http.port], ['::1', 9]);
    assert.deepEqual(log, { level: 'debug', attempts: 'failed' });
    assert.deepEqual(network, { allow: ['1.2.3.4', '::1'], deny: [], proxy: null });
  });

  it('are known of each value', () => {
    const file = join(folder, 'origins.yaml');
    writeFileSync(file, 'http:\n  host: ${HOST}\nnetwork: { allow: [::1] }\n');
    const environment = { HOST: 'localhost', SLUICE_LOG_LEVEL: 'warn' };
    const { originOf } = loadConfig({ file, environment, flags, defaultDataDir: '.' });
    assert.deepEqual(
      [['http', 'host'], ['http', 'port'], ['log', 'level'], ['network', 'allow', 0], ['dataDir']].map(originOf),
      [`${file}:2 \${HOST}`, '--port', 'SLUICE_LOG_LEVEL', `${file}:3`, 'default'],
    );
  });

  it('take a relative data folder from where Sluice is started, but for that of the file', () => {
    const environment = { SLUICE_DATA_DIR: 'of-environment' };
    assert.equal(load('dataDir: data', { environment }).dataDir, join(process.cwd(), 'of-environment'));
    const flag = { path: ['dataDir'], by: '--data-dir', value: 'of-flag' };
    assert.equal(load('dataDir: data', { environment, flags: [flag] }).dataDir, join(process.cwd(), 'of-flag'));
  });
});
