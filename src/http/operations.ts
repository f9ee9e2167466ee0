import type { FastifyInstance } from 'fastify';
import type { Monitoring } from '../ports/monitoring.ts';
import type { Forwarding } from './client-address.ts';
import type { OperatorAccess } from './operator-access.ts';
import { isLoopback } from './this-machine.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is there for who watches the process, and so answers also while it stops. */
    readonly answersWhileClosing?: boolean;
  }
}

export interface OperationsParts {
  readonly monitoring: Monitoring;
  readonly isClosing: () => boolean;
  readonly access: OperatorAccess;
  readonly forwarding: Pick<Forwarding, 'isProxied'>;
}

/** As Prometheus names its text format. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * What whoever runs Sluice watches: whether the process lives (`/livez`), whether calls should be sent to it (`/readyz`),
 * and its metrics. They answer also while the process stops: it lives until it is gone, and says that it goes.
 */
export function registerOperations(app: FastifyInstance, parts: OperationsParts): void {
  const { monitoring, isClosing, access, forwarding } = parts;
  const options = { config: { answersWhileClosing: true } };
  app.get('/livez', options, async (_request, reply) => reply.header(...UNCACHED).send({ status: 'ok' }));
  app.get('/readyz', options, async (_request, reply) => {
    void reply.header(...UNCACHED);
    if (isClosing()) return reply.code(503).send({ status: 'shutting_down' });
    const { isReady, ...rest } = await monitoring.readiness();
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not_ready', ...rest });
  });
  app.get('/metrics', options, async (request, reply) => {
    if (!isLoopback(request.raw, forwarding)) access.require(request.raw, 'viewer');
    return reply
      .header(...UNCACHED)
      .type(METRICS_TYPE)
      .send(await monitoring.metrics());
  });
}

const UNCACHED = ['Cache-Control', 'no-store'] as const;
