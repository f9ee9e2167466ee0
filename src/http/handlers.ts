import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Asked, Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId, type Operations } from '../contract/operations.ts';
import { jsonBodyOf } from './json-body.ts';
import { queryOf } from './parameters.ts';

/** What a handler may look at besides what was asked. */
export interface Exchange {
  /** Who asks. */
  readonly actor: { readonly name: string };
  readonly request: FastifyRequest;
  /** For headers, and for what is no JSON: who hijacks it answers by itself. */
  readonly reply: FastifyReply;
}

/** What carries out an operation. What it answers is sent with the operation's status; what it throws, as errors are. */
export type Handler<Of extends Operation> = (asked: Asked<Of>, exchange: Exchange) => Promise<Answer<Of>> | Answer<Of>;

/** Of each operation the one that carries it out: the compiler says when one is missing. */
export type Handlers = { readonly [Id in OperationId]: Handler<Operations[Id]> };

/** The handlers of some operations. */
export type HandlersOf<Table extends Readonly<Record<string, Operation>>> = {
  readonly [Id in keyof Table]: Handler<Table[Id]>;
};

/** Registers every operation of the management API. */
export function registerHandlers(api: FastifyInstance, handlers: Handlers): void {
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    // Each handler takes what its own operation asks, which one call of many operations cannot say.
    register(api, OPERATIONS[id], handlers[id]);
  }
}

function register(api: FastifyInstance, operation: Operation, handle: Handler<Operation>): void {
  const { method, path, status, query, body } = operation;
  api.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    handler: async (request, reply) => {
      const asked = {
        params: request.params as Readonly<Record<string, string>>,
        query: queryOf(request, query),
        body: body === undefined ? undefined : await jsonBodyOf(request.raw, body),
      };
      const answer: unknown = await handle(asked as Asked<Operation>, {
        request,
        reply,
        actor: { name: 'admin token' },
      });
      if (reply.sent) return reply;
      return reply.code(status).send(answer ?? undefined);
    },
  });
}
