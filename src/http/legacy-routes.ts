import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import type { OperatorAccess } from './operator-access.ts';

/**
 * Lets Flash send calls from any site (protocol section 1.1). Other than the reference it allows no header beyond those
 * that any form could send: the API token, which goes in one, stays out of reach.
 *
 * A policy at the root covers the whole host, and Flash is not alone in reading it: so does Acrobat, in the name of any
 * document. Where this machine needs no token, that would open to them what is open to this machine, and there is none.
 */
const POLICY =
  '<cross-domain-policy><site-control permitted-cross-domain-policies="master-only"/>' +
  '<allow-access-from domain="*" secure="false"/></cross-domain-policy>';

/** What is asked of a tracking API beside calls: by Flash, and by load balancers that were set up for Segment's. */
export function registerLegacy(
  app: FastifyInstance,
  { isOpenOnLoopback }: Pick<OperatorAccess, 'isOpenOnLoopback'>,
): void {
  app.get('/crossdomain.xml', async ({ method, url }, reply) => {
    if (isOpenOnLoopback) throw new SluiceError('not_found', { method, path: url });
    return reply.type('application/xml; charset=utf-8').send(POLICY);
  });
  app.get('/internal/health', { config: { answersWhileClosing: true } }, async (_request, reply) =>
    reply.header('Content-Type', 'text/plain').header('Cache-Control', 'no-store').send(''),
  );
}
