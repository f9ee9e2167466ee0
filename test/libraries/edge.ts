/**
 * `@segment/edge-sdk` 0.2.0: what `packages/edge-sdk/src/tapi.ts` of segmentio/analytics-edge (9c208bf) passes on from a worker
 * of Cloudflare. A browser posts to its own site's `/evs/t`; the worker takes the write key out of the body, says it as
 * Basic, adds what it knows, and posts to `<trackingApiEndpoint>/t`. The browser gets the answer.
 */
import { singleRequests } from './batching.ts';
import { type Answer, basic, DELIVERED, DROPPED, headOf, isPassing, kept, KINDS, type Library } from './library.ts';
import type { Outcome } from './library.ts';
import { BROWSER } from './query.ts';

const requests = singleRequests({
  kinds: KINDS,
  body: (sample, { nowMs, uuid }) => ({
    timestamp: new Date(nowMs).toISOString(),
    integrations: { 'Segment.io': {} },
    ...sample,
    anonymousId: uuid(),
    context: {
      page: { path: '/', referrer: '', search: '', title: 'Shop', url: 'https://shop.example/' },
      userAgent: BROWSER,
      locale: 'en-GB',
      library: { name: 'analytics.js', version: 'edge-0.2.0:npm:next-1.84.1' },
      edge: { city: 'Berlin', country: 'DE', timezone: 'Europe/Berlin' },
    },
    messageId: `ajs-next-${nowMs}-${uuid()}`,
    sentAt: new Date(nowMs).toISOString(),
    _metadata: { bundled: ['Segment.io'], unbundled: [], bundledIds: [], jsRuntime: 'cloudflare-worker' },
  }),
  wire: (text, kind, { host, writeKey }, path = `/v1/${kind.charAt(0)}`) => {
    const body = Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      'Accept: */*',
      'Accept-Encoding: gzip, br',
      'Accept-Language: en-GB,en;q=0.9',
      `Authorization: ${basic(writeKey)}`,
      'CF-Connecting-IP: 203.0.113.7',
      'CF-Ray: 8e7a1b2c3d4e5f60-TXL',
      'CF-Visitor: {"scheme":"https"}',
      'CF-Worker: shop.example',
      `Content-Length: ${body.length}`,
      'Content-Type: text/plain',
      'Origin: https://shop.example',
      'Referer: https://shop.example/',
      `User-Agent: ${BROWSER}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

/** The browser's own, by status: a `Retry-After` only counts on 429. */
function outcome({ status }: Answer): Outcome {
  if (status < 400) return DELIVERED;
  return isPassing(status) ? kept() : DROPPED;
}

export const EDGE: readonly Library[] = [
  {
    id: 'edge',
    name: 'Edge',
    sdkNumber: '23',
    version: '0.2.0',
    evidence: 'source',
    needsTls: false,
    requests,
    outcome,
  },
];
