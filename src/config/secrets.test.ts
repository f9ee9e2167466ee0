import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { configLines } from '../cli/folder/config-lines.ts';
import { readConfigText } from './config-file.ts';
import { readEnvironment } from './environment-layer.ts';
import { type Loaded, loadConfig } from './load.ts';
import { shownConfig } from './shown.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
const file = join(folder, 'sluice.yaml');
after(() => {
  rmSync(folder, { recursive: true });
});

/** What nobody may see: no piece of it is anything else in these files. */
const SECRET = 'hunter2-7fK2xWq9ZtLm';

function load(text: string, environment = {}): Loaded {
  writeFileSync(file, text);
  return loadConfig({ file, environment, flags: [], defaultDataDir: '/data' });
}

/** All that can be seen of a configuration: the lines, and the JSON. */
function seen(loaded: Loaded): string {
  const shown = shownConfig(loaded);
  return configLines(shown, (text) => text).join('') + JSON.stringify(shown);
}

/** Texts that mean something to YAML, to references, or to whoever prints them. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('$', '{', '}', ':', ' ', '#', '\n', '"', "'", '&', '*', '!', '|', '-', 'a', '%', '['),
    maxLength: 12,
  }),
);

describe('any text in the place of a value', () => {
  /** Lines that a value can reach: its own, those that it brings, and where what it left open must end. */
  const isAt = (mistake: string, from: number, to: number): boolean => {
    const line = Number(/^a\.yaml:(\d+):\d+ /.exec(mistake)?.[1]);
    return line >= from && line <= to;
  };
  const read = (yaml: string) => readConfigText(yaml, { name: 'a.yaml', folder, environment: {} });

  it('loads or is refused with a mistake at its line, when it is in quotes', () => {
    fc.assert(
      fc.property(text, (value) => {
        const { mistakes } = read(`# first\nlog:\n  level: ${JSON.stringify(value)}\nhttp: {}\n`);
        assert.ok(
          mistakes.every((mistake) => isAt(mistake, 3, 3)),
          mistakes.join('\n'),
        );
        assert.equal(mistakes.length > 0, !['debug', 'info', 'warn', 'error'].includes(value));
      }),
      { numRuns: 500 },
    );
  });

  it('loads or is refused with a mistake at its line or after, as it is', () => {
    fc.assert(
      fc.property(text, (value) => {
        const yaml = `# first\ndataDir: ${value}`;
        const { mistakes } = read(yaml);
        const last = yaml.split(/\r\n|\r|\n/).length;
        assert.ok(
          mistakes.every((mistake) => isAt(mistake, 2, last)),
          mistakes.join('\n'),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('never ends the program, wherever it stands in the file', () => {
    fc.assert(
      fc.property(text, text, (key, value) => read(`${key}: ${value}\n`).mistakes.length >= 0),
      { numRuns: 500 },
    );
  });
});

describe('a secret', () => {
  /** A file with the secret in each place for one, as the given texts spell it. */
  const withSecret = (spelled: string): string => `admin: { token: ${spelled} }
sources: [{ id: web, writeKeys: [k] }]
destinations:
  - id: one
    sources: [web]
    settings:
      webhooks:
        - { url: https://a.example/${SECRET}?t=${SECRET}, headers: { Authorization: ${spelled} } }
        - { url: https://b.example?${SECRET} }
        - { url: https://c.example/ }
      sharedSecret: ${spelled}
  - { id: two, sources: [web], settings: { webhookUrl: "https://d.example/\${SECRET}" } }
`;

  it('is masked in all that is shown, and of a URL what follows its origin', () => {
    writeFileSync(join(folder, 'secret'), SECRET);
    for (const spelled of [SECRET, '"${SECRET}"', '"${file:secret}"', '"x${SECRET}y"']) {
      const loaded = load(withSecret(spelled), { SECRET });
      assert.match(JSON.stringify(loaded.config), /hunter2/);
      assert.doesNotMatch(seen(loaded), /hunter2/);
      assert.match(
        seen(loaded),
        /"https:\/\/a\.example\/\*\*\*".*"https:\/\/b\.example\/\*\*\*".*https:\/\/c\.example /s,
      );
    }
    assert.doesNotMatch(seen(load('{}', { SLUICE_ADMIN_TOKEN: SECRET })), /hunter2/);
    const keys = { SLUICE_SECRETS_KEY: 'ab'.repeat(32), SLUICE_SECRETS_PREVIOUS_KEY: 'ab'.repeat(32) };
    assert.doesNotMatch(seen(load('{}', keys)), /abab/);
  });

  it('is in no mistake, whatever is wrong with it', () => {
    const around = fc
      .tuple(text, text)
      .map(([before, behind]) => `${before.replaceAll('\n', ' ')}${SECRET}${behind.replaceAll('\n', ' ')}`);
    const place = fc.constantFrom(
      'admin: { token: % }',
      'admin:\n  token: %',
      'http: { port: "%" }',
      'http:\n  host: %',
      'network: { allow: [%] }',
      'network: { allow: % }',
      'log: { level: % }',
      'retention: { log: { age: % } }',
      'destinations: [{ id: %, settings: { sharedSecret: %, webhooks: [{ url: %, headers: { A: % } }] } }]',
    );
    fc.assert(
      fc.property(around, place, (secret, where) => {
        // Between brackets and braces, a text that isn't in quotes can be a key, which is no secret.
        fc.pre((!/[{}:?,]/.test(secret) && !where.includes('\n')) || !/[{}:?,$]/.test(secret));
        for (const value of [secret, JSON.stringify(secret), `'${secret}'`, '"${SECRET}"']) {
          const yaml = where.replaceAll('%', () => value);
          const { mistakes } = readConfigText(yaml, { name: 'a.yaml', folder, environment: { SECRET: secret } });
          assert.doesNotMatch(mistakes.join('\n'), /hunter2/, yaml);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is in no mistake of the environment', () => {
    fc.assert(
      fc.property(text, (rest) => {
        const value = `${SECRET}${rest}`;
        const variables = [
          'SLUICE_HTTP_PORT',
          'SLUICE_HTTP_HOST',
          'SLUICE_ADMIN_TOKEN',
          'SLUICE_SECRETS_KEY',
          'SLUICE_NETWORK_ALLOW',
          'SLUICE_LOG_LEVEL',
          'SLUICE_HTPP_PORT',
        ];
        const { mistakes } = readEnvironment(Object.fromEntries(variables.map((name) => [name, value])));
        assert.ok(mistakes.length >= 4);
        assert.doesNotMatch(mistakes.join('\n'), /hunter2/);
      }),
    );
  });
});

describe('what is shown of a configuration', () => {
  it('is a file that says the same, when there are no secrets in it', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('$${', '', '${SECRET}'), (name, reference) => {
        const yaml = `network: { allow: ["::1", 10.0.0.0/8] }
retention: { log: { age: 12h } }
sources: [{ id: web, name: ${JSON.stringify(`n${name.replaceAll('${', () => '$${')}${reference}`)}, writeKeys: ["0x10", "~", "#"] }]
destinations: [{ id: "1e3", sources: [web], settings: { webhookUrl: "https://a.example" } }]
`;
        const before = load(yaml, { SECRET: '${x}' });
        const shown = configLines(shownConfig(before), (comment) => comment).join('');
        // Line by line, a terminal takes it as text.
        assert.doesNotMatch(shown.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        const { config } = load(shown);
        assert.deepEqual(config, before.config);
      }),
    );
  });
});

describe('the key of the secrets', () => {
  const hex = 'ab'.repeat(32);
  const base64 = Buffer.alloc(32, 0xab).toString('base64');

  it('is taken in hex or base64, from the file or the environment', () => {
    assert.equal(load(`secrets: { key: ${hex} }`).config.secrets.key, hex);
    const environment = { SLUICE_SECRETS_KEY: base64, SLUICE_SECRETS_PREVIOUS_KEY: hex };
    assert.deepEqual(load('', environment).config.secrets, { key: base64, previousKey: hex });
  });

  it('is refused when it is anything else, and not shown', () => {
    for (const text of [`${hex}00`, base64.slice(1), 'a passphrase']) {
      assert.throws(
        () => load('', { SLUICE_SECRETS_KEY: text }),
        (error: Error) => {
          assert.match(error.message, /SLUICE_SECRETS_KEY: must be 64 characters of hex, or the base64 of 32 bytes/);
          return !error.message.includes(text);
        },
      );
    }
  });
});
