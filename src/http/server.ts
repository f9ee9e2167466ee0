import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { writeKeyCharsMax } from '../domain/limits.ts';
import type { Ingest } from '../pipeline/ingest.ts';
import type { Monitoring } from '../ports/monitoring.ts';
import { makeAnswers } from './answers.ts';
import { BinAnswers } from './bin-answers.ts';
import { registerBins } from './bin-routes.ts';
import { type CdnParts, registerCdn } from './cdn.ts';
import type { CertificateWatch } from './certificate-watch.ts';
import type { Forwarding } from './client-address.ts';
import { registerDashboard } from './dashboard.ts';
import { discardBody } from './decode-body.ts';
import { errorResponse, rawErrorResponse } from './error-response.ts';
import { isHostAllowed } from './host-check.ts';
import { ServerSockets, type Timeouts } from './server-sockets.ts';
import { makeUnroutedGuard, registerManagement } from './management.ts';
import type { ManagementParts } from './management.ts';
import { maxHeaderSize, METHODS } from './node-http.ts';
import { registerOperations } from './operations.ts';
import { registerReference } from './reference.ts';
import { registerTracking } from './tracking.ts';

export interface HttpServerOptions extends ManagementParts {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Names that a request's Host header may have, in lower case and without ports; null allows any. */
  readonly allowedHosts: readonly string[] | null;
  /** Null: plain HTTP. */
  readonly certificate: CertificateWatch | null;
  readonly forwarding: Forwarding;
  /** Of connections; `TIMEOUTS` without. */
  readonly timeouts?: Timeouts;
  readonly ingest: Ingest;
  readonly isWriteKey: CdnParts['isWriteKey'];
  readonly monitoring: Monitoring;
  /** What was built of the dashboard. */
  readonly dashboardFolder: string;
  /** Gets what is nobody's mistake: a bug, or a broken world. Its request is answered `internal`. */
  readonly onFailure: (error: unknown) => void;
}

export interface ServerAddress {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

export interface HttpServer {
  readonly address: ServerAddress;
  /**
   * From now on refuses calls with `shutting_down`. What is under way is answered, and so is who watches the process; what
   * bins made to wait is reset.
   */
  readonly refuse: () => void;
  /**
   * Refuses calls, accepts no more connections, and answers what is under way. Whoever is still sending after `CLOSE_MS` is cut off: that call was never acknowledged.
   */
  close(): Promise<void>;
}

const CLOSE_MS = 5_000;

/** Of one part of a path: the longest is a write key, each of whose characters may be escaped. */
const PARAMETER_CHARS_MAX = 3 * writeKeyCharsMax;

/** Where connections come in. */
export interface Entrance extends Pick<ServerAddress, 'port'> {
  readonly sockets: ServerSockets;
  /** Ends all of it at once, with what waits for an answer. */
  close(): Promise<void>;
}

/**
 * Listens, and has what is asked wait until a server is opened on it: so that an address that cannot be had is known
 * before anything else is done, and what this Sluice delivers to itself finds it listening.
 *
 * @throws SluiceError `address_in_use`, `address_unusable`
 */
export async function openEntrance({
  host,
  port,
  certificate,
  timeouts,
}: Pick<HttpServerOptions, 'host' | 'port' | 'certificate' | 'timeouts'>): Promise<Entrance> {
  const sockets = new ServerSockets(certificate, timeouts);
  try {
    return {
      sockets,
      port: await sockets.listen(host, port),
      close: async () => {
        const closed = sockets.close();
        sockets.cutOff();
        await closed;
      },
    };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'EADDRINUSE') throw new SluiceError('address_in_use', { host, port }, error);
    throw new SluiceError('address_unusable', { host, port, reason: error.message }, error);
  }
}

/**
 * Opens the HTTP server. It alone turns a `SluiceError` into a response.
 *
 * @param entrance where it listens already; without one it is opened here
 * @throws SluiceError `address_in_use`, `address_unusable`
 */
export async function openHttpServer(options: HttpServerOptions, entrance?: Entrance): Promise<HttpServer> {
  const { sockets, port } = entrance ?? (await openEntrance(options));
  const state = { isClosing: false };
  const isClosing = (): boolean => state.isClosing;
  const app = makeApp(sockets, options);
  const answers = makeAnswers(isClosing);
  guard(app, options.allowedHosts, state);
  registerOperations(app, { ...options, isClosing });
  registerTracking(app, { ...options, answers });
  registerCdn(app, options);
  const binAnswers = new BinAnswers({ ambient: options.ambient, isClosing });
  registerBins(app, { ...options, answers: binAnswers });
  registerReference(app);
  registerDashboard(app, options.dashboardFolder);
  registerManagement(app, options);
  // And not by Fastify, which serves one address of `localhost` by a server that was made for it.
  await app.ready();
  sockets.open();
  const refuse = (): void => {
    state.isClosing = true;
    options.bins.close();
    binAnswers.close();
  };
  return {
    address: { scheme: sockets.scheme, host: options.host, port },
    refuse,
    async close() {
      refuse();
      const deadline = options.ambient.after(CLOSE_MS, () => {
        sockets.cutOff();
      });
      await Promise.all([sockets.close(), app.close()]);
      deadline.cancel();
    },
  };
}

