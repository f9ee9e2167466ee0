/**
 * The bare forwarder, to compare Sluice with: what a developer writes in an afternoon instead of installing a
 * gateway. It parses a call, adds the fields that every delivered event has and sends it on over connections that
 * are kept alive. It stores nothing, signs nothing, tries nothing twice: the 200 says that the event was handed on.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { answerQuestions } from './party.ts';

export interface ForwarderQuestion {
  readonly endpoints: readonly string[];
  /** Per endpoint, as Sluice's `concurrency`. */
  readonly connections: number;
  /** Each write key, which ends with a number, has an endpoint of its own, in place of all. */
  readonly isByKey: boolean;
}

export interface ForwarderReply {
  readonly port: number;
}

/** Requests on their way; beyond it the 200 waits, so that memory is bounded. The width of a lane's window. */
const IN_FLIGHT_MAX = 4_096;
const HEADERS = { 'content-type': 'application/json', 'user-agent': 'Segment/1.0' };

interface Endpoint {
  readonly pool: Pool;
  readonly path: string;
}

const endpoints: Endpoint[] = [];
const waiting: ServerResponse[] = [];
let inFlight = 0;
let failures = 0;
let routesByKey = false;

answerQuestions(async ({ endpoints: urls, connections, isByKey }: ForwarderQuestion): Promise<ForwarderReply> => {
  routesByKey = isByKey;
  for (const url of urls.map((text) => new URL(text))) {
    endpoints.push({ pool: new Pool(url.origin, { connections, pipelining: 1 }), path: url.pathname });
  }
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
});

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const call = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    accept(request.url ?? '', call, routesByKey ? endpointsOf(request) : endpoints);
    if (inFlight < IN_FLIGHT_MAX) answer(response);
    else waiting.push(response);
  });
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 16 }).end('{"success":true}');
}

function endpointsOf({ headers }: IncomingMessage): readonly Endpoint[] {
  const key = Buffer.from((headers.authorization ?? '').slice('Basic '.length), 'base64').toString();
  const endpoint = endpoints[Number(/\d+/.exec(key)?.[0] ?? 0)];
  return endpoint === undefined ? [] : [endpoint];
}

function accept(path: string, call: Record<string, unknown>, to: readonly Endpoint[]): void {
  const receivedAt = new Date().toISOString();
  const calls = Array.isArray(call['batch']) ? (call['batch'] as Record<string, unknown>[]) : [call];
  const added = { version: 1, type: path.slice(path.lastIndexOf('/') + 1), receivedAt, channel: 'server' };
  for (const one of calls) {
    const body = JSON.stringify({ ...added, integrations: {}, projectId: 'bench', ...one });
    for (const endpoint of to) forward(endpoint, body);
  }
}

function forward({ pool, path }: Endpoint, body: string): void {
  inFlight += 1;
  pool.dispatch({ method: 'POST', path, headers: HEADERS, body }, onEnd);
}

const onEnd: Dispatcher.DispatchHandler = {
  onRequestStart: () => undefined,
  onResponseStart: (_controller, status) => {
    if (status !== 200) failures += 1;
  },
  onResponseData: () => undefined,
  onResponseEnd: finish,
  onResponseError: (_controller, error) => {
    failures += 1;
    if (failures === 1) console.error(`forwarder: ${error.message}`);
    finish();
  },
};

function finish(): void {
  inFlight -= 1;
  while (inFlight < IN_FLIGHT_MAX) {
    const response = waiting.shift();
    if (response === undefined) return;
    answer(response);
  }
}
