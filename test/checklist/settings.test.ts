/** Lines 12 and 13 of the checklist (protocol sections 2.3 and 7.3), without a device: `test/browser` has a browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Gateway } from '../support/gateway.ts';

type Json = Readonly<Record<string, unknown>>;

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

async function get(path: string): Promise<Response> {
  return fetch(`${gateway.url}${path}`, { redirect: 'error' });
}

async function settings(): Promise<Json> {
  const response = await get('/v1/projects/wk_app/settings');
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return (await response.json()) as Json;
}

function objectAt(holder: Json, key: string): Json {
  const value = holder[key];
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${key} is an object`);
  return value as Json;
}

const ours = (document: Json): Json => objectAt(objectAt(document, 'integrations'), 'Segment.io');

/** What each library does with the document, and breaks on: by its own decoder (protocol section 2.3). */
const READINGS: Readonly<Record<string, (document: Json) => void>> = {
  'Kotlin decodes strictly: a key that is there has its type, and the key of the integration is text': (document) => {
    const objects = ['integrations', 'plan', 'edgeFunction', 'middlewareSettings', 'metrics', 'consentSettings'];
    for (const key of [...objects, 'autoInstrumentation']) if (key in document) objectAt(document, key);
    assert.equal(typeof ours(document)['apiKey'], 'string');
    assert.equal(typeof ours(document)['apiHost'], 'string');
  },
  'C# takes each integration for an object, without looking': (document) => {
    const integrations = objectAt(document, 'integrations');
    for (const name of Object.keys(integrations)) objectAt(integrations, name);
    assert.ok(Array.isArray(ours(document)['unbundledIntegrations']));
  },
  'Android classic takes the integration for a map, and its plan too': (document) => {
    assert.ok(Object.keys(ours(document)).length > 0);
    objectAt(document, 'plan');
  },
  'Flutter casts integrations to a map, and React Native puts https:// before the host': (document) => {
    const url = new URL(`https://${String(ours(document)['apiHost'])}/b`);
    assert.equal(url.href, `https://${new URL(gateway.url).host}/v1/b`);
  },
  'the Edge library reads the metrics': (document) => {
    objectAt(document, 'metrics');
  },
  'browsers keep what the page says of an integration that is listed, and load code for any but this one': (
    document,
  ) => {
    assert.deepEqual(Object.keys(objectAt(document, 'integrations')), ['Segment.io']);
    assert.equal(ours(document)['apiKey'], 'wk_app');
    assert.deepEqual(objectAt(document, 'middlewareSettings')['routingRules'], []);
    assert.deepEqual(document['remotePlugins'], []);
    assert.equal(document['legacyVideoPluginsEnabled'], false);
  },
  'React Native and browsers wait for consent where it is spoken of, and Swift retries anew where it is told how': (
    document,
  ) => {
    assert.ok(!('consentSettings' in document));
    assert.ok(!('httpConfig' in document) && !('httpConfig' in ours(document)));
  },
};

describe('7.3 line 12: the settings', () => {
  for (const [what, read] of Object.entries(READINGS)) {
    it(`can be read: ${what}`, async () => {
      read(await settings());
    });
  }

  it('hold no null, at any depth', async () => {
    assert.doesNotMatch(JSON.stringify(await settings()), /\bnull\b/);
  });

  it('have no library measure itself', async () => {
    assert.equal(objectAt(await settings(), 'metrics')['sampleRate'], 0);
    assert.equal(objectAt(await settings(), 'autoInstrumentationSettings')['sampleRate'], 0);
  });

  it('are 404 for a write key that no source has, as a JSON object', async () => {
    const response = await get('/v1/projects/wk_nobody/settings');
    assert.equal(response.status, 404);
    assert.equal(((await response.json()) as Json)['code'], 'write_key_unknown');
  });
});

const HASH = /^[0-9a-f]{20}$/;

/** The files that a script says it may load: it has a table from numbers to names, where they have one, and to hashes. */
function bundlesNamedBy(script: string): readonly string[] {
  const pairs = [...script.matchAll(/\b(\d+):"([\w-]+)"/g)].map(([, id = '', text = '']) => [id, text] as const);
  const names = new Map(pairs.filter(([, text]) => !HASH.test(text)));
  const hashes = new Map(pairs.filter(([, text]) => HASH.test(text)));
  assert.ok(hashes.size > 5);
  return [...hashes].map(([id, hash]) => `${names.get(id) ?? id}.bundle.${hash}.js`);
}

const HOST_OF_SEGMENT = /(?:https?:)?\/\/[\w.-]*(?:segment\.(?:com|io|build|dev)|segmentapis\.com)[\w/.-]*/gi;
/** The name of the one integration, wherever it is written. */
const hostsIn = (text: string): readonly string[] => text.match(HOST_OF_SEGMENT) ?? [];

describe('7.3 line 13: what libraries load', () => {
  it('has no host of Segment in the settings', async () => {
    const text = JSON.stringify(await settings()).replaceAll('"Segment.io"', '');
    assert.doesNotMatch(text, /segment\.(?:com|io)|segmentapis/i);
  });

  it('has none in the script for pages and in its bundles but in a sentence for the console', async () => {
    const script = await (await get('/analytics.js/v1/wk_app/analytics.min.js')).text();
    const texts = [script];
    for (const name of bundlesNamedBy(script)) {
      const response = await get(`/analytics-next/bundles/${name}`);
      assert.equal(response.status, 200, name);
      texts.push(await response.text());
    }
    assert.deepEqual(texts.flatMap(hostsIn), [
      'https://segment.com/docs/connections/sources/catalog/libraries/website/javascript/upgrade-to-ajs2/',
    ]);
    // Nor one that is written without a scheme.
    for (const text of texts) assert.doesNotMatch(text, /(?:api|cdn)\.segment\.(?:io|com|build)|segmentapis/i);
  });
});
