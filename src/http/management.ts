import type { FastifyInstance } from 'fastify';
import type { Actor } from '../domain/actor.ts';
import { SluiceError } from '../domain/errors.ts';
import { binHandlers } from './bin-routes.ts';
import type { Bins } from './bins.ts';
import { deliveryHandlers, type DeliveryRouteParts } from './delivery-routes.ts';
import { destinationHandlers, type DestinationRouteParts } from './destination-routes.ts';
import { diskHandlers, type DiskRouteParts } from './disk-routes.ts';
import { erasureHandlers, type ErasureRouteParts } from './erasure-routes.ts';
import { eventHandlers, type EventRouteParts } from './event-routes.ts';
import { type Handlers, registerHandlers } from './handlers.ts';
import type { OperatorAccess } from './operator-access.ts';
import { replayHandlers, type ReplayRouteParts } from './replay-routes.ts';
import { sourceHandlers, type SourceRouteParts } from './source-routes.ts';
import { statisticsHandlers, type StatsRouteParts } from './stats-routes.ts';
import { type IsStillAllowed, streamHandlers, type StreamRouteParts } from './stream-routes.ts';

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
    ...sourceHandlers(parts),
    ...destinationHandlers(parts),
    ...eventHandlers(parts),
    ...deliveryHandlers(parts),
    ...streamHandlers(parts, isStillAllowedBy(parts.access)),
    ...replayHandlers(parts),
    ...erasureHandlers(parts),
    ...statisticsHandlers(parts),
    ...diskHandlers(parts),
    ...binHandlers(parts.bins),
  };
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
