/**
 * `@segment/analytics-react-native` 2.21.4: what `packages/core/src/{api,events,analytics}.ts` of
 * segmentio/analytics-react-native (74884be) send by React Native's `fetch`: on Android that is OkHttp, on iOS
 * `NSURLSession`. `keepalive` changes nothing on the wire.
 */
import { batchRequests } from './batching.ts';
import {
  type Answer,
  DELIVERED,
  DROPPED,
  headOf,
  inOrder,
  isPassing,
  kept,
  type Kind,
  type Library,
  type Outcome,
  retryAfterS,
  type Sending,
} from './library.ts';

const KINDS: readonly Kind[] = ['identify', 'track', 'screen', 'group', 'alias'];
const ORDER = [
  'type',
  'event',
  'name',
  'userId',
  'groupId',
  'previousId',
  'traits',
  'properties',
  'messageId',
  'timestamp',
  'integrations',
  'anonymousId',
  'context',
  '_metadata',
];

type HeadersOf = (sending: Sending, bodyBytes: number) => readonly string[];

function requests(headersOf: HeadersOf): Library['requests'] {
  return batchRequests({
    kinds: KINDS,
    item: (sample, { nowMs, uuid }) =>
      inOrder(ORDER, {
        ...sample,
        messageId: uuid(),
        timestamp: new Date(nowMs).toISOString(),
        integrations: {},
        anonymousId: uuid(),
        context: {
          app: { build: '1', name: 'Shop', namespace: 'com.example.shop', version: '1.0' },
          device: { id: 'a1b2', manufacturer: 'Google', model: 'Pixel 8', name: 'shiba', type: 'android' },
          library: { name: '@segment/analytics-react-native', version: '2.21.4' },
          locale: 'en-GB',
          network: { cellular: false, wifi: true },
          os: { name: 'Android', version: '15' },
          screen: { density: 2.625, height: 816, width: 411 },
          timezone: 'Europe/Berlin',
          traits: {},
          instanceId: uuid(),
        },
        _metadata: { bundled: [], unbundled: [], bundledIds: [] },
      }),
    envelope: (batch, { nowMs, writeKey }) => ({ batch, sentAt: new Date(nowMs).toISOString(), writeKey }),
    wire: (text, sending, path = '/v1/b') => {
      const body = Buffer.from(text);
      return { head: headOf(`POST ${path} HTTP/1.1`, headersOf(sending, body.length)), body };
    },
  });
}

const onAndroid: HeadersOf = ({ host }, bodyBytes) => [
  'content-type: application/json; charset=utf-8',
  `Content-Length: ${bodyBytes}`,
  `Host: ${host}`,
  'Connection: Keep-Alive',
  'Accept-Encoding: gzip',
  'User-Agent: okhttp/4.9.2',
];

const onIos: HeadersOf = ({ host }, bodyBytes) => [
  `Host: ${host}`,
  'Content-Type: application/json; charset=utf-8',
  'Connection: keep-alive',
  'Accept: */*',
  'User-Agent: Shop/1 CFNetwork/1568.200.51 Darwin/24.1.0',
  `Content-Length: ${bodyBytes}`,
  'Accept-Language: en-GB,en;q=0.9',
  'Accept-Encoding: gzip, deflate',
];

/** A 429 without a `Retry-After` waits a minute. */
function outcome(answer: Answer): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return DELIVERED;
  if (status === 429) return kept(retryAfterS(answer) ?? 60);
  return isPassing(status) || status === 511 ? kept(retryAfterS(answer)) : DROPPED;
}

const reactNative = {
  sdkNumber: '18',
  version: '2.21.4',
  evidence: 'source',
  needsTls: false,
  outcome,
} as const;

export const REACT_NATIVE: readonly Library[] = [
  { ...reactNative, id: 'react-native-android', name: 'React Native, on Android', requests: requests(onAndroid) },
  { ...reactNative, id: 'react-native-ios', name: 'React Native, on iOS', requests: requests(onIos) },
];
