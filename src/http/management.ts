import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { LeastRole } from '../contract/operation.ts';
import type { Actor } from '../domain/actor.ts';
import { SluiceError } from '../domain/errors.ts';
import { accessHandlers, type AccessRouteParts } from './access-routes.ts';
import { alertHandlers, type AlertRouteParts } from './alert-routes.ts';
import { auditHandlers, type AuditRouteParts } from './audit-routes.ts';
import { type BinRouteParts, binHandlers } from './bin-routes.ts';
import { deliveryHandlers, type DeliveryRouteParts } from './delivery-routes.ts';
import { destinationHandlers, type DestinationRouteParts } from './destination-routes.ts';
import { destinationVerbHandlers, type DestinationVerbParts } from './destination-verb-routes.ts';
import { diskHandlers, type DiskRouteParts } from './disk-routes.ts';
import { erasureHandlers, type ErasureRouteParts } from './erasure-routes.ts';
import { eventHandlers, type EventRouteParts } from './event-routes.ts';
import { GUARDED_HEADERS } from './guarded-headers.ts';
import { type Handlers, registerHandlers } from './handlers.ts';
import type { OperatorAccess } from './operator-access.ts';
import { replayHandlers, type ReplayRouteParts } from './replay-routes.ts';
import { sourceHandlers, type SourceRouteParts } from './source-routes.ts';
import { statisticsHandlers, type StatsRouteParts } from './stats-routes.ts';
import { streamHandlers, type StreamRouteParts } from './stream-routes.ts';
import { pathIn } from './url-path.ts';

export interface ManagementParts
  extends
    AccessRouteParts,
    EventRouteParts,
    DeliveryRouteParts,
    DiskRouteParts,
    StatsRouteParts,
    Omit<StreamRouteParts, 'events'>,
    ErasureRouteParts,
    SourceRouteParts,
    Omit<DestinationRouteParts, 'stats'>,
    Omit<DestinationVerbParts, 'stats'>,
    AlertRouteParts,
    AuditRouteParts,
    BinRouteParts,
    Omit<ReplayRouteParts, 'events'> {}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whom a route of the management API asks for. Without it: a viewer for what is read, an admin for all else. */
    readonly leastRole?: LeastRole;
  }
  interface FastifyRequest {
    /** Who asks something of the management API; null where anyone may. */
    actor: Actor | null;
  }
}

/**
 * Of every answer, errors included. What is answered is for programs and for pages of our own: kept by nobody, shown in
 * no frame, taken for nothing but what it says it is, and in no process of another site.
 */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  ...GUARDED_HEADERS,
};

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Asks who somebody is. @param needed the role without which they are told nothing; 'anyone' is not asked */
type Guard = (request: IncomingMessage, response: ServerResponse, needed?: LeastRole) => Actor | null;

function makeGuard(access: OperatorAccess): Guard {
  return (request, response, needed = SAFE_METHODS.has(request.method ?? '') ? 'viewer' : 'admin') => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    return needed === 'anyone' ? null : access.require(request, needed);
  };
}

/**
 * The same guard for what reaches no route: a method that there is none for, and a URL that cannot be decoded, which the
 * router refuses by itself. Passes over what is not below `/api/v1`.
 */
export function makeUnroutedGuard({
  access,
}: Pick<ManagementParts, 'access'>): (request: IncomingMessage, response: ServerResponse) => void {
  const guard = makeGuard(access);
  return (request, response) => {
    if (/^\/api\/v1(?:\/|$)/.test(pathIn(request.url ?? ''))) guard(request, response);
  };
}

/**
 * The management API, for operators alone. The guard belongs to its routes, whatever spelling of a URL leads to them,
 * and also to the one that says that there is nothing: who may not ask learns nothing of what is there. Only what an
 * operation says is for anyone is (`contract/operations.ts`).
 */
export function registerManagement(app: FastifyInstance, parts: ManagementParts): void {
  const guard = makeGuard(parts.access);
  const routes = (api: FastifyInstance, _options: object, done: () => void): void => {
    api.decorateRequest('actor', null);
    api.addHook('onRequest', (request, { raw: response }, next) => {
      request.actor = guard(request.raw, response, request.routeOptions.config.leastRole);
      next();
    });
    registerHandlers(api, handlersOf(parts), parts);
    for (const path of ['/', '/*']) {
      api.all(path, ({ method, url }) => {
        throw new SluiceError('not_found', { method, path: url.slice(0, 200) });
      });
    }
    done();
  };
  void app.register(routes, { prefix: '/api/v1' });
}

function handlersOf(parts: ManagementParts): Handlers {
  const isStillAllowed = (request: IncomingMessage): boolean => parts.access.isStillAllowed(request, 'viewer');
  return {
    ...sourceHandlers(parts),
    ...destinationHandlers(parts),
    ...destinationVerbHandlers(parts),
    ...eventHandlers(parts),
    ...deliveryHandlers(parts),
    ...streamHandlers(parts, isStillAllowed),
    ...replayHandlers(parts),
    ...erasureHandlers(parts),
    ...statisticsHandlers(parts),
    ...diskHandlers(parts),
    ...alertHandlers(parts),
    ...binHandlers(parts, isStillAllowed),
    ...auditHandlers(parts),
    ...accessHandlers(parts),
  };
}
