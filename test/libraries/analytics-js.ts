/**
 * The classic analytics.js: what `integrations/segmentio/lib/index.js` of segmentio/analytics.js-integrations (4.4.7, at
 * dc98359) sends by `XMLHttpRequest`, and by a script of JSONP where a browser has no CORS, through `@segment/send-json` and
 * `@segment/base64-encode`. A browser says the rest.
 */
import { singleRequests } from './batching.ts';
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
  type Sample,
  sampleOf,
  type Sending,
} from './library.ts';
import { BROWSER, loading } from './query.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'page', 'group', 'alias'];
const ORDER = [
  'timestamp',
  'integrations',
  'userId',
  'anonymousId',
  'type',
  'event',
  'name',
  'category',
  'groupId',
  'previousId',
  'traits',
  'properties',
  'context',
  'messageId',
  'writeKey',
  'sentAt',
];

function body(sample: Sample, { nowMs, writeKey, uuid }: Sending): object {
  const at = new Date(nowMs).toISOString();
  const context = {
    page: { path: '/', referrer: '', search: '', title: 'Shop', url: 'https://shop.example/' },
    userAgent: BROWSER,
    locale: 'en-GB',
    library: { name: 'analytics.js', version: '3.13.1' },
  };
  const common = { timestamp: at, integrations: {}, anonymousId: uuid(), context };
  return inOrder(ORDER, { ...sample, ...common, messageId: `ajs-${uuid()}`, writeKey, sentAt: at });
}

const requests = singleRequests({
  kinds: KINDS,
  body,
  wire: (text, kind, { host }, path = `/v1/${kind.charAt(0)}`) => {
    const bytes = Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      'Connection: keep-alive',
      `Content-Length: ${bytes.length}`,
      `User-Agent: ${BROWSER}`,
      'Content-Type: text/plain',
      'Accept: */*',
      'Origin: https://shop.example',
      'Referer: https://shop.example/',
      'Accept-Encoding: gzip, deflate, br',
      'Accept-Language: en-GB,en;q=0.9',
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body: bytes };
  },
});

function jsonp(sending: Sending): ReturnType<Library['requests']> {
  return KINDS.map((kind) => {
    const call = body(sampleOf(kind, sending.user(kind)), sending);
    const text = `data=${encodeURIComponent(base64(JSON.stringify(call)))}&callback=__jp0`;
    const event = JSON.parse(JSON.stringify(call)) as Record<string, unknown>;
    return loading({ kind, path: `/v1/${kind.charAt(0)}`, text, event }, sending);
  });
}

/** Its queue in the browser's storage tries ten times; what is no failure to it has been sent. */
function outcome({ status }: Answer): Outcome {
  if (isLimitedOrBroken(status)) return kept();
  return status < 400 ? DELIVERED : DROPPED;
}

/** The script calls the function, or does not: a browser runs none that came with an error. */
function jsonpOutcome({ status, body: script }: Answer): Outcome {
  return status === 200 && script.includes('__jp0({ success: true })') ? DELIVERED : DROPPED;
}

const classic = { sdkNumber: '2', version: '4.4.7', evidence: 'source', needsTls: true } as const;

export const ANALYTICS_JS: readonly Library[] = [
  { ...classic, id: 'analytics.js', name: 'analytics.js classic', requests, outcome },
  {
    ...classic,
    id: 'analytics.js-jsonp',
    name: 'analytics.js classic, by JSONP',
    requests: jsonp,
    outcome: jsonpOutcome,
  },
];
