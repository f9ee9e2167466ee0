/**
 * `Segment.Analytics.CSharp` 2.6.0, also Unity's: what `HTTPClient.cs`, `Storage.cs` and `Types.cs` of
 * segmentio/Analytics-CSharp (f7fc185) send. `HttpClient` adds `Accept-Encoding` for its automatic decompression. The
 * revision after it (001b443) counts 3xx as a success and is otherwise the same, retries apart.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  DELIVERED,
  DROPPED,
  gzipped,
  headOf,
  inOrder,
  KINDS,
  kept,
  type Library,
  type Outcome,
} from './library.ts';

const ORDER = [
  'type',
  'event',
  'name',
  'category',
  'previousId',
  'groupId',
  'traits',
  'properties',
  'anonymousId',
  'messageId',
  'userId',
  'timestamp',
  'context',
  'integrations',
  '_metadata',
];

/** `DateTime.UtcNow.ToString("o")`: seven digits. */
function isoOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace('Z', '4202Z');
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
        library: { name: 'Analytics-CSharp', version: '2.6.0' },
        os: 'Unix 5.15.0.0',
        platform: '.NET 8.0.0',
      },
      integrations: {},
      _metadata: { bundled: [], unbundled: [], bundledIds: [] },
    }),
  envelope: (batch, { nowMs, writeKey }) => ({ batch, sentAt: isoOf(nowMs), writeKey }),
  wire: (text, { host }, path = '/v1/b') => {
    const body = gzipped(text, { os: 10 });
    const headers = [
      `Host: ${host}`,
      'Connection: close',
      'Accept: text/plain',
      'Accept-Encoding: gzip, deflate',
      'Content-Encoding: gzip',
      `Content-Length: ${body.length}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

function outcome({ status }: Answer): Outcome {
  if (status >= 200 && status < 300) return DELIVERED;
  return status >= 400 && status < 500 && status !== 429 ? DROPPED : kept();
}

export const CSHARP: readonly Library[] = [
  {
    id: 'csharp',
    name: 'C# / Unity',
    sdkNumber: '13',
    version: '2.6.0',
    evidence: 'source',
    needsTls: true,
    requests,
    outcome,
  },
];
