import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { NewEvent } from '../../src/domain/event.ts';
import { SluiceError } from '../../src/domain/errors.ts';
import { makeSource } from '../../src/domain/source.ts';
import { openSqliteRefusalStore } from '../../src/adapters/sql/refusal-store.ts';
import { makeSecretBox } from '../../src/adapters/system/secret-box.ts';
import { makeWriteKey } from '../../src/adapters/system/write-key.ts';
import { makeBinIds } from '../../src/http/bin-ids.ts';
import { makeBins } from '../../src/http/bins.ts';
import { ListenerHub } from '../../src/http/listener-hub.ts';
import { makeForwarding } from '../../src/http/client-address.ts';
import { openHttpServer } from '../../src/http/server.ts';
import type { HttpServerOptions } from '../../src/http/server.ts';
import { AcceptedCounter } from '../../src/pipeline/count-accepted.ts';
import { makeOperate } from '../../src/pipeline/operate.ts';
import { RefusalRecorder } from '../../src/pipeline/record-refusals.ts';
import type { Telemetry } from '../../src/ports/telemetry.ts';
import { assertAnswer, operationAt } from './contract.ts';
import { openOperators } from './operators.ts';
import { SimulatedAmbient } from './simulated-ambient.ts';
import { openWorkspace } from './workspace.ts';
import { makeWholeIngest } from './whole-ingest.ts';

export const SUCCESS = '{"success":true}';
export const BASIC = { authorization: `Basic ${Buffer.from('wk_web:').toString('base64')}` };
/** Far beyond what an answer takes on a busy machine: whatever is waited for longer will not come. */
const ENDS_WITHIN_MS = 10_000;

export const CALL = { userId: 'u', event: 'Bought', messageId: 'm1' };

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Nobody watches. */
const IDLE: HttpServerOptions['monitoring'] = {
  readiness: async () =>
    Promise.resolve({
      isReady: true,
      version: '0',
      checks: {},
      facts: { survivesPowerCut: true, dedupe: 'exact' },
    }),
  metrics: async () => Promise.resolve(''),
  answered: () => undefined,
};

const NO_EVENTS: HttpServerOptions['events'] = {
  epoch: 1,
  find: async () => Promise.resolve({ events: [], next: null, isComplete: true }),
  get: async () => Promise.resolve(null),
  trace: async () => Promise.resolve([]),
};

const NO_DELIVERIES: HttpServerOptions['deliveries'] = {
  epoch: 1,
  find: async () => Promise.resolve({ deliveries: [], next: null }),
  get: async () => Promise.resolve(null),
  retryDead: async () => Promise.resolve(0),
  destinations: () => [],
};

const noReplay = async (id: string): Promise<never> => Promise.reject(new SluiceError('replay_not_found', { id }));
const NO_REPLAYS: HttpServerOptions['replays'] = {
  list: () => [],
  get: noReplay,
  create: async ({ destination }) => Promise.reject(new SluiceError('destination_not_found', { destination })),
  cancel: noReplay,
  pause: noReplay,
  resume: noReplay,
};

const NO_PART = { bytes: 0, unusedBytes: 0, limit: { ageMs: 3_600_000, bytes: null } };
const NOTHING_ON_DISK: Awaited<ReturnType<HttpServerOptions['measureDisk']>> = {
  disk: { freeBytes: null, reserveBytes: 0, isFull: false },
  parts: { log: NO_PART, history: NO_PART, refused: NO_PART },
  indexBytes: 0,
  expired: [],
  days: [],
};

const NO_ERASURES: HttpServerOptions['erasures'] = {
  reserve: () => 1,
  ask: async () => Promise.reject(new Error('nobody is erased here')),
  get: async () => Promise.resolve(null),
  list: async () => Promise.resolve([]),
  suppressed: { count: 0, has: () => false },
  unsuppress: async () => Promise.resolve(false),
};

/** What is a token of operators on this bench, and so no write key. */
export const API_TOKEN = 'slt_0123456789abcdef';

const NOTHING_FORESEEN: HttpServerOptions['foresee'] = {
  destination: async () =>
    Promise.resolve({ owed: { waiting: 0, parked: 0, inFlight: 0 }, dead: { count: 0, isAll: true }, replays: [] }),
  source: async () => Promise.resolve({ writeKeys: 1, destinations: [] }),
};
const NO_DESTINATIONS = makeOperate({
  workspace: { current: () => ({ sources: [], destinations: [] }) },
  delivery: { test: () => assert.fail(), pause: () => assert.fail(), resume: () => assert.fail() },
  ambient: new SimulatedAmbient(),
});

