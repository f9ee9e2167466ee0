/**
 * segmentio/analytics-roku 2.0.0 (2863345): what `source/analytics/SegmentAnalytics.brs` sends by `roUrlTransfer`, and
 * `source/tests/SegmentAnalytics_SegmentIntegrationTests.brs` asserts: a colon after the scheme, and none after the key.
 * There are no timestamps unless the program gives one, and no `sentAt`.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  base64,
  DELIVERED,
  DROPPED,
  headOf,
  inOrder,
  isLimitedOrBroken,
  kept,
  type Kind,
  type Library,
  type Outcome,
} from './library.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'screen', 'group', 'alias'];
/** An associative array gives its keys out by the alphabet. */
const ORDER = [
  'category',
  'event',
  'groupId',
  'integrations',
  'messageId',
  'name',
  'previousId',
  'properties',
  'traits',
  'type',
  'userId',
];

const requests = batchRequests({
  kinds: KINDS,
  item: (sample, { uuid }) => inOrder(ORDER, { ...sample, integrations: {}, messageId: uuid() }),
  envelope: (batch) => ({ batch, context: { library: { name: 'analytics-roku', version: '2.0.0' } } }),
  wire: (text, { host, writeKey }, path = '/v1/batch') => {
    const body = Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      'User-Agent: Roku/DVP-14.5 (14.5.0.4205)',
      'Accept-Encoding: gzip, deflate',
      'Accept: application/json',
      `Authorization: Basic: ${base64(writeKey)}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

/** Parses what says that it is JSON, within a `try`, and asks nothing of it but that it is not invalid. */
function outcome({ status }: Answer): Outcome {
  if (isLimitedOrBroken(status)) return kept();
  return status >= 200 && status < 300 ? DELIVERED : DROPPED;
}

export const ROKU: readonly Library[] = [
  {
    id: 'roku',
    name: 'Roku',
    sdkNumber: '21',
    version: '2.0.0',
    evidence: 'source',
    needsTls: false,
    requests,
    outcome,
  },
];
