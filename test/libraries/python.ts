/**
 * `segment-analytics-python`: what `client.py`, `request.py` and `consumer.py` of segmentio/analytics-python send (2.3.4
 * at cb3e7ff, and 2.4.0 of PyPI). Both were run, plain and with `gzip=True`, and their bytes compared with these; the
 * Bearer forms follow from `request.py` and `oauth_manager.py` alone.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  basic,
  DELIVERED,
  DROPPED,
  gzipped,
  headOf,
  inOrder,
  isPassing,
  kept,
  KINDS,
  type Library,
  type Outcome,
  retryAfterS,
  type Sample,
  type Sending,
} from './library.ts';

interface Options {
  readonly version: string;
  readonly authorization?: (sending: Sending) => string;
  readonly isGzip?: boolean;
}

/** Keys in the order in which `client.py` puts them into its message. */
const ORDER = {
  identify: ['integrations', 'anonymousId', 'timestamp', 'context', 'type', 'userId', 'traits', 'messageId'],
  track: ['integrations', 'anonymousId', 'properties', 'timestamp', 'context', 'userId', 'type', 'event', 'messageId'],
  page: [
    'integrations',
    'anonymousId',
    'properties',
    'timestamp',
    'category',
    'context',
    'userId',
    'type',
    'name',
    'messageId',
  ],
  screen: [
    'integrations',
    'anonymousId',
    'properties',
    'timestamp',
    'category',
    'context',
    'userId',
    'type',
    'name',
    'messageId',
  ],
  group: ['integrations', 'anonymousId', 'timestamp', 'groupId', 'context', 'userId', 'traits', 'type', 'messageId'],
  alias: ['integrations', 'previousId', 'timestamp', 'context', 'userId', 'type', 'messageId', 'anonymousId'],
};

/** `datetime.isoformat()` of a time in UTC, with so many digits of its fraction. */
function isoOf(nowMs: number, digits: 3 | 6): string {
  return new Date(nowMs).toISOString().replace('Z', `${digits === 6 ? '017' : ''}+00:00`);
}

function item(sample: Sample, { nowMs, uuid }: Sending, version: string): object {
  const values = {
    ...sample,
    integrations: {},
    anonymousId: null,
    timestamp: isoOf(nowMs, 3),
    context: { library: { name: 'analytics-python', version } },
    messageId: uuid(),
  };
  return inOrder(ORDER[sample.type], values);
}

/** `json.dumps`: a space after commas and colons, and nothing but ASCII. */
function dumped(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumped).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, each]) => `${dumped(key)}: ${dumped(each)}`)
      .join(', ')}}`;
  }
  const text = JSON.stringify(value);
  return text.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function requests({ version, authorization, isGzip = false }: Options): Library['requests'] {
  return batchRequests({
    kinds: KINDS,
    item: (sample, sending) => item(sample, sending, version),
    envelope: (batch, { nowMs, writeKey }) => ({ batch, sentAt: isoOf(nowMs, 6), writeKey }),
    write: dumped,
    wire: (text, sending, path = '/v1/batch') => {
      const body = isGzip ? gzipped(text, { atMs: sending.nowMs, xfl: 2, os: 255 }) : Buffer.from(text);
      const headers = [
        `Host: ${sending.host}`,
        `User-Agent: analytics-python/${version}`,
        'Accept-Encoding: gzip, deflate',
        'Accept: */*',
        'Connection: keep-alive',
        'Content-Type: application/json',
        ...(authorization === undefined ? [] : [`Authorization: ${authorization(sending)}`]),
        ...(isGzip ? ['Content-Encoding: gzip'] : []),
        `Content-Length: ${body.length}`,
      ];
      return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
    },
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads `code` and `message` of every error. JSON without them is a `KeyError` to it, which it retries. */
function outcomeOf234({ status, body }: Answer): Outcome {
  if (status === 200) return DELIVERED;
  const error = parsed(body);
  const isUnderstood =
    error === undefined || (typeof error === 'object' && error !== null && 'code' in error && 'message' in error);
  return isUnderstood && status >= 400 && status < 500 && status !== 429 ? DROPPED : kept();
}

/** Puts the batch back on its queue for a `Retry-After`, whatever status it came with. 511 only passes with OAuth. */
function outcomeOf240(answer: Answer): Outcome {
  if (answer.status >= 200 && answer.status < 300) return DELIVERED;
  return isPassing(answer.status) ? kept(retryAfterS(answer) || null) : DROPPED;
}

const bearer = (): string => 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzY29wZSI6InRyYWNraW5nX2FwaTp3cml0ZSJ9.c2lnbmF0dXJl';
const python = { name: 'Python', sdkNumber: '5', evidence: 'run', needsTls: false } as const;
const v234 = { ...python, version: '2.3.4', outcome: outcomeOf234 };
const v240 = { ...python, version: '2.4.0', outcome: outcomeOf240 };

export const PYTHON: readonly Library[] = [
  { ...v234, id: 'python-2.3.4', requests: requests({ version: '2.3.4' }) },
  { ...v234, id: 'python-2.3.4-gzip', requests: requests({ version: '2.3.4', isGzip: true }) },
  {
    ...v234,
    id: 'python-2.3.4-oauth',
    evidence: 'source',
    requests: requests({ version: '2.3.4', authorization: bearer }),
  },
  {
    ...v240,
    id: 'python-2.4.0',
    requests: requests({ version: '2.4.0', authorization: ({ writeKey }) => basic(writeKey) }),
  },
  {
    ...v240,
    id: 'python-2.4.0-gzip',
    requests: requests({ version: '2.4.0', isGzip: true, authorization: ({ writeKey }) => basic(writeKey) }),
  },
  {
    ...v240,
    id: 'python-2.4.0-oauth',
    evidence: 'source',
    requests: requests({ version: '2.4.0', authorization: bearer }),
  },
];
