/**
 * CocoaPods `Analytics` 4.1.8: what `SEGHTTPClient.m` and `SEGSegmentIntegration.m` of segmentio/analytics-ios (4b09689)
 * send by `NSURLSession`. It posts to `<apiHost>/batch`, where the host has the `/v1` already, and sets Content-Type both
 * on the session and on the request.
 */
import { batchRequests } from './batching.ts';
import { gzipped, headOf, inOrder, type Kind, type Library, outcomeOnPhones } from './library.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'screen', 'group', 'alias'];
/** A dictionary's keys have no order that anybody promises; this is one. */
const ORDER = [
  'context',
  'integrations',
  'anonymousId',
  'messageId',
  'timestamp',
  'type',
  'userId',
  'event',
  'name',
  'groupId',
  'previousId',
  'traits',
  'properties',
];
const CONTEXT = {
  library: { name: 'analytics-ios', version: '4.1.8' },
  device: { manufacturer: 'Apple', model: 'iPhone9,3', type: 'ios', id: 'A1B2', name: 'iPhone' },
  os: { name: 'iOS', version: '15.8' },
  locale: 'en-GB',
  timezone: 'Europe/Berlin',
  screen: { width: 375, height: 667 },
  network: { cellular: false, wifi: true },
};

const requests = batchRequests({
  kinds: KINDS,
  item: (sample, { nowMs, uuid }) =>
    inOrder(ORDER, {
      ...sample,
      anonymousId: uuid().toUpperCase(),
      messageId: uuid().toUpperCase(),
      timestamp: new Date(nowMs).toISOString(),
      context: CONTEXT,
      integrations: {},
    }),
  envelope: (batch, { nowMs, writeKey }) => ({ sentAt: new Date(nowMs).toISOString(), writeKey, batch }),
  // NSJSONSerialization escapes slashes.
  write: (value) => JSON.stringify(value).replaceAll('/', '\\/'),
  wire: (text, { host }, path = '/v1/batch') => {
    const body = gzipped(text);
    const headers = [
      `Host: ${host}`,
      'Content-Type: application/json',
      'Content-Encoding: gzip',
      'Connection: keep-alive',
      'Accept: */*',
      'User-Agent: analytics-ios/4.1.8',
      `Content-Length: ${body.length}`,
      'Accept-Language: en-gb',
      'Accept-Encoding: gzip',
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

export const IOS: readonly Library[] = [
  {
    id: 'ios-classic',
    name: 'iOS classic',
    sdkNumber: '16',
    version: '4.1.8',
    evidence: 'source',
    needsTls: true,
    requests,
    outcome: outcomeOnPhones,
  },
];
