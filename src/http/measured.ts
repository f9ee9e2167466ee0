import type { Ambient } from '../ports/ambient.ts';
import type { Monitoring } from '../ports/monitoring.ts';
import type { RouteHandler } from './methods.ts';

export interface MeasuringParts {
  readonly ambient: Pick<Ambient, 'elapsedMs'>;
  readonly monitoring: Pick<Monitoring, 'answered'>;
}

/** The same handler, with how long each call took that it answered with success. */
export function measured({ ambient, monitoring }: MeasuringParts, handler: RouteHandler): RouteHandler {
  return async (request, reply) => {
    const startedAtMs = ambient.elapsedMs();
    await handler(request, reply);
    monitoring.answered(ambient.elapsedMs() - startedAtMs);
  };
}
