import { SluiceError } from '../domain/errors.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { Refusal, Telemetry } from '../ports/telemetry.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import type { Entrance } from './incoming-call.ts';

export interface RefuseParts {
  readonly workspace: Pick<WorkspaceStore, 'current'>;
  readonly telemetry: Pick<Telemetry, 'refused'>;
}

/**
 * Makes what ends a call with an error: it tells of it, and throws the error on unless its route swallows it. What is no
 * `SluiceError` is thrown on untold.
 */
export function makeRefuse({
  workspace,
  telemetry,
}: RefuseParts): (entrance: Entrance, error: unknown, subject: unknown) => void {
  return (entrance, error, subject) => {
    if (!(error instanceof SluiceError)) throw error;
    const { writeKey } = entrance;
    const source = writeKey === null ? undefined : workspace.current().sourceByWriteKey.get(writeKey);
    telemetry.refused(refusalOfError(entrance, error, subject, source?.id ?? null));
    if (!isForgiven(entrance, error)) throw error;
  };
}

/**
 * The refusal of a call that ended with an error.
 *
 * @param subject of the refusal: the body, or its first bytes
 * @param source id of the source that the call says it comes from, or null
 */
function refusalOfError(entrance: Entrance, error: SluiceError, subject: unknown, source: string | null): Refusal {
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
function isForgiven({ channel }: Entrance, { code, status }: SluiceError): boolean {
  return channel === 'client' && status === 400 && code !== 'call_too_large' && code !== 'batch_too_large';
}

function callsIn(subject: unknown): number {
  return isJsonObject(subject) && Array.isArray(subject.batch) ? Math.max(subject.batch.length, 1) : 1;
}
