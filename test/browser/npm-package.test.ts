/**
 * The npm package in a real Chromium, set up by the code that `sluice setup browser` prints: a module of the page, as
 * it stands.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIBRARIES } from '../../src/domain/setup-code.ts';
import { documentOf } from '../support/site.ts';
import { arrived, idsOf, KEEP_MADE, madeIn, openScene, type Event, type Scene } from './scene.ts';

const PACKAGE = fileURLToPath(new URL('.', import.meta.resolve('@segment/analytics-next/package.json')));
const BUILT = readFileSync(join(PACKAGE, 'dist/umd/index.js'), 'utf8');

/** What a bundler does for the module's one import. */
const HEAD = `
  <script src="/analytics-next.js"></script>
  <script type="importmap">{ "imports": { "@segment/analytics-next": "/analytics-next-module.js" } }</script>
  <script type="module" src="/page.js"></script>`;

const PAGE = `
import { analytics } from '/setup.js';
window.analytics = analytics;
${KEEP_MADE}
analytics.alias('u1');
analytics.identify('u1', { plan: 'Pro' });
analytics.page('Pricing');
analytics.group('g1', { name: 'Initech' });`;

function setupCode({ scheme, host }: Scene): string {
  const library = LIBRARIES.find(({ id }) => id === 'browser');
  assert.ok(library);
  return library.code({ scheme, host, writeKey: 'wk_web' });
}

for (const scheme of ['http', 'https'] as const) {
  describe(`the npm package over ${scheme}`, () => {
    let scene: Scene;
    before(async () => {
      scene = await openScene({ scheme });
    });
    after(async () => scene[Symbol.asyncDispose]());

    it('sends every type of call, each event once, and asks no other host', async () => {
      const { chromium, site, origin, receiver } = scene;
      await using tab = await chromium.open();
      site.put('/analytics-next.js', BUILT);
      site.put('/analytics-next-module.js', 'export const { AnalyticsBrowser } = window.AnalyticsNext;');
      site.put('/setup.js', setupCode(scene));
      site.put('/page.js', PAGE);
      site.put('/', documentOf({ head: HEAD }));
      await tab.page.goto(`${site.origin}/`);

      const events = await arrived(scene, 5);
      const made = await madeIn(tab.page);
      const named = events.map(({ type, event }) => (type === 'track' ? event : type));
      assert.deepEqual(named.sort(), ['Hello', 'alias', 'group', 'identify', 'page']);
      // The setup code's own call was made before this page could keep it.
      const kept = new Set(idsOf(made));
      assert.ok(idsOf(events.filter(({ event }) => event !== 'Hello')).every((id) => kept.has(id)));
      for (const { channel, context } of events) {
        assert.deepEqual([channel, (context as Event).ip], ['client', '127.0.0.1']);
      }
      assert.deepEqual([tab.uncaught, tab.complaints], [[], []]);
      assert.deepEqual(tab.origins, [origin, site.origin].sort());
      assert.equal(receiver.requests.length, 5);
      assert.deepEqual(await chromium.end(), [origin, site.origin].sort());
    });
  });
}

describe('the npm package with a write key that no source has', () => {
  it('tells the console, throws nothing, and asks no other host', async () => {
    await using scene = await openScene();
    const { chromium, site, origin } = scene;
    await using tab = await chromium.open();
    site.put('/analytics-next.js', BUILT);
    site.put('/analytics-next-module.js', 'export const { AnalyticsBrowser } = window.AnalyticsNext;');
    site.put('/page.js', setupCode(scene).replace('wk_web', 'wk_nobody'));
    site.put('/', documentOf({ head: HEAD }));
    const told = tab.page.waitForEvent('console', (message) => message.text().includes('write_key_unknown'));
    await tab.page.goto(`${site.origin}/`);
    await told;
    assert.deepEqual(tab.uncaught, []);
    assert.deepEqual(await chromium.end(), [origin, site.origin].sort());
  });
});
