import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { CALL_TYPES } from '../domain/event.ts';
import type { Answers } from './answers.ts';
import { CALL_LIMIT } from './decode-body.ts';
import { measured } from './measured.ts';
import type { MeasuringParts } from './measured.ts';
import { registerMethods, type RouteHandler } from './methods.ts';
import { takeQuery } from './take-call.ts';
import type { CallRoute, TakingParts } from './take-call.ts';

export type PixelParts = TakingParts & MeasuringParts & { readonly answers: Pick<Answers, 'showPixel'> };

/**
 * Calls as images, for mails and AMP pages (protocol section 1.5). The image comes whatever the mistake in the call,
 * since there is nobody to tell; what was refused is listed for the operator.
 *
 * Not so when the fault is here, as with a full disk: a 200 would say that the event is safe. Nobody sends a pixel
 * again, but whoever counts the answers sees what is missing. HEAD takes nothing: who asks for the headers alone, as
 * scanners of mail do, has not seen the image.
 */
export function registerPixels(routes: FastifyInstance, parts: PixelParts): void {
  for (const name of CALL_TYPES) {
    const route: CallRoute = { name, channel: 'client', limit: CALL_LIMIT };
    const take = measured(parts, async (request, reply) => {
      await takeQuery(route, request, parts, { isSpelled: true }).catch(forgive);
      parts.answers.showPixel(reply);
    });
    const show: RouteHandler = (_request, reply) => {
      parts.answers.showPixel(reply);
    };
    registerMethods(routes, `/v1/pixel/${name}`, { HEAD: show, GET: take });
  }
}

/** Also what the short routes tell, that a call is too large. */
function forgive(error: unknown): void {
  if (!(error instanceof SluiceError) || error.status !== 400) throw error;
}
