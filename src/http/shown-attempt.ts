import { ATTEMPT_ERRORS, type ExchangeTiming } from '../domain/attempt.ts';
import { statusMessage } from '../domain/status-advice.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { PastAttempt } from '../ports/delivery-history.ts';

/** What `keptOf` wrote. */
interface Kept {
  readonly message: string | null;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly excerpt: string;
  readonly isCut: boolean;
  readonly timing: ExchangeTiming;
}

/** An attempt as the management API shows it. */
export function shownAttempt({
  endpoint,
  number,
  atMs,
  durationMs,
  outcome,
  status,
  errorCode,
  exchange,
}: PastAttempt) {
  const kept = exchange === null ? null : (JSON.parse(exchange) as Kept);
  const error = errorOf(outcome, status, errorCode, kept);
  const response =
    kept === null || status === null ? null : { headers: kept.responseHeaders, body: kept.excerpt, isCut: kept.isCut };
  const request = kept?.requestHeaders === undefined ? null : { headers: kept.requestHeaders };
  const at = isoOf(atMs);
  const timing = kept?.timing ?? null;
  return { endpoint, number, at, durationMs, outcome, status, error, request, response, timing };
}

/** Why it did not succeed; null where it did, or was never made. */
function errorOf(
  outcome: PastAttempt['outcome'],
  status: number | null,
  errorCode: PastAttempt['errorCode'],
  kept: Kept | null,
): { readonly code: string; readonly message: string } | null {
  if (errorCode !== null) return { code: errorCode, message: kept?.message ?? ATTEMPT_ERRORS[errorCode].meaning };
  if (status === null || outcome === 'succeeded') return null;
  return { code: `http_${status}`, message: statusMessage(status) };
}
