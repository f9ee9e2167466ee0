import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { alertHandlers, type AlertRouteParts } from './alert-routes.ts';
import { auditHandlers, type AuditRouteParts } from './audit-routes.ts';
import { registerBinLists } from './bin-routes.ts';
import type { Bins } from './bins.ts';
import { destinationVerbHandlers, type DestinationVerbParts } from './destination-verb-routes.ts';
import { diskHandlers, type DiskRouteParts } from './disk-routes.ts';
import { type DeliveryRouteParts, registerDeliveries } from './delivery-routes.ts';
import { destinationHandlers, type DestinationRouteParts } from './destination-routes.ts';
import { type ErasureRouteParts, registerErasures } from './erasure-routes.ts';
import { type EventRouteParts, registerEvents } from './event-routes.ts';
import { registerHandlers } from './handlers.ts';
import type { OperatorAccess } from './operator-access.ts';
import { replayHandlers, type ReplayRouteParts } from './replay-routes.ts';
import { registerRefused } from './refused-routes.ts';
import { sourceHandlers, type SourceRouteParts } from './source-routes.ts';
import { registerStats, type StatsRouteParts } from './stats-routes.ts';
import { type IsStillAllowed, registerStream, type StreamRouteParts } from './stream-routes.ts';

export interface ManagementParts
  extends
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
    Omit<ReplayRouteParts, 'events'> {
  readonly access: OperatorAccess;
  /** Null: there are no request bins. */
  readonly bins: Bins | null;
}

/**
 * The management API, for operators alone. The guard belongs to its routes, whatever spelling of a URL leads to them,
 * and also to the one that says that there is nothing: who may not ask learns nothing of what is there.
 */
export function registerManagement(app: FastifyInstance, parts: ManagementParts): void {
  const routes = (api: FastifyInstance, _options: object, done: () => void): void => {
    api.addHook('onRequest', (request, { raw: response }, next) => {
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('X-Content-Type-Options', 'nosniff');
      parts.access.requireOperator(request.raw);
      next();
    });
    registerEvents(api, parts);
    registerDeliveries(api, parts);
    registerRefused(api, parts);
    registerStats(api, parts);
    registerErasures(api, parts);
    registerHandlers(
      api,
      {
        ...sourceHandlers(parts),
        ...destinationHandlers(parts),
        ...destinationVerbHandlers(parts),
        ...replayHandlers(parts),
        ...diskHandlers(parts),
        ...alertHandlers(parts),
        ...auditHandlers(parts),
      },
      parts,
    );
    registerStream(api, parts, isStillAllowedBy(parts.access));
    if (parts.bins !== null) registerBinLists(api, parts.bins);
    api.all('/*', ({ method, url }) => {
      throw new SluiceError('not_found', { method, path: url.slice(0, 200) });
    });
    done();
  };
  void app.register(routes, { prefix: '/api/v1' });
}

function isStillAllowedBy(access: OperatorAccess): IsStillAllowed {
  return (request) => {
    try {
      access.requireOperator(request);
      return true;
    } catch (error) {
      if (error instanceof SluiceError) return false;
      throw error;
    }
  };
}
