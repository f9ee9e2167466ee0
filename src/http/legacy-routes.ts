import type { FastifyInstance } from 'fastify';

/**
 * Lets Flash send calls from any site (protocol section 1.1). Other than the reference it allows no header beyond those
 * that any form could send: the API token, which goes in one, stays out of reach.
 */
const POLICY =
  '<cross-domain-policy><site-control permitted-cross-domain-policies="master-only"/>' +
  '<allow-access-from domain="*" secure="false"/></cross-domain-policy>';

/** What is asked of a tracking API beside calls: by Flash, and by load balancers that were set up for Segment's. */
export function registerLegacy(app: FastifyInstance): void {
  app.get('/crossdomain.xml', async (_request, reply) => reply.type('application/xml; charset=utf-8').send(POLICY));
  app.get('/internal/health', { config: { answersWhileClosing: true } }, async (_request, reply) =>
    reply.header('Content-Type', 'text/plain').header('Cache-Control', 'no-store').send(''),
  );
}
