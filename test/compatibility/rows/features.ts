import assert from 'node:assert/strict';
import { configSchema } from '../../../src/config/schema.ts';
import { EventStream } from '../../support/event-stream.ts';
import type { Gateway } from '../../support/gateway.ts';
import { nothingAt, noSetting, sent, tokenOf } from '../checks.ts';
import { absent, different, type Row, type Section } from '../row.ts';

/** A feature that is not there: nor is the URL below the management API that would have it. */
const unserved = (about: string, note: string, path: string): Row =>
  absent(about, note, async (gateway) => nothingAt(gateway, `/api/v1${path}`));
/** What the management API answers. */
async function asked<Answer>(gateway: Gateway, method: string, path: string, body?: string): Promise<Answer> {
  const headers = [`Authorization: Bearer ${tokenOf(gateway)}`];
  const sending = { method, path: `/api/v1${path}`, headers, ...(body === undefined ? {} : { body }) };
  const answer = await gateway.send(sending);
  assert.ok(answer.status < 300, answer.body);
  return JSON.parse(answer.body) as Answer;
}
/** One that would be a setting. */
const unset = (about: string, note: string, of: 'sources' | 'destinations', key: string): Row =>
  absent(about, note, async () => noSetting(of, key));

export const features: Section = {
  title: 'Around it',
  introduction: 'What Segment has beside calls and webhooks, and is not there. Planned is what says “not yet”.',
  rows: [
    different(
      'Source Debugger',
      'Not yet as a page: [`/stream`](management-api.md#live-stream) tells of events, attempts and refused calls as they pass, `sluice dev` in the terminal.',
      async (gateway) => {
        const stream = await EventStream.open(gateway.sluice, 'source=chosen&kinds=event');
        const mark = await sent(gateway, 'chosen', { event: 'Watched' });
        const [told] = await stream.count('event', 1);
        stream.close();
        assert.ok(JSON.stringify(told?.data).includes(mark));
      },
    ),
    different(
      'Delivery Overview',
      'Not yet as a page: [`/stats`](management-api.md#statistics) has attempts by time and outcome, [`/deliveries`](management-api.md#deliveries) each of them.',
      async (gateway) => {
        const { data, now } = await asked<{ data: object[]; now: object[] }>(gateway, 'GET', '/stats');
        assert.ok(Array.isArray(data) && now.length > 0);
      },
    ),
    different(
      'Replay',
      'By whoever operates Sluice, at once and as far back as the log goes: [`/replays`](management-api.md#replays).',
      async (gateway) => {
        await sent(gateway, 'chosen');
        const body = JSON.stringify({ destination: 'chosen', filter: { type: 'track' } });
        const { id } = await asked<{ id: string }>(gateway, 'POST', '/replays', body);
        assert.match(id, /^rpl_/);
      },
    ),
    different(
      'Event Tester',
      'Not yet as a page: [a test of a destination](management-api.md#testing-a-destination) answers with request, response, timing and whether the signatures verify.',
      async (gateway) => {
        const { endpoints } = await asked<{ endpoints: { status: number }[] }>(
          ...[gateway, 'POST', '/destinations/rejects/test', '{}'],
        );
        assert.deepEqual(
          endpoints.map(({ status }) => status),
          [404],
        );
      },
    ),
    different(
      'Public API (sources, destinations, …)',
      'With names and shapes of its own: [the management API](management-api.md), of which there is an [OpenAPI document](openapi.json).',
      async (gateway) => {
        const { data } = await asked<{ data: { id: string }[] }>(gateway, 'GET', '/destinations?limit=100');
        assert.ok(data.some(({ id }) => id === 'chosen'));
      },
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
    different(
      'Deletion and suppression',
      'By `userId` or `anonymousId`, for good: [`/erasures`](erasure.md). Destinations are told with `notify`.',
      async (gateway) => {
        const { id } = await asked<{ id: string }>(gateway, 'POST', '/erasures', '{"userId":"nobody"}');
        assert.match(id, /^ers_/);
      },
    ),
    unserved('Warehouses, Reverse ETL, storage exports', 'Webhooks are the one kind of destination.', '/warehouses'),
    unset('Repeater', 'A source can have several destinations.', 'destinations', 'repeater'),
    unserved('Unify, Engage, audiences', 'Sluice knows events and no profiles.', '/spaces'),
    different(
      'Alerting',
      'To one webhook, Slack’s format too: [what is told of](alerts.md). Anything else from [`/metrics`](operating.md#metrics).',
      async (gateway) => {
        const { data } = await asked<{ data: object[] }>(gateway, 'GET', '/alerts');
        assert.ok(Array.isArray(data));
      },
    ),
    different(
      'Roles, audit trail',
      '[API tokens](management-api.md#api-tokens) with a name, one of two roles and an expiry; [the trail](management-api.md#audit-trail) has each change by its token, before and after.',
      async (gateway) => {
        const { role } = await asked<{ role: string }>(gateway, 'POST', '/tokens', '{"name":"desk","role":"viewer"}');
        const { data } = await asked<{ data: { action: string }[] }>(gateway, 'GET', '/audit');
        assert.equal(role, 'viewer');
        assert.ok(data.length > 0);
      },
    ),
    unserved('Users, SSO', 'Whoever holds a token signs in with it.', '/users'),
  ],
};
