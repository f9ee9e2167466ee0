/** The browser library's batching mode in a real Chromium: what waits is sent when the page is left. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Tab } from '../support/chromium.ts';
import { segmentSnippet } from '../support/segment-snippet.ts';
import { documentOf } from '../support/site.ts';
import { arrived, idsOf, KEEP_MADE, madeIn, openScene, type Event, type Scene } from './scene.ts';

let scene: Scene;
before(async () => {
  scene = await openScene();
  scene.site.put('/elsewhere', documentOf({ title: 'Elsewhere' }));
});
after(async () => scene[Symbol.asyncDispose]());

/** Opens a page whose library sends when it has so many events, or after ten minutes, and waits for it to be there. */
async function openShop(tab: Tab, size: number): Promise<void> {
  const config = `{ size: ${size}, timeout: 600000 }`;
  const strategy = `{ strategy: 'batching', config: ${config} }`;
  const loadOptions = `{ integrations: { 'Segment.io': { deliveryStrategy: ${strategy} } } }`;
  const snippet = segmentSnippet({ writeKey: 'wk_web', origin: scene.origin, loadOptions });
  scene.site.put('/', documentOf({ head: `<script>${snippet}</script><script>${KEEP_MADE}</script>` }));
  await tab.page.goto(`${scene.site.origin}/`);
  await tab.page.evaluate('new Promise((resolve) => analytics.ready(resolve))');
}

/** Tracks these and resolves once the library has them, which is not when they are sent. */
async function track({ page }: Tab, names: readonly string[], properties: object = {}): Promise<readonly Event[]> {
  const calls = names.map((name) => `analytics.track(${JSON.stringify(name)}, ${JSON.stringify(properties)})`);
  await page.evaluate(`Promise.all([${calls.join(', ')}]).then(() => undefined)`);
  return madeIn(page);
}

function batchesAskedFor({ asked }: Tab): number {
  return asked.filter((url) => url === `${scene.origin}/v1/b`).length;
}

describe('batching in a browser', () => {
  it('sends what came together in one request', async () => {
    const before = scene.receiver.requests.length;
    await using tab = await scene.chromium.open();
    await openShop(tab, 3);
    const made = await track(tab, ['One', 'Two', 'Three']);
    const events = await arrived(scene, 3, before);
    assert.deepEqual(idsOf(events), idsOf(made));
    assert.equal(batchesAskedFor(tab), 1);
    for (const { channel, context, writeKey } of events) {
      assert.deepEqual([channel, (context as Event).ip, writeKey], ['client', '127.0.0.1', undefined]);
    }
    assert.deepEqual([tab.uncaught, tab.complaints], [[], []]);
  });

  it('sends what waits when the page goes elsewhere', async () => {
    const before = scene.receiver.requests.length;
    await using tab = await scene.chromium.open();
    await openShop(tab, 100);
    const made = await track(tab, ['One', 'Two']);
    assert.equal(batchesAskedFor(tab), 0);
    await tab.page.goto(`${scene.site.origin}/elsewhere`);
    assert.deepEqual(idsOf(await arrived(scene, 2, before)), idsOf(made));
  });

  it('sends what waits when the tab is closed, 50 KiB of it as well', async () => {
    const before = scene.receiver.requests.length;
    await using tab = await scene.chromium.open();
    await openShop(tab, 100);
    const names = Array.from({ length: 10 }, (_, index) => `Event ${index}`);
    const made = await track(tab, names, { text: 'x'.repeat(4_500) });
    assert.equal(batchesAskedFor(tab), 0);
    await tab.page.close({ runBeforeUnload: true });
    assert.deepEqual(idsOf(await arrived(scene, 10, before)), idsOf(made));
  });

  it('has an event that was sent while leaving delivered once, although the page comes back and sends it again', async () => {
    const before = scene.receiver.requests.length;
    await using tab = await scene.chromium.open();
    await openShop(tab, 2);
    const made = await track(tab, ['Waiting']);
    await tab.page.evaluate(`window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))`);
    await arrived(scene, 1, before);
    await tab.page.evaluate(`window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`);
    const all = await track(tab, ['Back']);
    const events = await arrived(scene, 2, before);
    assert.deepEqual(idsOf(events), idsOf(all));
    assert.equal(made.length, 1);
    assert.equal(scene.receiver.requests.length, before + 2);
  });

  it('has asked nobody but the shop and Sluice, by the network log of the browser', async () => {
    assert.deepEqual(await scene.chromium.end(), [scene.origin, scene.site.origin].sort());
  });
});
