import type { SluiceError } from '../domain/errors.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { Refusal } from '../ports/telemetry.ts';
import type { Entrance } from './incoming-call.ts';

/**
 * The refusal of a call that ended with an error.
 *
 * @param subject of the refusal: the body, or its first bytes
 * @param source id of the source that the call says it comes from, or null
 */
export function refusalOfError(
  entrance: Entrance,
  error: SluiceError,
  subject: unknown,
  source: string | null,
): Refusal {
  const { route, receivedAtMs, writeKey } = entrance;
  return {
    atMs: receivedAtMs,
    source,
    reason: error.code,
    type: route === 'batch' ? null : route,
    message: error.message,
    count: callsIn(subject),
    route,
    writeKey,
    subject,
  };
}

/**
 * Whether a call with this mistake is answered with 200 all the same, because it came by a route that never answers one.
 *
 * The short routes are such: libraries on devices have nobody to show it to. Oversize is told there too, because the
 * sender can only split; and what is no mistake of the sender's (the disk is full) always is, or the call would be
 * lost (protocol section 1.4).
 */
export function isForgiven({ channel }: Entrance, { code, status }: SluiceError): boolean {
  return channel === 'client' && status === 400 && code !== 'call_too_large' && code !== 'batch_too_large';
}

function callsIn(subject: unknown): number {
  return isJsonObject(subject) && Array.isArray(subject.batch) ? Math.max(subject.batch.length, 1) : 1;
}
