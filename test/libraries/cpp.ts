/**
 * segmentio/analytics-cpp, of which the fork skyformat99/analytics-cpp is at hand: what `analytics.cpp` sends by libcurl.
 * nlohmann's JSON sorts keys; there is neither a message id nor a timestamp; a page and a screen have no name; values are
 * texts. Its groups end in an exception before anything is sent, since their type has no name.
 */
import { singleRequests } from './batching.ts';
import {
  type Answer,
  basic,
  DELIVERED,
  DROPPED,
  headOf,
  inOrder,
  type Kind,
  type Library,
  type Outcome,
} from './library.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'page', 'screen', 'alias'];
const ORDER = ['event', 'previousId', 'properties', 'traits', 'type', 'userId'];
const VALUES = { plan: 'Pro', url: 'https://example.com/ü?a=1' };

const requests = singleRequests({
  kinds: KINDS,
  body: ({ traits, properties, ...sample }) =>
    inOrder(ORDER, {
      ...sample,
      ...(traits === undefined ? {} : { traits: VALUES }),
      ...(properties === undefined ? {} : { properties: VALUES }),
    }),
  wire: (text, kind, { host, writeKey }, path = `/v1/${kind}`) => {
    const body = Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      `Authorization: ${basic(writeKey)}`,
      'User-Agent: AnalyticsCPP/0.0',
      'Content-Type: application/json',
      'Accept: application/json',
      `Content-Length: ${body.length}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  },
});

/** Anything but 200 is an exception in the program that made the call. */
function outcome({ status }: Answer): Outcome {
  return status === 200 ? DELIVERED : DROPPED;
}

export const CPP: readonly Library[] = [
  {
    id: 'cpp',
    name: 'C++',
    sdkNumber: '22',
    version: '05904c2',
    evidence: 'source',
    needsTls: false,
    requests,
    outcome,
  },
];
