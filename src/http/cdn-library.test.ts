import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Script } from 'node:vm';
import { openPage, type PageOptions } from '../../test/support/page.ts';
import { readBrowserLibrary } from './cdn-library.ts';

const library = readBrowserLibrary();
const SRC = 'http://localhost:8080/analytics.js/v1/wk_web/analytics.min.js';

/** Where a page with this script asks for its settings, which is the first that it does. */
async function settingsAskedAt(options: Partial<PageOptions>): Promise<string> {
  return new Promise((resolve) => {
    const fetch: PageOptions['fetch'] = async (url) => {
      resolve(url as string);
      return new Promise(() => undefined);
    };
    openPage({ src: SRC, ...options, fetch }).run(library.scriptFor('wk_web'));
  });
}

describe('the library for browsers', () => {
  it('is a script for any write key, which is in it as text', () => {
    for (const writeKey of ['wk_web', '"+alert(1)+"', '\\', "$&$1$'", '</script><script>alert(1)</script>', '<!--']) {
      const script = library.scriptFor(writeKey);
      assert.doesNotThrow(() => new Script(script), writeKey);
      assert.doesNotMatch(script, /<\/script|<!--/i);
      const page = openPage({ src: SRC, fetch: async () => new Promise(() => undefined) });
      page.run(script);
      assert.equal(page.window.analyticsWriteKey, writeKey);
    }
  });

  it('has no host of Segment in it but where none is contacted', () => {
    const left = [library.scriptFor('wk_web'), ...[...library.bundles.values()].map(String)].flatMap(
      (text) => text.match(/[\w:/.-]*(?:segment\.(?:com|io|build|dev)|segmentapis|cdnjs|cdn\.segment)[\w/.-]*/gi) ?? [],
    );
    const isHost = (text: string): boolean => !/^(:dest-)?Segment\.io$/.test(text);
    assert.deepEqual(left.filter(isHost), [
      // What it looks for in the URLs of plugins, to put our host there.
      'https://cdn.segment.',
      // A sentence for the console, about a fallback that is switched off.
      'https://segment.com/docs/connections/sources/catalog/libraries/website/javascript/upgrade-to-ajs2/',
    ]);
  });

  it('names every bundle that it loads as the package does', () => {
    const script = library.scriptFor('wk_web');
    const named = [...script.matchAll(/"?([\w-]+)"?:"([0-9a-f]{20})"/g)].map(([, , hash]) => hash);
    assert.ok(named.length > 0);
    const names = [...library.bundles.keys()];
    for (const hash of named) {
      assert.ok(
        names.some((name) => name.includes(`.${hash}.`)),
        `a bundle with ${hash}`,
      );
    }
  });

  it('refers to no source maps, which are not served', () => {
    for (const text of [library.scriptFor('wk_web'), ...[...library.bundles.values()].map(String)]) {
      assert.doesNotMatch(text, /sourceMappingURL/);
    }
  });
});

describe('the place that the library loads from', () => {
  const OWN = 'http://localhost:8080/v1/projects/wk_web/settings';

  it('is where the script came from, with scheme, port and path', async () => {
    assert.equal(await settingsAskedAt({}), OWN);
    assert.equal(
      await settingsAskedAt({
        src: 'https://shop.example/events/analytics.js/v1/wk_web/analytics.min.js?v=/analytics.js/v1/',
      }),
      'https://shop.example/events/v1/projects/wk_web/settings',
    );
  });

  it('is what the page says, unless that is a host of Segment', async () => {
    const said = async (cdn: string) => settingsAskedAt({ globals: { analytics: Object.assign([], { _cdn: cdn }) } });
    assert.equal(await said('https://px.example'), 'https://px.example/v1/projects/wk_web/settings');
    assert.equal(await said('https://cdn.segment.com'), OWN);
    assert.equal(await said('https://CDN.segment.build/x'), OWN);
  });

  it('is not that of another library of the page', async () => {
    const otherScripts = ['https://cdn.segment.com/analytics.js/v1/theirs/analytics.min.js'];
    assert.equal(await settingsAskedAt({ otherScripts }), OWN);
    const globals = { analytics: Object.assign([], { _cdn: 'https://px.example' }), sluice: [] };
    assert.equal(await settingsAskedAt({ globals, dataset: { globalSegmentAnalyticsKey: 'sluice' } }), OWN);
  });

  it('is the origin of a script of another path, and of the page for one without', async () => {
    assert.equal(
      await settingsAskedAt({ src: 'https://shop.example/a/b.js?c' }),
      'https://shop.example/v1/projects/wk_web/settings',
    );
    assert.equal(await settingsAskedAt({ src: '' }), 'http://shop.example/v1/projects/wk_web/settings');
  });

  it('is never Segment, whose hosts are not contacted when the settings cannot be had either', async () => {
    const page = openPage({ src: SRC, fetch: async () => Promise.resolve(new Response('{}', { status: 404 })) });
    page.run(library.scriptFor('wk_web'));
    while (page.asked.length < 2) await new Promise(setImmediate);
    assert.deepEqual(
      page.asked.map((url) => new URL(url).host),
      ['localhost:8080', 'localhost:8080'],
    );
    assert.equal(page.asked[1], 'http://localhost:8080/v1/m');
  });
});
