/**
 * Who has no library: the samples of Segment's page on the HTTP API (segmentio/segment-docs,
 * `src/connections/sources/catalog/libraries/server/http-api/index.md` at 00b39f2), sent by curl as that page shows it,
 * with the write key in the body, as Basic, and with an OAuth token. Its batch has dates without leading zeros.
 */
import { eventsIn, singleRequests } from './batching.ts';
import {
  type Answer,
  basic,
  DELIVERED,
  DROPPED,
  headOf,
  KINDS,
  type Library,
  type LibraryRequest,
  type Outcome,
  type Sample,
  type Sending,
  type Wire,
} from './library.ts';

const SAMPLES: Readonly<Record<Sample['type'], object>> = {
  identify: {
    traits: { email: 'pgibbons@example.com', name: 'Peter Gibbons', industry: 'Technology' },
    context: { ip: '24.5.68.47' },
    timestamp: '2012-12-02T00:30:08.276Z',
  },
  track: {
    event: 'Item Purchased',
    properties: { name: 'Leap to Conclusions Mat', revenue: 14.99 },
    context: { ip: '24.5.68.47' },
    timestamp: '2012-12-02T00:30:12.984Z',
  },
  page: { name: 'Tracking HTTP API', timestamp: '2012-12-02T00:31:29.738Z' },
  screen: { name: 'Tracking HTTP API', timestamp: '2012-12-02T00:31:29.738Z' },
  group: {
    groupId: '8e9df332ac',
    traits: { name: 'Initech', industry: 'Technology', employees: 420 },
    timestamp: '2012-12-02T00:31:38.208Z',
  },
  alias: { previousId: '39239-239239-239239-23923', timestamp: '2012-12-02T00:31:29.738Z' },
};

type Authorization = 'body' | 'basic' | 'bearer';

function wire(text: string, { host, writeKey }: Sending, path: string, by: Authorization): Wire {
  const body = Buffer.from(text);
  const authorization = {
    body: [],
    basic: [`Authorization: ${basic(writeKey)}`],
    bearer: ['Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl'],
  }[by];
  const headers = [
    `Host: ${host}`,
    'User-Agent: curl/7.88.1',
    'Accept: */*',
    'Content-Type: application/json',
    ...authorization,
    `Content-Length: ${body.length}`,
  ];
  return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
}

function many(sending: Sending, by: Authorization): LibraryRequest {
  const [first, second] = [sending.user('identify'), sending.user('track')];
  const [third, fourth] = [sending.user('identify'), sending.user('track')];
  const song = (name: string, artist: string): object => ({ event: 'Song Played', properties: { name, artist } });
  const traits = { email: 'jake@yahoo.com', name: 'Jake Peterson', age: 26 };
  const batch = [
    { type: 'identify', userId: first, traits, timestamp: '2012-12-02T00:30:08.276Z' },
    {
      type: 'track',
      userId: second,
      ...song('Fallin for You', 'Dierks Bentley'),
      timestamp: '2012-12-02T00:30:12.984Z',
    },
    { type: 'identify', userId: third, traits, timestamp: '2015-2-02T00:30:08.276Z' },
    { type: 'track', userId: fourth, ...song('Get Right', 'Jennifer Lopez'), timestamp: '2015-2-02T00:30:12.984Z' },
  ];
  const context = { device: { type: 'phone', name: 'Apple iPhone 6' } };
  const text = JSON.stringify({ batch, ...keyIn(sending, by), context }, null, 2);
  return {
    kind: 'many',
    text,
    events: eventsIn(text),
    wire: (given, path = '/v1/batch') => wire(given, sending, path, by),
  };
}

function keyIn({ writeKey }: Sending, by: Authorization): object {
  return by === 'basic' ? {} : { writeKey };
}

function requests(by: Authorization): Library['requests'] {
  const singles = singleRequests({
    kinds: KINDS,
    body: ({ type, userId }, sending) => ({ userId, ...SAMPLES[type], ...keyIn(sending, by) }),
    wire: (text, kind, sending, path = `/v1/${kind}`) => wire(text, sending, path, by),
  });
  return (sending) => [...singles(sending), many(sending, by)];
}

/** `curl --fail`, as a script would ask. */
function outcome({ status }: Answer): Outcome {
  return status < 400 ? DELIVERED : DROPPED;
}

const curl = { sdkNumber: '25', version: '00b39f2', evidence: 'source', needsTls: false, outcome } as const;

export const HTTP_API: readonly Library[] = [
  { ...curl, id: 'curl', name: 'HTTP API, write key in the body', requests: requests('body') },
  { ...curl, id: 'curl-basic', name: 'HTTP API, Basic', requests: requests('basic') },
  { ...curl, id: 'curl-oauth', name: 'HTTP API, OAuth', requests: requests('bearer') },
];
