/**
 * `segmentio/analytics-php` 3.8.2: what `Client.php` and `Consumer/{LibCurl,Socket,ForkCurl}.php` of
 * segmentio/analytics-php (a910e17) send. All were run, all but Socket also compressed, and their bytes compared with
 * these; `Expect` is what older versions of libcurl add by themselves to a body of more than 1 KiB; 7.88, which was run, does not.
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
  isLimitedOrBroken,
  kept,
  KINDS,
  type Library,
  LOOPS,
  type Outcome,
  type Sending,
  UNSEEN,
  type Wire,
} from './library.ts';

/** The caller's own fields come first, then those that `Client.php` adds. */
const ORDER = [
  'userId',
  'event',
  'name',
  'category',
  'groupId',
  'previousId',
  'traits',
  'properties',
  'context',
  'timestamp',
  'messageId',
  'type',
];

/** `date('c')`. */
function dateC(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/\.\d+Z$/, '+00:00');
}

/** `json_encode`: slashes are escaped, and nothing is left but ASCII. */
function encoded(value: object): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

type WireOf = (text: string, sending: Sending, path: string) => Wire;

function requests(consumer: string, wire: WireOf): Library['requests'] {
  const library = { name: 'analytics-php', version: '3.8.2', consumer };
  return batchRequests({
    kinds: KINDS,
    item: (sample, { nowMs, uuid }) =>
      inOrder(ORDER, { ...sample, context: { library }, timestamp: dateC(nowMs), messageId: uuid() }),
    envelope: (batch, { nowMs }) => ({ batch, sentAt: dateC(nowMs) }),
    write: encoded,
    wire: (text, sending, path = '/v1/batch') => wire(text, sending, path),
  });
}

interface CurlOptions {
  readonly isGzip?: boolean;
  /** What the shell's `echo` puts behind the JSON before it is compressed. */
  readonly suffix?: string;
  readonly awaitsContinue?: boolean;
}

/** libcurl writes Host, Authorization and Accept before the headers that it was given. */
function curlWire({ isGzip = false, suffix = '', awaitsContinue = false }: CurlOptions): WireOf {
  return (text, { host, writeKey }, path) => {
    const body = isGzip ? gzipped(text + suffix) : Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      `Authorization: ${basic(writeKey)}`,
      'Accept: */*',
      'Content-Type: application/json',
      ...(isGzip ? ['Content-Encoding: gzip'] : []),
      'User-Agent: analytics-php/3.8.2',
      `Content-Length: ${body.length}`,
      ...(awaitsContinue ? ['Expect: 100-continue'] : []),
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body, awaitsContinue };
  };
}

function socketWire(isGzip: boolean): WireOf {
  return (text, { host, writeKey }, path) => {
    const body = isGzip ? gzipped(text) : Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      'Content-Type: application/json',
      `Authorization: ${basic(writeKey)}`,
      'Accept: application/json',
      'User-Agent: analytics-php/3.8.2',
      ...(isGzip ? ['Content-Encoding: gzip'] : []),
      `Content-length: ${body.length}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  };
}

/** Its wait grows on 429 and 5xx alone: anything else below 400 is sent again at once, for ever. */
function curlOutcome({ status }: Answer): Outcome {
  if (status === 200) return DELIVERED;
  if (isLimitedOrBroken(status)) return kept();
  return status >= 400 ? DROPPED : LOOPS;
}

/**
 * Reads 2,048 bytes at most, once, and of these the first line. Where it tries again it opens another connection and
 * writes nothing to it, since it counts what it wrote to the first.
 */
function socketOutcome({ firstRead }: Answer): Outcome {
  const [line = ''] = firstRead.slice(0, 2_048).split('\n', 1);
  const status = Number.parseInt(line.split(' ')[1] ?? '', 10) || 0;
  if (status === 200) return DELIVERED;
  return status >= 400 && !isLimitedOrBroken(status) ? DROPPED : kept();
}

const php = { name: 'PHP', sdkNumber: '10', version: '3.8.2', evidence: 'run', needsTls: true } as const;
const libCurl = { ...php, name: 'PHP, LibCurl', outcome: curlOutcome };
const socket = { ...php, name: 'PHP, Socket', outcome: socketOutcome };
/** Looks at curl's exit code, which is 0 whatever the status. */
const forkCurl = { ...php, name: 'PHP, ForkCurl', outcome: (): Outcome => UNSEEN };

export const PHP: readonly Library[] = [
  { ...libCurl, id: 'php-libcurl', requests: requests('LibCurl', curlWire({})) },
  { ...libCurl, id: 'php-libcurl-gzip', requests: requests('LibCurl', curlWire({ isGzip: true })) },
  {
    ...libCurl,
    id: 'php-libcurl-expect',
    evidence: 'source',
    requests: requests('LibCurl', curlWire({ awaitsContinue: true })),
  },
  { ...socket, id: 'php-socket', requests: requests('Socket', socketWire(false)) },
  { ...socket, id: 'php-socket-gzip', evidence: 'source', requests: requests('Socket', socketWire(true)) },
  { ...forkCurl, id: 'php-forkcurl', requests: requests('ForkCurl', curlWire({})) },
  { ...forkCurl, id: 'php-forkcurl-gzip', requests: requests('ForkCurl', curlWire({ isGzip: true, suffix: '\n' })) },
];
