import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Asked, LeastRole, Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId, type Operations } from '../contract/operations.ts';
import type { Actor } from '../domain/actor.ts';
import type { NewAuditEntry } from '../domain/audit.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { AuditTrail } from '../ports/audit-trail.ts';
import { jsonBodyOf } from './json-body.ts';
import { queryOf } from './parameters.ts';

/** What a handler may look at besides what was asked. */
export interface Exchange<Role extends LeastRole = 'viewer'> {
  /** Notes in the audit trail what was done for them, once it is: what is no change of the workspace, which notes its own. */
  readonly note: (done: Done) => Promise<void>;
  readonly request: FastifyRequest;
  /** For headers, and for what is no JSON: who hijacks it answers by itself. */
  readonly reply: FastifyReply;
  /** Who asks; null where it may be anybody. */
  readonly actor: Role extends 'anyone' ? null : Actor;
}

export type Done = Pick<NewAuditEntry, 'action' | 'subject'> & Partial<Pick<NewAuditEntry, 'before' | 'after'>>;

export interface RegisterParts {
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly ambient: Pick<Ambient, 'nowMs'>;
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

/** Registers every operation of the management API. */
export function registerHandlers(api: FastifyInstance, handlers: Handlers, parts: RegisterParts): void {
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    // Each handler takes what its own operation asks, which one call of many operations cannot say.
    register(api, OPERATIONS[id], handlers[id], parts);
  }
}

function register(
  api: FastifyInstance,
  operation: Operation,
  handle: Handler<Operation>,
  { audit, ambient }: RegisterParts,
): void {
  const { method, path, role: leastRole, status, query, body, messages } = operation;
  api.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { leastRole },
    // What goes on without an end has no HEAD either.
    exposeHeadRoute: messages === undefined,
    handler: async (request, reply) => {
      const asked = {
        params: request.params as Readonly<Record<string, string>>,
        query: queryOf(request, query),
        body: body === undefined ? undefined : await jsonBodyOf(request.raw, body),
      };
      const { actor } = request;
      const note = async (done: Done): Promise<void> => {
        const by = actor?.name ?? 'anyone';
        await audit.append({ atMs: ambient.nowMs(), by, before: null, after: null, version: null, ...done });
      };
      const answer: unknown = await handle(asked as Asked<Operation>, { request, reply, actor, note });
      if (reply.sent) return reply;
      return reply.code(status).send(answer ?? undefined);
    },
  });
}
