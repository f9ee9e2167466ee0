/**
 * `segment_analytics` 1.1.10: what `utils/http_client.dart` and `event.g.dart` of segmentio/analytics_flutter (4d685c7)
 * send by package `http` on Dart's `HttpClient`, which writes names of headers in lower case. Fields without a value are
 * written as null.
 */
import { batchRequests } from './batching.ts';
import { type Answer, DELIVERED, headOf, inOrder, kept, type Kind, type Library, type Outcome } from './library.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'screen', 'group', 'alias'];
const ORDER = [
  'anonymousId',
  'messageId',
  'userId',
  'timestamp',
  'context',
  'integrations',
  '_metadata',
  'event',
  'groupId',
  'previousId',
  'name',
  'traits',
  'properties',
  'type',
];

/** `DateTime.toIso8601String()`: microseconds. */
function isoOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace('Z', '420Z');
}

const requests = batchRequests({
  kinds: KINDS,
  item: (sample, { nowMs, uuid }) =>
    inOrder(ORDER, {
      ...sample,
      anonymousId: uuid(),
      messageId: uuid(),
      timestamp: isoOf(nowMs),
      context: {
        app: { build: '1', name: 'Shop', namespace: 'com.example.shop', version: '1.0' },
        device: { manufacturer: 'Google', model: 'Pixel 8', name: 'shiba', type: 'android', id: 'a1b2' },
        library: { name: 'analytics_flutter', version: '1.1.10' },
        locale: 'en-GB',
        network: { bluetooth: false, cellular: false, wifi: true },
        os: { name: 'Android', version: '15' },
        screen: { height: 816, width: 411, density: 2.625 },
        timezone: 'Europe/Berlin',
        traits: {},
        instanceId: uuid(),
      },
      integrations: null,
      _metadata: { bundled: [], unbundled: [], bundledIds: [] },
    }),
  envelope: (batch, { nowMs, writeKey }) => ({ batch, sentAt: isoOf(nowMs), writeKey }),
  wire: (text, { host }, path = '/v1/b') => {
    const body = Buffer.from(text);
    const headers = [
      'user-agent: analytics-flutter/1.1.10',
      'content-type: application/json; charset=utf-8',
      'accept-encoding: gzip',
      `content-length: ${body.length}`,
      `host: ${host}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

/** What is no success stays in its queue, whatever it was. */
function outcome({ status }: Answer): Outcome {
  return status < 300 ? DELIVERED : kept();
}

export const FLUTTER: readonly Library[] = [
  {
    id: 'flutter',
    name: 'Flutter',
    sdkNumber: '19',
    version: '1.1.10',
    evidence: 'source',
    needsTls: true,
    requests,
    outcome,
  },
];
