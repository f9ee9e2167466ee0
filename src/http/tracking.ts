import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Ambient } from '../ports/ambient.ts';
import type { Monitoring } from '../ports/monitoring.ts';
import { allowAnyOrigin } from './cors.ts';
import type { Answers } from './answers.ts';
import { BATCH_LIMIT, CALL_LIMIT } from './decode-body.ts';
import { measured } from './measured.ts';
import { registerMethods } from './methods.ts';
import type { MethodHandlers, RouteHandler } from './methods.ts';
import { registerPixels } from './pixel.ts';
import { callbackOf } from './query-call.ts';
import { takeBody, takeQuery } from './take-call.ts';
import type { CallRoute, TakingParts } from './take-call.ts';

export interface TrackingParts extends TakingParts {
  readonly ambient: Ambient;
  readonly monitoring: Pick<Monitoring, 'answered'>;
  readonly answers: Answers;
}

/** Path, what it takes, and who uses it: the long routes are for servers, the letters for devices (section 1.1). */
const ROUTES: readonly (readonly [path: string, name: CallRoute['name'], channel: CallRoute['channel']])[] = [
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

/** So that each GET is a call (protocol section 1.4). */
const UNCACHED = ['Cache-Control', 'no-cache, max-age=0'] as const;

/**
 * The tracking API: all that libraries send comes in here. Its routes are a group of their own, because they are what
 * pages of other origins may use.
 */
export function registerTracking(app: FastifyInstance, parts: TrackingParts): void {
  const { answers } = parts;
  const register = (routes: FastifyInstance, _options: object, done: () => void): void => {
    allowAnyOrigin(routes);
    for (const [path, name, channel] of ROUTES) {
      const route = { name, channel, limit: name === 'batch' ? BATCH_LIMIT : CALL_LIMIT };
      const handlers = channel === 'server' ? longHandlers(route, parts) : shortHandlers(route, parts);
      registerMethods(routes, `/v1/${path}`, handlers);
    }
    registerPixels(routes, parts);
    // What libraries measure of themselves is no event; they do not read the answer (section 1.9).
    const drop: RouteHandler = (_request, reply) => {
      answers.succeed(reply);
    };
    registerMethods(routes, '/v1/m', { POST: drop });
    done();
  };
  void app.register(register);
}

function longHandlers(route: CallRoute, parts: TrackingParts): MethodHandlers {
  const take = measured(parts, async (request, reply) => {
    await takeBody(route, request, parts);
    parts.answers.succeed(reply);
  });
  return { POST: take, PUT: take };
}

/**
 * Old browsers, which cannot send a body to another origin, put the call into a GET and take a script for the answer.
 * HEAD takes nothing: no library sends it, and who only looks at a link was not sent there by one.
 */
function shortHandlers(route: CallRoute, parts: TrackingParts): MethodHandlers {
  const { answers } = parts;
  const answer = (request: FastifyRequest, reply: FastifyReply): void => {
    const callback = callbackOf(request);
    if (callback === null) answers.succeed(reply);
    else answers.callBack(callback, reply);
  };
  const answerUncached = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.raw.setHeader(...UNCACHED);
    answer(request, reply);
  };
  const take = measured(parts, async (request, reply) => {
    await takeBody(route, request, parts);
    answer(request, reply);
  });
  const get = measured(parts, async (request, reply) => {
    await takeQuery(route, request, parts, { isSpelled: false });
    answerUncached(request, reply);
  });
  return { HEAD: answerUncached, GET: get, POST: take, PUT: take };
}
