/**
 * `com.segment.analytics.java:analytics`: what `AnalyticsClient.java`, `AnalyticsRequestInterceptor.java` and the message
 * types of segmentio/analytics-java send. 3.5.4 was run and its bytes compared with these: it has no Authorization. The
 * revision after it (07802a3) has one again, and follows from its source. `circleci/analytics-clj` wraps this library
 * and has no transport of its own.
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
  isPassing,
  kept,
  KINDS,
  type Library,
  type Outcome,
  retryAfterS,
} from './library.ts';

const ORDER = [
  'type',
  'messageId',
  'timestamp',
  'userId',
  'integrations',
  'event',
  'name',
  'groupId',
  'previousId',
  'traits',
  'properties',
];

function requests(version: string, isBasic: boolean): Library['requests'] {
  return batchRequests({
    kinds: KINDS,
    item: (sample, { nowMs, uuid }) =>
      inOrder(ORDER, {
        ...sample,
        messageId: uuid(),
        timestamp: new Date(nowMs).toISOString(),
        integrations: {},
      }),
    envelope: (batch, { nowMs, uuid, writeKey }) => ({
      batch,
      sentAt: new Date(nowMs).toISOString(),
      context: { library: { name: 'analytics-java', version }, instanceId: uuid() },
      sequence: 1,
      writeKey,
    }),
    // Gson is told to escape nothing for HTML by Retrofit's converter.
    wire: (text, { host, writeKey }, path = '/v1/import/') => {
      const body = Buffer.from(text);
      const headers = [
        ...(isBasic ? [`Authorization: ${basic(writeKey)}`] : []),
        `User-Agent: analytics-java/${version}`,
        'Content-Type: application/json; charset=UTF-8',
        `Content-Length: ${body.length}`,
        `Host: ${host}`,
        'Connection: Keep-Alive',
        'Accept-Encoding: gzip',
      ];
      return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
    },
  });
}

/** Gson makes an `UploadResponse` of the body; where it cannot, the batch is given up, though it was accepted. */
function isUploadResponse(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'success' in value && typeof value.success === 'boolean';
  } catch {
    return false;
  }
}

function outcomeOf354({ status, body }: Answer): Outcome {
  if (status >= 200 && status < 300) return isUploadResponse(body) ? DELIVERED : DROPPED;
  return isLimitedOrBroken(status) ? kept() : DROPPED;
}

function outcomeOf355(answer: Answer): Outcome {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return isUploadResponse(body) ? DELIVERED : DROPPED;
  return isPassing(status) ? kept(retryAfterS(answer) || null) : DROPPED;
}

const java = { name: 'Java', sdkNumber: '7', needsTls: false } as const;
const v354 = { ...java, version: '3.5.4', requests: requests('3.5.4', false), outcome: outcomeOf354 };

export const JAVA: readonly Library[] = [
  { ...v354, id: 'java-3.5.4', evidence: 'run' },
  {
    ...java,
    id: 'java-3.5.5',
    version: '3.5.5',
    evidence: 'source',
    requests: requests('3.5.5', true),
    outcome: outcomeOf355,
  },
  { ...v354, id: 'clojure', name: 'Clojure, by Java', sdkNumber: '8', evidence: 'source' },
];
