/**
 * `Analytics` (Analytics.NET 3.8.1) and `Analytics.Xamarin` 1.0.0: what `BlockingRequestHandler.cs` and the models of
 * segmentio/Analytics.NET (f846da2) and segmentio/Analytics.Xamarin (94c0239) send by `HttpClient`. On .NET Framework
 * that asks for `100 Continue`, which Xamarin's turns off.
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
  type Outcome,
  type Sending,
  type Wire,
} from './library.ts';

/** Json.NET writes the members of a class before those of its base; null is written too. */
const ORDER = [
  'event',
  'name',
  'category',
  'previousId',
  'groupId',
  'traits',
  'properties',
  'type',
  'messageId',
  'timestamp',
  'context',
  'integrations',
  'anonymousId',
  'userId',
];

/** `DateTime.Now.ToString("o")`: seven digits, and the offset of where the program runs. */
function isoOf(nowMs: number): string {
  return new Date(nowMs + 3_600_000).toISOString().replace('Z', '4202+01:00');
}

type WireOf = (text: string, sending: Sending, path: string) => Wire;

function requests(library: object, wire: WireOf): Library['requests'] {
  return batchRequests({
    kinds: KINDS,
    item: (sample, { nowMs, uuid }) =>
      inOrder(ORDER, {
        ...sample,
        messageId: uuid(),
        timestamp: isoOf(nowMs),
        context: { library },
        integrations: {},
        anonymousId: null,
      }),
    envelope: (batch, { nowMs, uuid }) => ({ messageId: uuid(), sentAt: isoOf(nowMs), batch }),
    wire: (text, sending, path = '/v1/import') => wire(text, sending, path),
  });
}

function coreWire(isGzip: boolean): WireOf {
  return (text, { host, writeKey }, path) => {
    const body = isGzip ? gzipped(text, { os: 10 }) : Buffer.from(text);
    const headers = [
      `Host: ${host}`,
      'User-Agent: Analytics.NET/3.8.1',
      `Authorization: ${basic(writeKey)}`,
      'Content-Type: application/json',
      ...(isGzip ? ['Content-Encoding: gzip'] : []),
      `Content-Length: ${body.length}`,
    ];
    return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
  };
}

const frameworkWire: WireOf = (text, { host, writeKey }, path) => {
  const body = Buffer.from(text);
  const headers = [
    'User-Agent: Analytics.NET/3.8.1',
    `Authorization: ${basic(writeKey)}`,
    'Content-Type: application/json',
    `Host: ${host}`,
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
    'Connection: Keep-Alive',
  ];
  return { head: headOf(`POST ${path} HTTP/1.1`, headers), body, awaitsContinue: true };
};

const xamarinWire: WireOf = (text, { host, writeKey }, path) => {
  const body = Buffer.from(text);
  const headers = [
    `Authorization: ${basic(writeKey)}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    `Host: ${host}`,
  ];
  return { head: headOf(`POST ${path} HTTP/1.1`, headers), body };
};

function outcome({ status }: Answer): Outcome {
  if (status === 200) return DELIVERED;
  return isLimitedOrBroken(status) ? kept() : DROPPED;
}

/** Keeps the batch together with what comes after it, and sends it again with that, whatever the answer was. */
function xamarinOutcome({ status }: Answer): Outcome {
  return status >= 200 && status < 300 ? DELIVERED : kept();
}

const NET = { name: 'Analytics.NET', version: '3.8.1' };
const net = { name: '.NET', sdkNumber: '11', version: '3.8.1', evidence: 'source', needsTls: false, outcome } as const;

export const DOTNET: readonly Library[] = [
  { ...net, id: 'dotnet', requests: requests(NET, coreWire(false)) },
  { ...net, id: 'dotnet-gzip', requests: requests(NET, coreWire(true)) },
  { ...net, id: 'dotnet-framework', name: '.NET, on .NET Framework', requests: requests(NET, frameworkWire) },
  {
    ...net,
    id: 'xamarin',
    name: 'Xamarin',
    sdkNumber: '12',
    version: '1.0.0',
    requests: requests({ name: 'Analytics.Xamarin', version: '1.0.0' }, xamarinWire),
    outcome: xamarinOutcome,
  },
];
