/**
 * `com.segment.analytics.kotlin:core`: what `HTTPClient.kt`, `EventPipeline.kt` and `retry/RetryStateMachine.kt` of
 * segmentio/analytics-kotlin send. 1.27.0 was run on the JVM and its bytes compared with these: its OkHttp knows the
 * length of what it sends. The source at hand is of 1.25.0 (a14649b). Up to 1.22.0 it sent chunks by
 * `HttpURLConnection`; that form follows from its `setChunkedStreamingMode(0)` and from Android's implementation.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  chunked,
  DELIVERED,
  DROPPED,
  gzipped,
  headOf,
  inOrder,
  isPassing,
  kept,
  type Kind,
  type Library,
  type Outcome,
  outcomeOnPhones,
  retryAfterS,
  type Sending,
  type Wire,
} from './library.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'screen', 'group', 'alias'];
/** Keys of the event classes; a track's properties stand before its name, and an alias begins with its user. */
const ORDER = {
  identify: ['userId', 'traits', 'type'],
  track: ['properties', 'event', 'type'],
  page: [],
  screen: ['name', 'category', 'properties', 'type'],
  group: ['groupId', 'traits', 'type'],
  alias: ['userId', 'previousId', 'type'],
};
/** What its plugins add comes in another order from run to run. */
const COMMON = ['messageId', 'anonymousId', 'integrations', 'context', 'userId', 'timestamp', '_metadata'];

function requests(version: string, wire: (text: string, sending: Sending, path: string) => Wire): Library['requests'] {
  return batchRequests({
    kinds: KINDS,
    item: (sample, { nowMs, uuid }) =>
      inOrder([...new Set([...ORDER[sample.type], ...COMMON])], {
        ...sample,
        messageId: uuid(),
        anonymousId: uuid(),
        integrations: {},
        context: { library: { name: 'analytics-kotlin', version }, instanceId: uuid() },
        timestamp: new Date(nowMs).toISOString(),
        _metadata: { bundled: [], unbundled: [], bundledIds: [] },
      }),
    envelope: (batch, { nowMs, writeKey }) => ({ batch, sentAt: new Date(nowMs).toISOString(), writeKey }),
    wire: (text, sending, path = '/v1/b') => wire(text, sending, path),
  });
}

function okHttpWire(text: string, { host }: Sending, path: string): Wire {
  const body = gzipped(text, { os: 255 });
  const headers = [
    'User-Agent: analytics-kotlin/1.27.0',
    'Content-Encoding: gzip',
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
    `Host: ${host}`,
    'Connection: Keep-Alive',
    'Accept-Encoding: gzip',
  ];
  return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
}

function urlConnectionWire(text: string, { host }: Sending, path: string): Wire {
  const headers = [
    'User-Agent: analytics-kotlin/1.22.0',
    'Content-Type: text/plain',
    'Content-Encoding: gzip',
    'Transfer-Encoding: chunked',
    `Host: ${host}`,
    'Connection: Keep-Alive',
    'Accept-Encoding: gzip',
  ];
  return { head: headOf(`POST ${path} HTTP/1.1`, headers), body: chunked(gzipped(text, { os: 0 })) };
}

/** With an `httpConfig` of the settings: 429 waits as long as it is told to, all else by its own backoff. */
function configuredOutcome(answer: Answer): Outcome {
  if (answer.status < 300) return DELIVERED;
  if (answer.status === 429) return kept(retryAfterS(answer) ?? 300);
  return isPassing(answer.status) || answer.status === 511 ? kept() : DROPPED;
}

const kotlin = { name: 'Kotlin / Android', sdkNumber: '15', needsTls: true } as const;
const v127 = { ...kotlin, version: '1.27.0', evidence: 'run', requests: requests('1.27.0', okHttpWire) } as const;

export const KOTLIN: readonly Library[] = [
  { ...v127, id: 'kotlin', outcome: outcomeOnPhones },
  { ...v127, id: 'kotlin-http-config', name: 'Kotlin / Android, with an httpConfig', outcome: configuredOutcome },
  {
    ...kotlin,
    id: 'kotlin-url-connection',
    name: 'Kotlin / Android, on HttpURLConnection',
    version: '1.22.0',
    evidence: 'source',
    requests: requests('1.22.0', urlConnectionWire),
    outcome: outcomeOnPhones,
  },
];
