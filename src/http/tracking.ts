import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import type { EventType } from '../domain/event.ts';
import { batchBytesMax, callBytesMax } from '../domain/limits.ts';
import type { Channel } from '../domain/normalise.ts';
import type { Ingest } from '../pipeline/ingest.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Monitoring } from '../ports/monitoring.ts';
import { writeKeyOf } from './authenticate.ts';
import { BodyHead, readJson } from './decode-body.ts';
import type { BodyLimit } from './decode-body.ts';

export interface TrackingParts {
  readonly ingest: Ingest;
  readonly ambient: Ambient;
  readonly monitoring: Pick<Monitoring, 'answered'>;
  /** Answers exactly 200 `{"success":true}`: several libraries take any other 2xx for a failure (section 3.4). */
  readonly succeed: (reply: FastifyReply) => void;
}

interface Route {
  readonly name: EventType | 'batch';
  readonly channel: Channel;
  readonly limit: BodyLimit;
}

const CALL: BodyLimit = { bytesMax: callBytesMax, code: 'call_too_large' };
const BATCH: BodyLimit = { bytesMax: batchBytesMax, code: 'batch_too_large' };

/** Path, what it takes, and who uses it: the long routes are for servers, the letters for devices (section 1.1). */
const ROUTES: readonly (readonly [path: string, name: Route['name'], channel: Channel])[] = [
  ['identify', 'identify', 'server'],
  ['track', 'track', 'server'],
  ['page', 'page', 'server'],
  ['screen', 'screen', 'server'],
  ['group', 'group', 'server'],
  ['alias', 'alias', 'server'],
  ['batch', 'batch', 'server'],
  ['import', 'batch', 'server'],
  ['i', 'identify', 'client'],
  ['t', 'track', 'client'],
  ['p', 'page', 'client'],
  ['s', 'screen', 'client'],
  ['g', 'group', 'client'],
  ['a', 'alias', 'client'],
  ['b', 'batch', 'client'],
];

const METHODS = ['POST', 'PUT'];
const OTHER_METHODS = ['GET', 'DELETE', 'PATCH', 'OPTIONS'];

/** The tracking API: all that libraries send comes in here. */
export function registerTracking(app: FastifyInstance, parts: TrackingParts): void {
  for (const [path, name, channel] of ROUTES) {
    const route = { name, channel, limit: name === 'batch' ? BATCH : CALL };
    const url = `/v1/${path}`;
    app.route({ method: METHODS, url, handler: async (request, reply) => take(route, request, reply, parts) });
    app.route({ method: OTHER_METHODS, url, handler: refuseMethod(METHODS) });
  }
  // What libraries measure of themselves is no event; they do not read the answer (section 1.9).
  app.post('/v1/m', (_request, reply) => {
    parts.succeed(reply);
  });
  app.route({ method: ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'], url: '/v1/m', handler: refuseMethod(['POST']) });
}

async function take(route: Route, request: FastifyRequest, reply: FastifyReply, parts: TrackingParts): Promise<void> {
  const { headers, socket } = request.raw;
  const startedAtMs = parts.ambient.elapsedMs();
  const entrance = {
    route: route.name,
    channel: route.channel,
    receivedAtMs: parts.ambient.nowMs(),
    writeKey: writeKeyOf(headers.authorization),
  };
  const head = new BodyHead();
  const json = await readJson(request.raw, route.limit, head).catch((error: unknown) => {
    parts.ingest.refuse(entrance, error, head.bytes);
    return null;
  });
  if (json !== null) {
    await parts.ingest.accept({
      ...entrance,
      body: json.value,
      bodyBytes: json.bytes,
      ip: socket.remoteAddress ?? null,
      userAgent: headers['user-agent'] ?? null,
    });
  }
  parts.succeed(reply);
  parts.monitoring.answered(parts.ambient.elapsedMs() - startedAtMs);
}

function refuseMethod(allowed: readonly string[]): (request: FastifyRequest) => never {
  return ({ method, url }) => {
    throw new SluiceError('method_not_allowed', {
      method,
      path: url.split('?', 1)[0] ?? '',
      allowed: allowed.join(', '),
    });
  };
}
