/**
 * Segment's library for browsers as Sluice serves it, in as much of a page as it needs: from the script and the
 * settings to the webhook, with no other host asked for anything.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openPage } from '../support/page.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

type Json = Readonly<Record<string, unknown>>;

let receiver: Receiver;
let sluice: SluiceProcess;

before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      sources: [
        { id: 'website', writeKeys: ['wk_website'] },
        { id: 'closed', enabled: false, writeKeys: ['wk_closed'] },
      ],
      destinations: [{ id: 'hook', sources: ['website'], settings: { webhookUrl: receiver.url() } }],
    },
  });
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

async function scriptOf(src: string): Promise<string> {
  const response = await fetch(src);
  assert.equal(response.status, 200);
  return response.text();
}

/** What a snippet has before the script comes: a list of what was called meanwhile. */
function snippet(...calls: readonly (readonly unknown[])[]): Json {
  return { analytics: Object.assign([...calls], { _loadOptions: {} }) };
}

describe('the library for browsers', () => {
  it('is loaded, finds its settings and sends, all from one host over plain HTTP', async () => {
    const src = `${sluice.url}/analytics.js/v1/wk_website/analytics.min.js`;
    const calls = snippet(
      ['identify', 'u1', { plan: 'Pro' }],
      ['track', 'Bought', { price: 0.1 }],
      ['page', 'Pricing'],
    );
    const page = openPage({ src, globals: calls, fetch });
    page.run(await scriptOf(src));

    const requests = await receiver.count(3);
    const bodies = requests.map(({ body }) => JSON.parse(body) as Json);
    const byType = new Map(bodies.map((body) => [body.type, body]));
    assert.deepEqual([...byType.keys()].sort(), ['identify', 'page', 'track']);
    assert.deepEqual(byType.get('identify')?.traits, { plan: 'Pro' });
    assert.deepEqual([byType.get('track')?.event, byType.get('track')?.properties], ['Bought', { price: 0.1 }]);
    assert.equal(byType.get('page')?.name, 'Pricing');
    for (const body of bodies) assert.equal(body.userId, 'u1');

    assert.deepEqual(
      [...new Set(page.asked)].sort(),
      ['/v1/i', '/v1/p', '/v1/projects/wk_website/settings', '/v1/t'].map((path) => `${sluice.url}${path}`),
    );
  });

  it('loads what it needs later from there too', async () => {
    const src = `${sluice.url}/analytics.js/v1/wk_website/analytics.min.js`;
    const asked = new Promise<string>((resolve) => {
      const page = openPage({
        src,
        url: 'http://shop.example/?ajs_event=Seen',
        globals: snippet(),
        fetch,
        onScript: resolve,
      });
      void scriptOf(src).then((script) => page.run(script));
    });
    const bundle = await asked;
    assert.match(bundle, /\/analytics-next\/bundles\/queryString\.bundle\.[0-9a-f]{20}\.js$/);
    assert.equal(new URL(bundle).origin, sluice.url);
    assert.equal((await fetch(bundle)).status, 200);
  });
});

describe('settings', () => {
  it('are those of a source for one that is disabled, and 404 for a write key that no source has', async () => {
    const answers = ['wk_closed', 'wk_nobody'].map(async (key) => fetch(`${sluice.url}/v1/projects/${key}/settings`));
    const [closed, unknown] = await Promise.all(answers);
    assert.equal(closed?.status, 200);
    assert.equal(unknown?.status, 404);
    assert.equal(((await unknown.json()) as Json).code, 'write_key_unknown');
  });

  it('follow a change of the configuration', async () => {
    await sluice.configure({ sources: [{ id: 'website', writeKeys: ['wk_new'] }] });
    sluice.hangUp();
    await sluice.logged(/"configuration applied"/);
    const statusOf = async (key: string) => (await fetch(`${sluice.url}/v1/projects/${key}/settings`)).status;
    assert.deepEqual([await statusOf('wk_new'), await statusOf('wk_website')], [200, 404]);
  });
});
