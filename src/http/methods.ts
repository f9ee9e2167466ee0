import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { registerPreflight } from './cors.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;

/** Answers by itself; nothing is left to send. */
export type RouteHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | void;
export type MethodHandlers = Readonly<Partial<Record<(typeof METHODS)[number], RouteHandler>>>;

/**
 * A URL that libraries use, with what it does by method. Any other method is told which there are, and a browser that
 * asks beforehand (`registerPreflight`) too. Where HEAD has no handler of its own, the framework answers it by that of GET.
 */
export function registerMethods(routes: FastifyInstance, url: string, handlers: MethodHandlers): void {
  const allowed = METHODS.filter((method) => method in handlers || (method === 'HEAD' && 'GET' in handlers));
  const exposeHeadRoute = !('HEAD' in handlers);
  for (const [method, handler] of Object.entries(handlers)) routes.route({ method, url, handler, exposeHeadRoute });
  const others = METHODS.filter((method) => !allowed.includes(method));
  routes.route({ method: others, url, handler: refuseMethod(allowed) });
  registerPreflight(routes, url, allowed);
}

function refuseMethod(allowed: readonly string[]): (request: FastifyRequest) => never {
  return ({ method, url }) => {
    throw new SluiceError('method_not_allowed', {
      method,
      path: url.split('?', 1)[0] ?? '',
      allowed: allowed.join(', '),
    });
  };
}
