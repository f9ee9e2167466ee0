import type { Exchange, ExchangeTiming } from '../domain/attempt.ts';
import { statusMessage } from '../domain/status-advice.ts';

/** Characters of response headers that are kept; a hostile endpoint sends many. */
const KEPT_HEADER_CHARS = 4_096;

/** What is kept of a failure, for whoever asks why. Cookies are credentials, and not kept. */
export function keptOf({ error, responseHeaders, excerpt, isCut, timing }: Exchange): string {
  let chars = 0;
  const kept = Object.entries(responseHeaders).filter(([name, value]) => {
    chars += name.length + value.length;
    return name !== 'set-cookie' && chars <= KEPT_HEADER_CHARS;
  });
  const message = error?.message ?? null;
  const headers = Object.fromEntries(kept);
  return JSON.stringify({ message, responseHeaders: headers, excerpt, isCut, timing: rounded(timing) });
}

/** To a tenth of a millisecond: clocks have more digits than meaning. */
function rounded(timing: ExchangeTiming): Readonly<Record<string, number | null>> {
  const phases = Object.entries(timing) as [string, number | null][];
  return Object.fromEntries(phases.map(([phase, ms]) => [phase, ms === null ? null : Math.round(ms * 10) / 10]));
}

/** A sentence about an attempt that did not succeed; null about one that did. */
export function messageOf({ status, error }: Exchange): string | null {
  if (error !== null) return error.message;
  return status === null || (status >= 200 && status <= 299) ? null : statusMessage(status);
}
