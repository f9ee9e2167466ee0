import { openPartOf } from '../../domain/listener-url.ts';
import type { AttemptReport } from '../../ports/telemetry.ts';

/** Longest text from outside in a record, in UTF-16 units. */
const TEXT_MAX = 256;

/**
 * An attempt as the log has it: one wide record of the same form whatever the outcome. The endpoint is named by its
 * origin alone, since the rest of a URL is often a secret; headers and bodies never get here.
 */
export function attemptRecord(report: AttemptReport): Readonly<Record<string, unknown>> {
  const { destination, eventId, type, name, attempt, message, decided, retryAtMs, receivedAtMs } = report;
  return {
    destination,
    endpoint: openPartOf(attempt.endpoint),
    eventId,
    ...(report.events > 1 ? { events: report.events } : {}),
    type,
    name: name === null ? null : cut(name),
    attempt: attempt.number,
    outcome: attempt.outcome,
    status: attempt.status,
    error: attempt.errorCode,
    detail: message === null ? null : cut(message),
    durationMs: tenths(attempt.durationMs),
    decided,
    ...(report.isSplit ? { isSplit: true } : {}),
    retryAt: retryAtMs === null ? null : isoTime(retryAtMs),
    receivedAt: isoTime(receivedAtMs),
    ageMs: tenths(attempt.atMs + attempt.durationMs - receivedAtMs),
  };
}

/** A text from outside, as a record holds it. */
export function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function tenths(ms: number): number {
  return Number(ms.toFixed(1));
}
