/**
 * Segment's snippet in a real Chromium, with its host changed and nothing else: on a page of another origin, over plain
 * HTTP and over HTTPS, from the script to the webhook.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { segmentSnippet } from '../support/segment-snippet.ts';
import { documentOf } from '../support/site.ts';
import { arrived, idsOf, KEEP_MADE, madeIn, openScene, type Event, type Scene } from './scene.ts';

const CALLS = `
  analytics.alias('u1', 'a1');
  analytics.identify('u1', { plan: 'Pro' });
  analytics.page('Shop', 'Pricing', { currency: 'EUR' });
  analytics.track('Bought', { price: 0.1, name: 'Käse 🧀' });
  analytics.group('g1', { name: 'Initech' });`;

function headOf({ origin }: Scene, calls: string, { isReadable = false } = {}): string {
  const snippet = segmentSnippet({ writeKey: 'wk_web', origin, isReadable });
  return `<script>${snippet}</script><script>${KEEP_MADE}${calls}</script>`;
}

function byType(events: readonly Event[]): ReadonlyMap<string, Event> {
  return new Map(events.map((event) => [event.type, event]));
}

/** The whole of it, since it is what a user of Segment would compare. */
function checkContents(events: readonly Event[]): void {
  const of = byType(events);
  assert.deepEqual([of.get('identify')?.userId, of.get('identify')?.traits], ['u1', { plan: 'Pro' }]);
  const page = of.get('page');
  assert.deepEqual([page?.category, page?.name], ['Shop', 'Pricing']);
  assert.equal((page?.properties as Event | undefined)?.currency, 'EUR');
  assert.deepEqual([of.get('track')?.event, of.get('track')?.properties], ['Bought', { price: 0.1, name: 'Käse 🧀' }]);
  assert.deepEqual([of.get('group')?.groupId, of.get('group')?.traits], ['g1', { name: 'Initech' }]);
  assert.deepEqual([of.get('alias')?.userId, of.get('alias')?.previousId], ['u1', 'a1']);
}

for (const scheme of ['http', 'https'] as const) {
  describe(`the snippet over ${scheme}`, () => {
    let scene: Scene;
    before(async () => {
      scene = await openScene({ scheme });
    });
    after(async () => scene[Symbol.asyncDispose]());

    it('sends what was called before the script came and after, each event once, and asks no other host', async () => {
      const { chromium, site, origin, receiver } = scene;
      await using tab = await chromium.open();
      site.put('/', documentOf({ head: headOf(scene, CALLS) }));
      await tab.page.goto(`${site.origin}/?utm_source=news`);
      await arrived(scene, 5);
      await tab.page.evaluate(`analytics.reset(); analytics.track('Left').then(() => undefined)`);

      const events = await arrived(scene, 6);
      assert.deepEqual(idsOf(events), idsOf(await madeIn(tab.page)));
      checkContents(events.filter(({ event }) => event !== 'Left'));
      const left = events.find(({ event }) => event === 'Left');
      assert.equal(left?.userId, null);
      assert.notEqual(left.anonymousId, byType(events).get('identify')?.anonymousId);
      const userAgent = await tab.page.evaluate<string>('navigator.userAgent');
      for (const event of events) {
        const context = event.context as Event & { readonly page: Event; readonly library: Event };
        assert.deepEqual([event.channel, context.ip, context.userAgent], ['client', '127.0.0.1', userAgent]);
        assert.deepEqual([context.page.url, context.page.title], [`${site.origin}/?utm_source=news`, 'Shop']);
        assert.deepEqual(context.campaign, { source: 'news' });
        assert.equal(context.library.name, 'analytics.js');
        assert.equal(event.writeKey, undefined);
      }

      assert.deepEqual(tab.uncaught, []);
      assert.deepEqual(tab.complaints, []);
      assert.deepEqual(tab.origins, [origin, site.origin].sort());
      assert.equal(receiver.requests.length, 6);
    });

    it('sends from a page that loads it in its other, readable form, and loads its bundles from there too', async () => {
      const { chromium, site, receiver, origin } = scene;
      await using tab = await chromium.open();
      const count = receiver.requests.length;
      site.put('/readable', documentOf({ head: headOf(scene, '', { isReadable: true }) }));
      await tab.page.goto(`${site.origin}/readable?ajs_uid=u9&ajs_event=Seen`);
      const events = await arrived(scene, 2, count);
      assert.deepEqual(events.map(({ type, userId }) => [type, userId]).sort(), [
        ['identify', 'u9'],
        ['track', 'u9'],
      ]);
      await tab.asks(`${origin}/analytics-next/bundles/queryString.bundle.`);
      assert.deepEqual([tab.uncaught, tab.complaints], [[], []]);
    });

    it('sends no measurements of itself, however long the page stays', async () => {
      const { chromium, site, origin, receiver } = scene;
      await using tab = await chromium.open();
      const count = receiver.requests.length;
      // Every half a minute, where there are any.
      await tab.page.clock.install();
      site.put('/', documentOf({ head: headOf(scene, `analytics.track('Bought')`) }));
      await tab.page.goto(`${site.origin}/`);
      await arrived(scene, 1, count);
      await tab.page.clock.runFor('02:00');
      assert.deepEqual(tab.origins, [origin, site.origin].sort());
      assert.ok(!tab.asked.includes(`${origin}/v1/m`));
    });

    it('has asked nobody but the shop and Sluice, by the network log of the browser', async () => {
      const { chromium, site, origin } = scene;
      assert.deepEqual(await chromium.end(), [origin, site.origin].sort());
    });
  });
}

describe('a frame without an origin', () => {
  it('may ask for settings and send, with the headers that the library sends and with credentials', async () => {
    // Not the library: it loads, and then sends nothing from where there is neither storage nor cookies.
    await using scene = await openScene();
    await using tab = await scene.chromium.open();
    const call = {
      method: 'POST',
      credentials: 'include',
      headers: { authorization: `Basic ${btoa('wk_web:')}`, 'content-type': 'text/plain', 'x-retry-count': '1' },
      body: JSON.stringify({ anonymousId: 'a1', event: 'Framed' }),
    };
    const script = `fetch('${scene.origin}/v1/projects/wk_web/settings').then((answer) => answer.json())
      .then((settings) => fetch('http://' + settings.integrations['Segment.io'].apiHost + '/t', ${JSON.stringify(call)}))`;
    scene.site.put('/frame', documentOf({ head: `<script>${script}</script>` }));
    scene.site.put('/', documentOf({ body: '<iframe sandbox="allow-scripts" src="/frame"></iframe>' }));
    await tab.page.goto(`${scene.site.origin}/`);
    const [event] = await arrived(scene, 1);
    assert.equal(event?.event, 'Framed');
    assert.deepEqual([tab.uncaught, tab.complaints], [[], []]);
  });
});

describe('the snippet in a file', () => {
  it('sends, although the page has no origin', async () => {
    await using scene = await openScene();
    const folder = await mkdtemp(join(tmpdir(), 'sluice-page-'));
    try {
      const file = join(folder, 'page.html');
      await writeFile(file, documentOf({ head: headOf(scene, `analytics.track('Opened', { origin: self.origin })`) }));
      await using tab = await scene.chromium.open();
      await tab.page.goto(pathToFileURL(file).href);
      const [event] = await arrived(scene, 1);
      assert.deepEqual([event?.event, event?.properties], ['Opened', { origin: 'null' }]);
      assert.deepEqual([tab.uncaught, tab.complaints], [[], []]);
      assert.deepEqual(await scene.chromium.end(), [scene.origin]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
