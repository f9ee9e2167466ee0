import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deadDelivery, placesOf, settle } from './pages.ts';
import { type Dashboard, openDashboard } from './scene.ts';

/** Each would set `window.stolen`, or go there, where a page took it for more than text. */
const SCRIPTS = [
  '<img src=x onerror="window.stolen=1">',
  '"><script>window.stolen=1</script>',
  "'-window.stolen=1-'",
  '</script><svg onload=window.stolen=1>',
  '{{constructor.constructor("window.stolen=1")()}}',
  '${window.stolen=1}',
  'javascript:window.stolen=1',
  '[x](javascript:window.stolen=1)',
  '\u202egnp.exe',
];

describe('what is hostile, on every page of the dashboard', () => {
  let dashboard: Dashboard;
  let places: Readonly<Record<string, string>>;
  before(async () => {
    dashboard = await openDashboard();
    const { api, receiver, send } = dashboard;
    const all = SCRIPTS.join(' ');
    receiver.answer({ status: 500, headers: { 'x-hostile': SCRIPTS[0]! }, body: all });
    await api.updateSource({ params: { id: 'dev' }, body: {} }).catch(() => null);
    const { id: destination } = await api.createDestination({
      body: {
        name: SCRIPTS[0]!,
        sources: ['dev'],
        settings: {
          webhooks: [
            {
              url: `${receiver.url('/hook')}?q=${encodeURIComponent(all)}`,
              headers: { 'X-Note': all.replaceAll('\u202e', '') },
            },
          ],
        },
        delivery: { retries: 0, circuitBreaker: false },
      },
    });
    await api.createSource({ body: { name: SCRIPTS[1]!, writeKeys: [{ key: '<b>key', name: SCRIPTS[3]! }] } });
    await api.createApiToken({ body: { name: SCRIPTS[3]!, role: 'viewer' } });
    const bin = await hostileBin(dashboard);
    for (const script of SCRIPTS) {
      await send({
        type: 'track',
        event: script,
        userId: script,
        messageId: script,
        properties: { [script]: script, __proto__: script, url: 'javascript:window.stolen=1' },
        context: { page: { url: script, title: script }, userAgent: script },
      });
      await send({ type: 'track', userId: script, properties: { [script]: script } });
    }
    const { id: delivery, event } = await deadDelivery(dashboard, destination);
    const { id: replay } = await api.createReplay({
      body: { destination, filter: { name: SCRIPTS[1]!, user: SCRIPTS[1]! } },
    });
    places = placesOf({ destination, event, delivery, replay, bin });
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('is shown as text: nothing of it runs, and no link leads to a script', async () => {
    const { page } = dashboard;
    page.on('dialog', (dialog) => assert.fail(`a page asked ${dialog.message()}`));
    for (const [name, path] of Object.entries(places)) {
      await settle(dashboard, path);
      assert.equal(await page.evaluate('window.stolen'), undefined, name);
      const links = await page.evaluate<readonly Link[]>(LINKS);
      for (const { href, target, rel } of links) {
        assert.match(href, /^https?:/, name);
        const isOwn = href.startsWith(dashboard.sluice.url);
        assert.ok(isOwn || (target === '_blank' && rel.includes('noopener')), `${name}: ${href}`);
      }
    }
    dashboard.assertQuiet();
  });

  it('is shown as text in a request of a bin', async () => {
    const { page } = dashboard;
    await settle(dashboard, places['bin'] ?? '');
    for (const row of await page.getByRole('region', { name: 'Requests, newest first' }).getByRole('button').all()) {
      await row.click();
      await page.getByText('Headers, as they came').waitFor();
      await page.getByText('Bytes', { exact: true }).first().click();
      assert.equal(await page.evaluate('window.stolen'), undefined);
    }
    dashboard.assertQuiet();
  });

  it('is what a page says that there is not, when it is in a URL', async () => {
    const { page } = dashboard;
    for (const script of SCRIPTS) {
      for (const path of [
        '/events/',
        '/deliveries/',
        '/destinations/',
        '/sources/',
        '/bins/',
        '/replays/',
        '/nowhere/',
      ])
        await dashboard.visit(`${path}${encodeURIComponent(script)}`);
      await dashboard.visit(`/events?user=${encodeURIComponent(script)}&name=${encodeURIComponent(script)}`);
      assert.equal(await page.evaluate('window.stolen'), undefined, script);
    }
    // What is not there is answered with 404, and what is no id of anything with 400.
    dashboard.assertQuiet(/status of 40[04]/);
  });

  it('cannot put the dashboard into a frame', async () => {
    const { page, sluice } = dashboard;
    const response = await page.request.get(`${sluice.url}/dashboard`);
    assert.match(response.headers()['content-security-policy'] ?? '', /frame-ancestors 'none'/);
    assert.equal(response.headers()['x-frame-options'], 'DENY');
  });
});

/** A bin to which hostile requests were sent, and which answers by a hostile script. Answers its id. */
async function hostileBin({ api }: Dashboard): Promise<string> {
  const { id, url } = await api.createBin();
  const all = SCRIPTS.join(' ');
  const headers = { 'content-type': 'text/html', 'x-hostile': all.replaceAll('\u202e', '') };
  for (const [index, script] of SCRIPTS.entries()) {
    const body = index % 2 === 0 ? all : Buffer.concat([Buffer.from(all), Buffer.from([0xff])]);
    await fetch(`${url}/${encodeURIComponent(script)}?q=${encodeURIComponent(all)}`, { method: 'PUT', headers, body });
  }
  await api.updateBin({ params: { id }, body: { script: [{ status: 200, headers, body: all }] } });
  return id;
}

interface Link {
  readonly href: string;
  readonly target: string;
  readonly rel: string;
}

const LINKS = `[...document.querySelectorAll('a[href]')].map(({ href, target, rel }) => ({ href, target, rel }))`;
