import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyDestination, anySource } from '../../test/support/arbitrary-workspace.ts';
import { makeCertificates } from '../../test/support/certificates.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { destinationFormOf, destinationOf } from '../contract/destination-form.ts';
import { sourceFormOf, sourceOf } from '../contract/source-form.ts';
import type { Destination } from '../domain/destination.ts';
import { makeSource, type Source } from '../domain/source.ts';
import { sameNameKey } from '../domain/workspace.ts';
import { withPresets } from './backoff-presets.ts';
import { readConfigText } from './config-file.ts';
import { type Exported, exportText } from './export-text.ts';
import { configSchema } from './schema.ts';

function exported(sources: readonly Source[], destinations: readonly Destination[], isOpen = false): Exported {
  const forms = { sources: sources.map(sourceFormOf), destinations: destinations.map(destinationFormOf) };
  return exportText(forms, isOpen);
}

/** What a Sluice reads from an exported file, its variables set. */
function read({ text, variables }: Exported): { sources: readonly Source[]; destinations: readonly Destination[] } {
  const environment = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  const { values, mistakes } = readConfigText(text, { name: 'f', folder: '.', environment });
  assert.deepEqual(mistakes, []);
  const { sources, destinations } = configSchema.parse(withPresets(values));
  return {
    sources: sources.map((said) => sourceOf(said, 'file')),
    destinations: destinations.map((said) => destinationOf(said, 'file')),
  };
}

const BASIC = { url: 'https://crm.example/in?a=${b}', headers: {}, auth: null } as const;
const web = makeSource({ id: 'web', name: 'Web site', writeKeys: ['wk', 'old'], keyNames: { old: 'the old pages' } });
const crm = makeDestination(
  'crm',
  [],
  { backoffMs: 'durable', retries: 20, filter: { types: { include: ['track'] } } },
  { name: 'CRM hooks', basic: BASIC, endpoints: [BASIC], sharedSecret: 'keep-me' },
);
const many = makeDestination(
  'many',
  [],
  {},
  {
    endpoints: [
      { url: 'https://a.example/', headers: { 'X-Team': 'keep-me', 'X-team-2': 'keep-me' }, auth: null },
      { url: 'https://b.example/', headers: {}, auth: { kind: 'basic', username: 'keep-me', password: '' } },
    ],
  },
);

describe('an exported file', () => {
  it('has a variable for each secret, and says which ones', () => {
    const { text, variables } = exported([web], [crm, many]);
    assert.equal(
      text,
      `# Sources and destinations, as \`sluice export\` wrote them.
# Their secrets are not in here. Set these environment variables to them:

#   CRM_HOOKS_SHARED_SECRET              destinations[0].settings.sharedSecret
#   MANY_WEBHOOKS_0_HEADERS_X_TEAM       destinations[1].settings.webhooks[0].headers.X-Team
#   MANY_WEBHOOKS_0_HEADERS_X_TEAM_2     destinations[1].settings.webhooks[0].headers.X-team-2
#   MANY_WEBHOOKS_1_AUTH_BASIC_USERNAME  destinations[1].settings.webhooks[1].auth.basic.username

sources:
  - id: web
    name: Web site
    writeKeys:
      - wk
      - key: old
        name: the old pages
destinations:
  - id: crm
    name: CRM hooks
    sources: [web]
    settings:
      webhookUrl: https://crm.example/in?a=$\${b}
      sharedSecret: \${CRM_HOOKS_SHARED_SECRET}
    delivery:
      backoffMs: durable
      filter:
        types:
          include: [track]
  - id: many
    sources: [web]
    settings:
      webhooks:
        - url: https://a.example/
          headers:
            X-Team: \${MANY_WEBHOOKS_0_HEADERS_X_TEAM}
            X-team-2: \${MANY_WEBHOOKS_0_HEADERS_X_TEAM_2}
        - url: https://b.example/
          auth:
            basic:
              username: \${MANY_WEBHOOKS_1_AUTH_BASIC_USERNAME}
              password: ""
`,
    );
    assert.equal(variables.length, 4);
    assert.doesNotMatch(text, /keep-me/);
  });

  it('holds them where that was asked for, and says so', () => {
    const { text, variables } = exported([web], [crm, many], true);
    assert.match(text, /^# .*\n# Their secrets are in here: keep this file to yourself\.\n\nsources:/);
    assert.equal(text.match(/keep-me/g)?.length, 4);
    assert.deepEqual(variables, []);
  });

  it('declares what was exported, whatever it holds, and is the same again', () => {
    const anything = fc.record({
      sources: fc.uniqueArray(anySource, { maxLength: 2, selector: ({ id, name }) => sameNameKey(id + name) }),
      destinations: fc.uniqueArray(anyDestination([]), { maxLength: 2, selector: ({ id }) => id.toLowerCase() }),
      isOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(anything, ({ sources, destinations, isOpen }) => {
        const different = { sources: sources.map(told), destinations: destinations.map(told) };
        const file = exported(different.sources, different.destinations, isOpen);
        const again = read(file);
        assert.deepEqual(again, {
          sources: different.sources.map((each) => ({ ...each, origin: 'file' })),
          destinations: different.destinations.map((each) => ({ ...each, origin: 'file' })),
        });
        assert.deepEqual(exported(again.sources, again.destinations, isOpen), file);
      }),
    );
  });

  it('has certificates as they are, and a variable for the key', () => {
    const { ca, good: client } = makeCertificates();
    const destination = makeDestination('crm', ['https://crm.example/'], {}, { sources: [], tls: { ca, client } });
    const file = exported([], [destination]);
    assert.deepEqual(read(file).destinations, [destination]);
    assert.match(file.text, /ca: \|\n +-----BEGIN CERTIFICATE-----\n/);
    assert.doesNotMatch(file.text, /PRIVATE/);
  });

  it('names no variable that Sluice would take for a setting, and none that cannot be one', () => {
    const names = ['Sluice http', '9 lives', 'Café', '東京', '---'].map((name, index) =>
      makeDestination(`d${index}`, ['https://crm.example/'], {}, { name, sharedSecret: 's' }),
    );
    assert.deepEqual(
      exported([], names).variables.map(({ name }) => name),
      ['DESTINATION_SLUICE_HTTP', 'DESTINATION_9_LIVES', 'CAFE', 'D3', 'D4'].map((prefix) => `${prefix}_SHARED_SECRET`),
    );
  });
});

let numbers = 0;

/** The same with an id, a name and write keys that nothing else has. */
function told<Item extends Source | Destination>(item: Item): Item {
  numbers += 1;
  const name = `${item.name.slice(0, 180)}${numbers}`;
  if (!('writeKeys' in item)) return { ...item, id: `i${numbers}`, name };
  const renamed = item.writeKeys.map((key) => [key, `${key.slice(0, 30)}-${numbers}`] as const);
  const keyNames = renamed.flatMap(([before, after]) => {
    const keyName = Object.hasOwn(item.keyNames, before) ? item.keyNames[before] : undefined;
    return keyName === undefined ? [] : [[after, keyName] as const];
  });
  return {
    ...item,
    ...{ id: `i${numbers}`, name },
    ...{ writeKeys: renamed.map(([, after]) => after), keyNames: Object.fromEntries(keyNames) },
  };
}
