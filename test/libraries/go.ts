/**
 * `github.com/segmentio/analytics-go/v3`: what `analytics.go` and the message types of segmentio/analytics-go send.
 * v3.3.0 (bc3a04e) was run and its bytes compared with these; it calls itself 3.0.0. The revision after it, which
 * retries by status and calls itself 3.3.0, follows from its `analytics.go` alone.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  basic,
  DELIVERED,
  DROPPED,
  headOf,
  inOrder,
  isPassing,
  kept,
  KINDS,
  type Library,
  type Outcome,
  retryAfterS,
} from './library.ts';

/** Fields of the message structs, in their order; `PreviousId` stands before `UserId` in an alias. */
const ORDER = ['type', 'messageId', 'previousId', 'userId', 'event', 'name', 'groupId', 'timestamp'];

/** RFC 3339 with nanoseconds, without zeros at the end. */
function isoOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace('Z', '004202Z').replace(/0+Z$/, 'Z');
}

/** `json.Marshal` escapes what HTML would read. */
function marshalled(value: object): string {
  const escaped: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };
  return JSON.stringify(value).replace(/[<>&]/g, (char) => escaped[char] ?? char);
}

function requests(version: string): Library['requests'] {
  return batchRequests({
    kinds: KINDS,
    // A page and a screen have no category.
    item: (sample, { nowMs, uuid }) =>
      inOrder([...ORDER, 'traits', 'properties'], { ...sample, messageId: uuid(), timestamp: isoOf(nowMs) }),
    envelope: (batch, { nowMs, uuid }) => ({
      messageId: uuid(),
      sentAt: isoOf(nowMs),
      batch,
      context: { library: { name: 'analytics-go', version } },
    }),
    write: marshalled,
    wire: (text, { host, writeKey }, path = '/v1/batch') => {
      const body = Buffer.from(text);
      const headers = [
        `Host: ${host}`,
        `User-Agent: analytics-go (version: ${version})`,
        `Content-Length: ${body.length}`,
        `Authorization: ${basic(writeKey)}`,
        'Content-Type: application/json',
        'Accept-Encoding: gzip',
      ];
      return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
    },
  });
}

/** Whatever is not a success, ten times. */
function outcomeOf330({ status }: Answer): Outcome {
  return status < 300 ? DELIVERED : kept();
}

/** By status, as the newer libraries share it; which statuses it takes a `Retry-After` of is in a file not at hand. */
function outcomeOfNext(answer: Answer): Outcome {
  if (answer.status >= 200 && answer.status < 400) return DELIVERED;
  if (answer.status === 429) return kept(retryAfterS(answer) || null);
  return isPassing(answer.status) ? kept() : DROPPED;
}

export const GO: readonly Library[] = [
  {
    id: 'go-3.3.0',
    name: 'Go',
    sdkNumber: '6',
    version: '3.3.0',
    evidence: 'run',
    needsTls: false,
    requests: requests('3.0.0'),
    outcome: outcomeOf330,
  },
  {
    id: 'go-next',
    name: 'Go, the revision after 3.3.0',
    sdkNumber: '6',
    version: 'after 3.3.0',
    evidence: 'source',
    needsTls: false,
    requests: requests('3.3.0'),
    outcome: outcomeOfNext,
  },
];