/** An HTTP server over a log that keeps what it is given, or does what a test has it do. */
export async function openBench(context: TestContext, options: Partial<HttpServerOptions> = {}) {
  const ambient = new SimulatedAmbient();
  const events: NewEvent[] = [];
  const refused: string[] = [];
  const failures: unknown[] = [];
  const log = {
    append: async (batch: readonly NewEvent[]): Promise<Float64Array> => {
      await Promise.resolve();
      events.push(...batch);
      return new Float64Array(batch.length);
    },
  };
  const fail = (error: unknown): void => void failures.push(error);
  const refusals = openSqliteRefusalStore({ file: ':memory:' });
  const recorder = new RefusalRecorder({
    ...{ store: refusals, retentionMs: 3_600_000, ambient, onFailure: fail },
    telemetry: { trouble: () => undefined },
  });
  const accepted = new AcceptedCounter(ambient);
  const telemetry: Pick<Telemetry, 'accepted' | 'refused'> = {
    accepted: accepted.telemetry.accepted,
    refused: (refusal) => {
      accepted.telemetry.refused(refusal);
      refused.push(refusal.reason);
      recorder.refused(refusal);
    },
  };
  const website = makeSource({ id: 'website', name: 'Website', writeKeys: ['wk_web'] });
  const store = openWorkspace();
  await store.commit({ putSources: [website] }, 0, 'test', ambient.nowMs());
  const ingest = makeWholeIngest({
    log: { epoch: 1, append: async (batch) => log.append(batch) },
    workspace: store,
    ambient,
    telemetry,
  });
  const forwarding = makeForwarding([]);
  const { access, apiTokens } = await openOperators({ ambient, isOpenOnLoopback: true, forwarding });
  const server = await openHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: null,
    ingest,
    isWriteKey: async (text) => Promise.resolve(store.current().sourceByWriteKey.has(text)),
    access,
    apiTokens,
    certificate: null,
    forwarding,
    events: NO_EVENTS,
    deliveries: NO_DELIVERIES,
    replays: NO_REPLAYS,
    statusOf: async () => Promise.resolve([]),
    stats: {
      counts: async () => Promise.resolve({ attempts: [], ended: [], owed: [], errors: [] }),
      status: async () => Promise.resolve([]),
    },
    accepted,
    erasures: NO_ERASURES,
    workspace: store,
    applied: async () => Promise.resolve(),
    foresee: NOTHING_FORESEEN,
    makeWriteKey,
    isApiToken: (text) => text === API_TOKEN,
    surroundings: { network: { allow: [], deny: [] }, logAgeMs: 7 * 24 * 3_600_000 },
    operate: NO_DESTINATIONS,
    audit: { append: async () => Promise.resolve(), list: async () => Promise.resolve([]) },
    alerts: { list: () => [], sending: () => null },
    refusals,
    stream: { join: () => () => undefined },
    measureDisk: async () => Promise.resolve(NOTHING_ON_DISK),
    listeners: new ListenerHub({ ambient, onListening: () => undefined }),
    bins: makeBins({
      ambient,
      ids: makeBinIds({ box: makeSecretBox({ bytes: Buffer.alloc(32), name: 'a test' }), ambient }),
    }),
    dashboardFolder: '/nowhere',
    monitoring: IDLE,
    ambient,
    onFailure: fail,
    ...options,
  });
  context.after(async () => {
    const closing = server.close();
    // What a test that failed left open is cut off, which by standing time would never come.
    await ambient.advance(60_000);
    await closing;
  });
  const { port } = server.address;
  const send = async (sent: Sent = {}): Promise<Answer> => {
    const answer = await exchange(port, sent);
    checkAnswer(sent, answer);
    return answer;
  };
  return { server, port, ambient, log, events, refused, failures, send };
}

/** What the management API answers is as its contract says. */
function checkAnswer({ method = 'POST', path = '' }: Sent, { status, body }: Answer): void {
  const operation = path.startsWith('/api/v1') ? operationAt(method, path.slice('/api/v1'.length)) : null;
  if (operation !== null) assertAnswer(operation, { status, body: body === '' ? null : JSON.parse(body) });
}

async function exchange(
  port: number,
  { method = 'POST', path = '/v1/track', headers = BASIC, body }: Sent,
): Promise<Answer> {
  const bytes = Buffer.from(body ?? JSON.stringify(CALL));
  // Node's client sends the body of a DELETE without its length.
  const length = 'transfer-encoding' in headers ? {} : { 'content-length': bytes.length };
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { ...headers, ...length },
    agent: false,
  });
  request.end(bytes);
  const [response] = (await once(request, 'response', { signal: AbortSignal.timeout(ENDS_WITHIN_MS) })) as [
    IncomingMessage,
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

/** Everything that comes until the other side closes. @throws Error with what came, when it does not close in time */
export async function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  const came = (): string => Buffer.concat(chunks).toString();
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the connection did not end in time; there came: ${came()}`));
    }, ENDS_WITHIN_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return came();
}

/** Checks status, form and code of an error of the tracking API. */
export function assertError(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.body);
  assert.equal(answer.headers['content-type'], 'application/json');
  const body = JSON.parse(answer.body) as Record<string, unknown>;
  assert.deepEqual(body, { success: false, error: body.message, code, message: body.message });
  assert.equal(typeof body.message, 'string');
}
