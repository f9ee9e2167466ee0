/** What a page meets whose calls nobody takes: no harm, and no other host. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { segmentSnippet } from '../support/segment-snippet.ts';
import { documentOf } from '../support/site.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
before(async () => {
  scene = await openScene();
});
after(async () => scene[Symbol.asyncDispose]());

function put(writeKey: string, after: string): void {
  const snippet = segmentSnippet({ writeKey, origin: scene.origin });
  scene.site.put('/', documentOf({ head: `<script>${snippet}</script><script>${after}</script>` }));
}

describe('a page of a disabled source', () => {
  it('sends as ever, and sees nothing of it', async () => {
    await using tab = await scene.chromium.open();
    put('wk_closed', '');
    await tab.page.goto(`${scene.site.origin}/`);
    const answered = tab.page.waitForResponse(`${scene.origin}/v1/t`);
    await tab.page.evaluate(`analytics.track('Bought') && undefined`);
    assert.equal((await answered).status(), 200);
    assert.deepEqual([tab.uncaught, tab.complaints], [[], []]);
    assert.equal(scene.receiver.requests.length, 0);
  });
});

describe('a page with a write key that no source has', () => {
  it('goes on, without the library and with nothing thrown', async () => {
    await using tab = await scene.chromium.open();
    put('wk_nobody', `analytics.track('Bought'); window.isThrough = true;`);
    const script = `${scene.origin}/analytics.js/v1/wk_nobody/analytics.min.js`;
    const refused = tab.page.waitForEvent('requestfailed', (request) => request.url() === script);
    await tab.page.goto(`${scene.site.origin}/`);
    await refused;
    assert.equal(await tab.page.evaluate('window.isThrough'), true);
    assert.deepEqual([tab.uncaught, tab.complaints], [[], []]);
  });
});

describe('a page whose settings do not come', () => {
  it('reports it to where its script came from, and to nobody else', async () => {
    await using tab = await scene.chromium.open();
    put('wk_web', `analytics.track('Bought');`);
    await tab.page.route('**/settings', async (route) => route.abort());
    const reported = tab.page.waitForResponse(`${scene.origin}/v1/m`);
    await tab.page.goto(`${scene.site.origin}/`);
    assert.equal((await reported).status(), 200);
    assert.deepEqual(tab.uncaught, []);
    assert.deepEqual(tab.origins, [scene.origin, scene.site.origin].sort());
  });
});

describe('the network log of the browser', () => {
  it('has nobody but the shop and Sluice in it', async () => {
    assert.deepEqual(await scene.chromium.end(), [scene.origin, scene.site.origin].sort());
  });
});
