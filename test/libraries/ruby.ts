/**
 * `analytics-ruby` 2.5.0: what `transport.rb`, `field_parser.rb` and `worker.rb` of segmentio/analytics-ruby (df68ade)
 * send by `Net::HTTP`. It was run and its bytes compared with these.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  basic,
  DELIVERED,
  DROPPED,
  headOf,
  inOrder,
  isLimitedOrBroken,
  kept,
  KINDS,
  type Library,
  type Outcome,
} from './library.ts';

const ORDER = [
  'context',
  'messageId',
  'timestamp',
  'userId',
  'type',
  'event',
  'previousId',
  'groupId',
  'name',
  'traits',
  'properties',
];
const LIBRARY = { name: 'analytics-ruby', version: '2.5.0' };

/** `Time#iso8601(3)` of a time in UTC. */
function isoOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace('Z', '+00:00');
}

const requests = batchRequests({
  kinds: KINDS,
  item: (sample, { nowMs, uuid }) => ({
    ...inOrder(ORDER, { ...sample, context: { library: LIBRARY }, messageId: uuid(), timestamp: isoOf(nowMs) }),
    ...(sample.type === 'screen' ? { category: sample.category } : {}),
  }),
  envelope: (batch, { nowMs }) => ({ sentAt: isoOf(nowMs), batch }),
  wire: (text, { host, writeKey }, path = '/v1/import') => {
    const body = Buffer.from(text);
    const headers = [
      'Accept: application/json',
      'Content-Type: application/json',
      'User-Agent: analytics-ruby/2.5.0',
      'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
      `Authorization: ${basic(writeKey)}`,
      `Host: ${host}`,
      `Content-Length: ${body.length}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

/**
 * Parses the body and takes its `error` before it looks at the status. What is no JSON, and what cannot be asked for a
 * key, raises, and whatever raises is tried again.
 */
function outcome({ status, body }: Answer): Outcome {
  if (!hasKeys(body) || isLimitedOrBroken(status)) return kept();
  return status === 200 ? DELIVERED : DROPPED;
}

function hasKeys(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

export const RUBY: readonly Library[] = [
  { id: 'ruby', name: 'Ruby', sdkNumber: '9', version: '2.5.0', evidence: 'run', needsTls: false, requests, outcome },
];
