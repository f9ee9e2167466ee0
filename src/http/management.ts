import type { FastifyInstance } from 'fastify';
import type { Actor } from '../domain/actor.ts';
import { SluiceError } from '../domain/errors.ts';
import { binHandlers } from './bin-routes.ts';
import type { Bins } from './bins.ts';
import { diskHandlers, type DiskRouteParts } from './disk-routes.ts';
import { deliveryHandlers, type DeliveryRouteParts } from './delivery-routes.ts';
import { erasureHandlers, type ErasureRouteParts } from './erasure-routes.ts';
import { eventHandlers, type EventRouteParts } from './event-routes.ts';
import { type Handlers, registerHandlers } from './handlers.ts';
import type { OperatorAccess } from './operator-access.ts';
import { replayHandlers, type ReplayRouteParts } from './replay-routes.ts';
import { statisticsHandlers, type StatsRouteParts } from './stats-routes.ts';

export interface ManagementParts
  extends
    EventRouteParts,
    DeliveryRouteParts,
    DiskRouteParts,
    StatsRouteParts,
    ErasureRouteParts,
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
    registerHandlers(api, handlersOf(parts), (request) => {
      parts.access.requireOperator(request);
      return OPERATOR;
    });
    api.all('/*', ({ method, url }) => {
      throw new SluiceError('not_found', { method, path: url.slice(0, 200) });
    });
    done();
  };
  void app.register(routes, { prefix: '/api/v1' });
}

const OPERATOR: Actor = { name: 'admin token', role: 'admin' };

function handlersOf(parts: ManagementParts): Handlers {
  return {
    ...eventHandlers(parts),
    ...deliveryHandlers(parts),
    ...replayHandlers(parts),
    ...erasureHandlers(parts),
    ...statisticsHandlers(parts),
    ...diskHandlers(parts),
    ...binHandlers(parts.bins),
  };
}
