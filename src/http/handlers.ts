import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Asked, LeastRole, Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId, type Operations } from '../contract/operations.ts';
import { type Actor, isEnough } from '../domain/actor.ts';
import { SluiceError } from '../domain/errors.ts';
import { jsonBodyOf } from './json-body.ts';
import { queryOf } from './parameters.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whom a route of the management API asks for; without it, whoever may look. */
    readonly leastRole?: LeastRole;
  }
  interface FastifyRequest {
    /** Who asks the management API; null where it may be anybody. */
    actor: Actor | null;
  }
}

/** What a handler may look at besides what was asked. */
export interface Exchange<Role extends LeastRole = 'viewer'> {
  readonly request: FastifyRequest;
  /** For headers, and for what is no JSON: who hijacks it answers by itself. */
  readonly reply: FastifyReply;
  /** Who asks; null where it may be anybody. */
  readonly actor: Role extends 'anyone' ? null : Actor;
}

/** What carries out an operation. What it answers is sent with the operation's status; what it throws, as errors are. */
export type Handler<Of extends Operation> = (
  asked: Asked<Of>,
  exchange: Exchange<Of['role']>,
) => Promise<Answer<Of>> | Answer<Of>;

/** Of each operation the one that carries it out: the compiler says when one is missing. */
export type Handlers = { readonly [Id in OperationId]: Handler<Operations[Id]> };

/** The handlers of some operations. */
export type HandlersOf<Table extends Readonly<Record<string, Operation>>> = {
  readonly [Id in keyof Table]: Handler<Table[Id]>;
};

/** Says who asks. @throws SluiceError when it is nobody who may */
export type ActorOf = (request: IncomingMessage) => Actor;

/**
 * Registers every operation of the management API. Before anything of a request is read, who asks must have the role
 * that the operation asks for; so must whoever asks for what other routes of `api` have, which is that of a viewer.
 */
export function registerHandlers(api: FastifyInstance, handlers: Handlers, actorOf: ActorOf): void {
  api.decorateRequest('actor', null);
  api.addHook('onRequest', (request, { raw: response }, next) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    const { leastRole = 'viewer' } = request.routeOptions.config;
    if (leastRole !== 'anyone') {
      const actor = actorOf(request.raw);
      if (!isEnough(actor.role, leastRole))
        throw new SluiceError('role_too_low', { actor: actor.name, role: actor.role, needed: leastRole });
      request.actor = actor;
    }
    next();
  });
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    // Each handler takes what its own operation asks, which one call of many operations cannot say.
    register(api, OPERATIONS[id], handlers[id]);
  }
}

function register(api: FastifyInstance, operation: Operation, handle: Handler<Operation>): void {
  const { method, path, role, status, query, body, mediaType } = operation;
  api.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { leastRole: role },
    // What goes on without an end has no HEAD either.
    exposeHeadRoute: mediaType === undefined,
    handler: async (request, reply) => {
      const asked = {
        params: request.params as Readonly<Record<string, string>>,
        query: queryOf(request, query),
        body: body === undefined ? undefined : await jsonBodyOf(request.raw, body),
      };
      const exchange = { request, reply, actor: request.actor };
      const answer: unknown = await handle(asked as Asked<Operation>, exchange);
      if (reply.sent) return reply;
      return reply.code(status).send(answer ?? undefined);
    },
  });
}
