import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { writeKeyCharsMax } from '../domain/limits.ts';
import { discardBody } from './decode-body.ts';
import { errorResponse, rawErrorResponse } from './error-response.ts';
import { isHostAllowed } from './host-check.ts';
import { maxHeaderSize, METHODS } from './node-http.ts';

export interface AppOptions {
  readonly makeServer: (onRequest: RequestListener) => Server;
  /**
   * Gets what no route takes, and URLs that cannot be decoded, which the router refuses by itself: answers it, or throws
   * what it is to be answered with.
   *
   * @param error what it would be answered with
   */
  readonly unrouted: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void;
  /** Gets what is nobody's mistake: a bug, or a broken world. Its request is answered `internal`. */
  readonly onFailure: (error: unknown) => void;
}

/** Of one part of a path: the longest is a write key, each of whose characters may be escaped. */
const PARAMETER_CHARS_MAX = 3 * writeKeyCharsMax;

/** Makes what has routes. It alone turns a `SluiceError` into a response. */
export function makeApp({ makeServer, unrouted, onFailure }: AppOptions): FastifyInstance {
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    answerError(error, request, reply, onFailure);
  };
  const app = fastify({
    // Of a request nothing is logged: it costs a quarter of the whole.
    logger: false,
    return503OnClosing: false,
    serverFactory: makeServer,
    // No route has a schema of Fastify's, and loading its compilers takes a twelfth of a start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: PARAMETER_CHARS_MAX },
    frameworkErrors: (error, request, reply) => {
      try {
        unrouted(request, reply, error);
      } catch (refusal) {
        answer(refusal, request, reply);
      }
    },
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
  app.setNotFoundHandler((request, reply) => {
    const { method, url } = request;
    unrouted(request, reply, new SluiceError('not_found', { method, path: shortened(url) }));
  });
  return app;
}

function noSchemas(): never {
  throw new Error('no route may have a schema of Fastify: there is nothing to compile it');
}

/** What is asked of every request before its route. */
export function guard(
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
