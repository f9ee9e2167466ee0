import assert from 'node:assert/strict';
import { type Event, type Gateway } from '../../support/gateway.ts';
import { get, nothingAt, settings } from '../checks.ts';
import { absent, different, same, type Section } from '../row.ts';

async function integration(gateway: Gateway): Promise<Event> {
  return ((await settings(gateway)) as { integrations: Record<string, Event> }).integrations['Segment.io'] ?? {};
}

const SCRIPT = '/analytics.js/v1/wk_app/analytics.min.js';

export const cdn: Section = {
  title: 'What libraries load (the CDN)',
  introduction:
    'On the same host as calls, for pages of any origin. Any write key that a source has will do, also that of a disabled one.',
  rows: [
    same(
      '`/analytics.js/v1/<writeKey>/analytics.min.js`',
      'The official library, of the version that Sluice was released with; in it, this host stands where Segment’s did.',
      async (gateway) => {
        const script = await get(gateway, SCRIPT);
        assert.equal(script.status, 200);
        assert.ok(script.body.includes('wk_app'));
        assert.doesNotMatch(script.body, /(?:api|cdn)\.segment\.(?:io|com)/);
      },
    ),
    same('`/analytics-next/bundles/<name>.bundle.<hash>.js`', 'Those of that version.', async (gateway) => {
      const { body } = await get(gateway, SCRIPT);
      const [, id = '', hash = ''] = /\b(\d+):"([0-9a-f]{20})"/.exec(body) ?? [];
      const name =
        new RegExp(`\\b${id}:"([\\w-]*[a-zA-Z][\\w-]*)"`).exec(body.replaceAll(/"[0-9a-f]{20}"/g, ''))?.[1] ?? id;
      assert.equal((await get(gateway, `/analytics-next/bundles/${name}.bundle.${hash}.js`)).status, 200);
    }),
    same(
      '`/v1/projects/<writeKey>/settings`',
      'They name the host that they were asked of, or `http.publicUrl`.',
      async (gateway) => {
        const { apiKey, apiHost } = await integration(gateway);
        assert.deepEqual([apiKey, apiHost], ['wk_app', `${new URL(gateway.url).host}/v1`]);
      },
    ),
    same(
      'Settings of an unknown write key are `404`',
      'Pages then send nothing, phones go by what they have.',
      async (gateway) => {
        await gateway.rejects(404, 'write_key_unknown', { method: 'GET', path: '/v1/projects/wk_nobody/settings' });
      },
    ),
    same('CORS on all of these', '', async (gateway) => {
      for (const path of [SCRIPT, '/v1/projects/wk_app/settings']) {
        const { header } = await get(gateway, path, ['Origin: https://shop.example']);
        assert.equal(header('access-control-allow-origin'), 'https://shop.example');
      }
    }),
    different('`metrics.sampleRate`', 'Always 0: libraries measure nothing of themselves.', async (gateway) => {
      assert.equal(((await settings(gateway)) as { metrics: { sampleRate: number } }).metrics.sampleRate, 0);
    }),
    different(
      '`protocol` of `Segment.io`',
      'There where Sluice is asked over plain HTTP, so that pages need no setting of their own while you develop.',
      async (gateway) => {
        assert.equal((await integration(gateway))['protocol'], 'http');
      },
    ),
    different(
      '`integrations` of the settings',
      '`Segment.io` alone, which is this host; with any other, a page would load its code.',
      async (gateway) => {
        assert.deepEqual(Object.keys((await settings(gateway))['integrations'] as Event), ['Segment.io']);
      },
    ),
    absent(
      '`plan` (events that are switched off in the library)',
      'Always empty: there is no tracking plan.',
      async (gateway) => {
        assert.deepEqual((await settings(gateway))['plan'], {});
      },
    ),
    absent(
      '`middlewareSettings.routingRules` (filters of device-mode destinations)',
      'Always empty: there are no such destinations.',
      async (gateway) => {
        assert.deepEqual((await settings(gateway))['middlewareSettings'], { routingRules: [] });
      },
    ),
    absent(
      '`consentSettings`',
      'Left out, since a library waits for consent where they are there.',
      async (gateway) => {
        assert.ok(!('consentSettings' in (await settings(gateway))));
      },
    ),
    absent(
      '`httpConfig` (retries of libraries, set from the server)',
      'Left out: libraries retry as they do by themselves.',
      async (gateway) => {
        assert.ok(!('httpConfig' in (await settings(gateway))) && !('httpConfig' in (await integration(gateway))));
      },
    ),
    absent(
      '`/next-integrations/…` (destinations and middleware that run in the page)',
      'Events reach webhooks by way of Sluice alone; `remotePlugins` is empty.',
      async (gateway) => {
        assert.deepEqual((await settings(gateway))['remotePlugins'], []);
        await nothingAt(gateway, '/next-integrations/integrations/vendor/commons.js.gz');
        await nothingAt(gateway, '/next-integrations/actions/x/y.js');
      },
    ),
    absent(
      '`/analytics.js/v1/<writeKey>/analytics.classic.js`',
      'For browsers of before 2017; the script does not ask for it.',
      async (gateway) => {
        await nothingAt(gateway, '/analytics.js/v1/wk_app/analytics.classic.js');
      },
    ),
    absent('`/v1/projects/<writeKey>/integrations`', 'No current library asks for it.', async (gateway) => {
      await nothingAt(gateway, '/v1/projects/wk_app/integrations');
    }),
  ],
};
