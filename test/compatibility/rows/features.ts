import assert from 'node:assert/strict';
import { configSchema } from '../../../src/config/schema.ts';
import { nothingAt, noSetting, sent } from '../checks.ts';
import { absent, different, type Row, type Section } from '../row.ts';

/** A feature that is not there: nor is the URL below the management API that would have it. */
const unserved = (about: string, note: string, path: string): Row =>
  absent(about, note, async (gateway) => nothingAt(gateway, `/api/v1${path}`));
/** One that would be a setting. */
const unset = (about: string, note: string, of: 'sources' | 'destinations', key: string): Row =>
  absent(about, note, async () => noSetting(of, key));

export const features: Section = {
  title: 'Around it',
  introduction: 'What Segment has beside calls and webhooks, and is not there. Planned is what says “not yet”.',
  rows: [
    unserved('Source Debugger', 'Not yet as a page: `sluice dev` shows events and attempts as they pass.', '/stream'),
    unserved(
      'Delivery Overview',
      'Not yet as a page: [`/metrics`](operating.md) has counts, and [`/deliveries`](management-api.md#deliveries) each attempt.',
      '/stats',
    ),
    unserved('Replay', 'Not yet.', '/replays'),
    unserved('Event Tester', 'Not yet; `sluice dev` has a request bin.', '/destinations/hook/test'),
    unserved(
      'Public API (sources, destinations, …)',
      'Not yet: sources and destinations stand in [the configuration](configuration.md).',
      '/sources',
    ),
    absent('Device mode', 'Events reach destinations by way of Sluice: `connectionMode` is `cloud`.', async () => {
      const { error } = configSchema.safeParse({ sources: [{ id: 'x', writeKeys: ['wk'], connectionMode: 'device' }] });
      assert.deepEqual(error?.issues[0]?.path, ['sources', 0, 'connectionMode']);
      return Promise.resolve();
    }),
    different(
      'Destination Filters',
      'By type and event name alone (`delivery.filter`): events are let through or kept away whole.',
      async (gateway) => {
        const [kept, passed] = [await sent(gateway, 'chosen', { event: 'Heartbeat' }), await sent(gateway, 'chosen')];
        await gateway.request(passed, '/chosen');
        assert.ok(!gateway.receiver.requests.some(({ body }) => body.includes(`"${kept}"`)));
      },
    ),
    unset(
      'FQL, transformations, mappings',
      'Events are delivered as they were sent.',
      'destinations',
      'transformations',
    ),
    unset(
      'Functions (source, destination, insert)',
      'No code of yours runs here; a webhook is where it goes.',
      'destinations',
      'function',
    ),
    unset('Protocols, tracking plans, Schema page', 'Every event that is valid is taken.', 'sources', 'trackingPlan'),
    unset('Consent management', 'Not enforced.', 'destinations', 'consent'),
    unserved('Deletion and suppression', 'Not yet.', '/regulations'),
    unserved('Warehouses, Reverse ETL, storage exports', 'Webhooks are the one kind of destination.', '/warehouses'),
    unset('Repeater', 'A source can have several destinations.', 'destinations', 'repeater'),
    unserved('Unify, Engage, audiences', 'Sluice knows events and no profiles.', '/spaces'),
    unserved('Alerting', 'By your own, from [`/metrics`](operating.md).', '/alerts'),
    unserved('Users, roles, SSO, audit trail', 'One API token is for everything.', '/users'),
  ],
};