function makeApp(sockets: ServerSockets, options: HttpServerOptions): FastifyInstance {
  const { onFailure } = options;
  const guardUnrouted = makeUnroutedGuard(options);
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    answerError(error, request, reply, onFailure);
  };
  const answerUnrouted = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    try {
      guardUnrouted(request.raw, reply.raw);
      answer(error, request, reply);
    } catch (refusal) {
      answer(refusal, request, reply);
    }
  };
  const app = fastify({
    // Of a request nothing is logged: it costs a quarter of the whole.
    logger: false,
    return503OnClosing: false,
    serverFactory: sockets.makeServer,
    // No route has a schema of Fastify's, and loading its compilers takes a twelfth of a start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: PARAMETER_CHARS_MAX },
    frameworkErrors: answerUnrouted,
    clientErrorHandler: answerClientError,
  });
  // Each route reads its own body, by its own limit and whatever the Content-Type says: to Fastify none has one.
  // Bins take whatever method Node reads, but for the one that asks for a tunnel.
  for (const method of METHODS) {
    if (method !== 'CONNECT') app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  }
  // Node's own answer to an expectation other than 100-continue has no body either. There is nothing to expect.
  app.server.on('checkExpectation', (request, response) => {
    app.routing(request, response);
  });
  app.setErrorHandler(answer);
  app.setNotFoundHandler(({ method, url, raw }, reply) => {
    guardUnrouted(raw, reply.raw);
    throw new SluiceError('not_found', { method, path: shortened(url) });
  });
  return app;
}

function noSchemas(): never {
  throw new Error('no route may have a schema of Fastify: there is nothing to compile it');
}

/** What is asked of every request before its route. */
function guard(
  app: FastifyInstance,
  allowedHosts: readonly string[] | null,
  state: { readonly isClosing: boolean },
): void {
  const allowed = allowedHosts === null ? null : new Set(allowedHosts);
  app.addHook('onRequest', (request, _reply, done) => {
    if (state.isClosing && request.routeOptions.config.answersWhileClosing !== true) {
      done(new SluiceError('shutting_down'));
    } else if (allowed !== null && !isHostAllowed(request.raw.headers.host, allowed)) {
      const host = shortened(request.raw.headers.host ?? '(none)');
      done(new SluiceError('host_not_allowed', { host, expected: allowedHosts?.join(' or ') ?? '' }));
    } else {
      done();
    }
  });
}

function answerError(
  error: unknown,
  { raw: request }: FastifyRequest,
  { raw: response }: FastifyReply,
  onFailure: (error: unknown) => void,
): void {
  const known = error instanceof SluiceError ? whileRunning(error) : asMistake(error, request);
  if (known === null) onFailure(error);
  if (response.headersSent) response.destroy();
  else
    void discardBody(request).then(() => {
      writeError(known, request, response);
    });
}

function writeError(known: SluiceError | null, request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  const { status, headers, body } = errorResponse(known ?? new SluiceError('internal'), request.url ?? null);
  // What is left of the body now is not worth reading.
  const mustClose = known?.code === 'shutting_down' || !request.complete;
  response.writeHead(status, mustClose ? { ...headers, Connection: 'close' } : headers).end(body);
}

/** A full disk ends a start, which is what `disk_full` speaks of. Here it passes. */
function whileRunning(error: SluiceError): SluiceError {
  return error.code === 'disk_full' ? new SluiceError('store_full', {}, error) : error;
}

/** The router refuses URLs that cannot be decoded, and parameters longer than any of ours: nothing is there. */
function asMistake(error: unknown, { method = '', url = '' }: IncomingMessage): SluiceError | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const isUrl = code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH';
  return isUrl ? new SluiceError('not_found', { method, path: shortened(url) }) : null;
}

/** For what is not HTTP, too long or too slow, so that no request came of it. */
function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket & { _httpMessage?: ServerResponse | null },
): void {
  const underWay = socket._httpMessage;
  // Where a whole request is still being answered, this would be read as its answer.
  const isFree = underWay === undefined || underWay === null || !(underWay.headersSent || underWay.req.complete);
  if (socket.writable && isFree) socket.write(rawErrorResponse(clientErrorOf(error)));
  socket.destroy(error);
}

function clientErrorOf({ code, message }: NodeJS.ErrnoException): SluiceError {
  if (code === 'HPE_HEADER_OVERFLOW') return new SluiceError('headers_too_large', { bytesMax: maxHeaderSize });
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new SluiceError('request_timeout');
  return new SluiceError('malformed_request', { reason: message });
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
