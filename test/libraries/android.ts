/**
 * `com.segment.analytics.android:analytics` 4.11.4: what `ConnectionFactory.java`, `SegmentIntegration.java` and the
 * payloads of segmentio/analytics-android (58d7472) send by `HttpURLConnection`: always gzip, always in chunks.
 */
import { batchRequests } from './batching.ts';
import { chunked, gzipped, headOf, inOrder, type Kind, type Library, outcomeOnPhones } from './library.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'screen', 'group', 'alias'];
const ORDER = [
  'channel',
  'type',
  'messageId',
  'timestamp',
  'context',
  'integrations',
  'userId',
  'anonymousId',
  'event',
  'category',
  'name',
  'groupId',
  'previousId',
  'traits',
  'properties',
];

const requests = batchRequests({
  kinds: KINDS,
  item: (sample, { nowMs, uuid }) => {
    const anonymousId = uuid();
    return inOrder(ORDER, {
      ...sample,
      channel: 'mobile',
      messageId: uuid(),
      timestamp: new Date(nowMs).toISOString(),
      context: {
        traits: { anonymousId, userId: sample.userId },
        library: { name: 'analytics-android', version: '4.11.4' },
        device: { id: 'a1b2', manufacturer: 'Google', model: 'Pixel 8', name: 'shiba', type: 'android' },
        locale: 'en-GB',
        network: { wifi: true, carrier: '', bluetooth: false, cellular: false },
        os: { name: 'Android', version: '15' },
        screen: { density: 2.625, height: 2_142, width: 1_080 },
        userAgent: 'Dalvik/2.1.0 (Linux; U; Android 15; Pixel 8 Build/AP3A.241005.015)',
        timezone: 'Europe/Berlin',
      },
      integrations: {},
      anonymousId,
    });
  },
  envelope: (batch, { nowMs, writeKey }) => ({ batch, sentAt: new Date(nowMs).toISOString(), writeKey }),
  wire: (text, { host }, path = '/v1/import') => {
    const headers = [
      'Content-Type: application/json',
      'User-Agent: analytics-android/4.11.4',
      'Content-Encoding: gzip',
      'Transfer-Encoding: chunked',
      `Host: ${host}`,
      'Connection: Keep-Alive',
      'Accept-Encoding: gzip',
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body: chunked(gzipped(text, { os: 0 })) };
  },
});

export const ANDROID: readonly Library[] = [
  {
    id: 'android-classic',
    name: 'Android classic',
    sdkNumber: '17',
    version: '4.11.4',
    evidence: 'source',
    needsTls: true,
    requests,
    outcome: outcomeOnPhones,
  },
];
