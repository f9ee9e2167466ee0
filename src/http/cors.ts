import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** A week (protocol section 1.6); browsers cut it to what they allow, two hours to a day. */
const PREFLIGHT_MAX_AGE_S = 604_800;

/**
 * Lets pages of any origin use these routes, also with credentials: the write key in a page is public, and can only
 * write (protocol section 1.6). The origin is echoed, because `*` is not allowed together with credentials; `null`,
 * which sandboxed frames and pages from files have, too.
 *
 * An error is marked likewise, or the library in the page would learn neither its status nor its `Retry-After`.
 */
export function allowAnyOrigin(routes: FastifyInstance): void {
  routes.addHook('onRequest', (request, reply, done) => {
    allowOrigin(request.raw, reply.raw);
    done();
  });
  // For what was refused before the hook above: while the process stops, or for its Host header.
  routes.setErrorHandler((error, request, reply) => {
    if (!reply.raw.headersSent) allowOrigin(request.raw, reply.raw);
    throw error;
  });
}

/** Who sends no Origin, a server or a phone, is answered without any of it. */
function allowOrigin({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  if (origin === undefined) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
  response.setHeader('Vary', 'Origin');
}

/**
 * Answers what a browser asks before a request that a form could not have sent: whichever headers it names are
 * allowed, since libraries send some of their own (`X-Retry-Count`) and those that their users configure. It costs
 * nothing and is no call. While the process stops it is answered too, so that the call after it is told to come again.
 *
 * A browser that holds this server for one of a private network asks whether a public page may reach it
 * (`Access-Control-Request-Private-Network`). It may, as any other page.
 */
export function registerPreflight(routes: FastifyInstance, url: string, methods: readonly string[]): void {
  const allowed = methods.join(', ');
  routes.options(url, { config: { answersWhileClosing: true } }, ({ raw: { headers } }, { raw: response }) => {
    response.setHeader('Access-Control-Allow-Methods', allowed);
    response.setHeader('Access-Control-Max-Age', String(PREFLIGHT_MAX_AGE_S));
    response.setHeader('Vary', 'Origin, Access-Control-Request-Headers');
    const wanted = headers['access-control-request-headers'];
    if (wanted !== undefined) response.setHeader('Access-Control-Allow-Headers', wanted);
    if (headers['access-control-request-private-network'] === 'true') {
      response.setHeader('Access-Control-Allow-Private-Network', 'true');
    }
    // 200 and not 204, because old browsers take no other.
    response.writeHead(200, { Allow: `${allowed}, OPTIONS`, 'Content-Length': '0' }).end();
  });
}
