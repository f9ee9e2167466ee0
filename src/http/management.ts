import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { alertHandlers, type AlertRouteParts } from './alert-routes.ts';
import { registerBinLists } from './bin-routes.ts';
import type { Bins } from './bins.ts';
import { destinationVerbHandlers, type DestinationVerbParts } from './destination-verb-routes.ts';
import { diskHandlers, type DiskRouteParts } from './disk-routes.ts';
import { type DeliveryRouteParts, registerDeliveries } from './delivery-routes.ts';
import { type ErasureRouteParts, registerErasures } from './erasure-routes.ts';
import { type EventRouteParts, registerEvents } from './event-routes.ts';
import { registerHandlers } from './handlers.ts';
import type { OperatorAccess } from './operator-access.ts';
import { replayHandlers, type ReplayRouteParts } from './replay-routes.ts';
import { registerRefused } from './refused-routes.ts';
import { registerStats, type StatsRouteParts } from './stats-routes.ts';

export interface ManagementParts
  extends
    EventRouteParts,
    DeliveryRouteParts,
    DiskRouteParts,
    StatsRouteParts,
    ErasureRouteParts,
    DestinationVerbParts,
    AlertRouteParts,
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
    registerHandlers(api, {
      ...replayHandlers(parts),
      ...diskHandlers(parts),
      ...destinationVerbHandlers(parts),
      ...alertHandlers(parts),
    });
    if (parts.bins !== null) registerBinLists(api, parts.bins);
    api.all('/*', ({ method, url }) => {
      throw new SluiceError('not_found', { method, path: url.slice(0, 200) });
    });
    done();
  };
  void app.register(routes, { prefix: '/api/v1' });
}
