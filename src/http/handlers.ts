import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Asked, LeastRole, Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId, type Operations } from '../contract/operations.ts';
import type { Actor } from '../domain/actor.ts';
import type { NewAuditEntry, Noted } from '../domain/audit.ts';
import { type ActionEntry, makeNoted, type NotedParts } from '../workspace/noted.ts';
import { jsonBodyOf } from './json-body.ts';
import { queryOf } from './parameters.ts';

/** What a handler may look at besides what was asked. */
export interface Exchange<Role extends LeastRole = 'viewer'> {
  /** Does something for them, with an entry in their name. */
  readonly noted: Noted<Action>;
  readonly request: FastifyRequest;
  /** For headers, and for what is no JSON: who hijacks it answers by itself. */
  readonly reply: FastifyReply;
  /** Who asks; null where it may be anybody. */
  readonly actor: Role extends 'anyone' ? null : Actor;
}

export type Action = Pick<NewAuditEntry, 'action' | 'subject'> & Partial<Pick<NewAuditEntry, 'before' | 'after'>>;

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

/** Registers every operation of the management API. */
export function registerHandlers(api: FastifyInstance, handlers: Handlers, parts: NotedParts): void {
  const notedBy = makeNoted(parts);
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    // Each handler takes what its own operation asks, which one call of many operations cannot say.
    register(api, OPERATIONS[id], handlers[id], notedBy);
  }
}

function register(
  api: FastifyInstance,
  operation: Operation,
  handle: Handler<Operation>,
  notedBy: Noted<ActionEntry>,
): void {
  const { method, path, role: leastRole, status, query, body, messages, whileClosing = false } = operation;
  api.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { leastRole, answersWhileClosing: whileClosing },
    // What goes on without an end has no HEAD either.
    exposeHeadRoute: messages === undefined,
    handler: async (request, reply) => {
      const asked = {
        params: request.params as Readonly<Record<string, string>>,
        query: queryOf(request, query),
        body: body === undefined ? undefined : await jsonBodyOf(request.raw, body),
      };
      const { actor } = request;
      const noted: Noted<Action> = async (action, act) =>
        notedBy({ by: actor?.name ?? 'anyone', before: null, after: null, ...action }, act);
      const answer: unknown = await handle(asked as Asked<Operation>, { request, reply, actor, noted });
      if (reply.sent) return reply;
      return reply.code(status).send(answer ?? undefined);
    },
  });
}
