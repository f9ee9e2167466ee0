import { SluiceError } from '../domain/errors.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Entrance } from './incoming-call.ts';

/**
 * For a call that ended with an error: tells whoever watches, and throws it on, unless it came by a route that never
 * answers a mistake.
 *
 * The short routes are such: libraries on devices have nobody to show it to. Oversize is told there too, because the
 * sender can only split; and what is no mistake of the sender's (the disk is full) always is, or the call would be
 * lost (protocol section 1.4).
 */
export function refuse(telemetry: Telemetry, { route, channel, receivedAtMs }: Entrance, error: unknown): void {
  if (!(error instanceof SluiceError)) throw error;
  telemetry.refused({
    atMs: receivedAtMs,
    source: null,
    reason: error.code,
    type: route === 'batch' ? null : route,
    message: error.message,
  });
  if (channel === 'server' || !isForgiven(error)) throw error;
}

function isForgiven({ code, status }: SluiceError): boolean {
  return status === 400 && code !== 'call_too_large' && code !== 'batch_too_large';
}
