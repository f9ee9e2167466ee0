/**
 * `segmentio/analytics-swift` 1.9.4: what `HTTPClient.swift`, `DirectoryStore.swift` and `Types.swift` of that repository
 * (c9a0d63) send by `URLSession`. A batch is the text of a file that was written line by line.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  DELIVERED,
  DROPPED,
  headOf,
  inOrder,
  isPassing,
  kept,
  type Kind,
  type Library,
  type Outcome,
  retryAfterS,
} from './library.ts';

const ORDER = [
  'type',
  'anonymousId',
  'messageId',
  'userId',
  'timestamp',
  'context',
  'integrations',
  '_metadata',
  'event',
  'name',
  'category',
  'groupId',
  'previousId',
  'traits',
  'properties',
];
const KINDS: readonly Kind[] = ['identify', 'track', 'screen', 'group', 'alias'];
const CONTEXT = {
  library: { name: 'analytics-swift', version: '1.9.4' },
  app: { name: 'Shop', version: '1.0', build: '1', namespace: 'com.example.shop' },
  device: { manufacturer: 'Apple', type: 'ios', model: 'iPhone17,1', name: 'iPhone', id: 'A1B2' },
  os: { name: 'iOS', version: '19.0' },
  screen: { width: 402, height: 874 },
  locale: 'en-GB',
  timezone: 'Europe/Berlin',
  network: { bluetooth: false, cellular: false, wifi: true },
  userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)',
};

interface Envelope {
  readonly batch: readonly object[];
  readonly sentAt: string;
  readonly writeKey: string;
}

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
      _metadata: { bundled: [], unbundled: [], bundledIds: [] },
    }),
  envelope: (batch, { nowMs, writeKey }): Envelope => ({ batch, sentAt: new Date(nowMs).toISOString(), writeKey }),
  // JSONEncoder escapes slashes.
  write: (value) => {
    const { batch, sentAt, writeKey } = value as Envelope;
    const lines = batch.map((item) => JSON.stringify(item).replaceAll('/', '\\/'));
    return `{ "batch": [\n${lines.join('\n,')}\n],"sentAt":"${sentAt}","writeKey":"${writeKey}"}\n`;
  },
  wire: (text, { host }, path = '/v1/b') => {
    const body = Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      'Content-Type: application/json; charset=utf-8',
      'Connection: keep-alive',
      'Accept: */*',
      'User-Agent: analytics-ios/1.9.4',
      `Content-Length: ${body.length}`,
      'Accept-Language: en-GB,en;q=0.9',
      'Accept-Encoding: gzip',
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

/** Without an `httpConfig` of the settings only 400 makes it remove a file. */
function outcome({ status }: Answer): Outcome {
  if (status < 300) return DELIVERED;
  return status === 400 ? DROPPED : kept();
}

/** With one: a `Retry-After` of whatever is worth another attempt stops the whole pipeline for that long. */
function configuredOutcome(answer: Answer): Outcome {
  if (answer.status < 300) return DELIVERED;
  return isPassing(answer.status) || answer.status === 511 ? kept(retryAfterS(answer)) : DROPPED;
}

const swift = { name: 'Swift', sdkNumber: '14', version: '1.9.4', evidence: 'source', needsTls: true } as const;

export const SWIFT: readonly Library[] = [
  { ...swift, id: 'swift', requests, outcome },
  {
    ...swift,
    id: 'swift-http-config',
    name: 'Swift, with an httpConfig',
    requests,
    outcome: configuredOutcome,
  },
];
