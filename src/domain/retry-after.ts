import { retryAfterMsMax } from './limits.ts';

/** The statuses of which `Retry-After` says when the endpoint wants to be asked again (RFC 9110, 15.6.4; RFC 6585, 4). */
const WAITING = new Set([429, 503]);

/** `delay-seconds` of RFC 9110, section 10.2.3: no sign, no fraction. */
const SECONDS = /^\d+$/;
/** The three spellings of a time that RFC 9110, section 5.6.7, has every recipient read, the last of them without a zone. */
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC850_DATE = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * How long an endpoint asks to be left alone, or null when it does not say, or says what means nothing.
 *
 * Only a 429 or a 503 asks so. At most an hour: what asks for more is cut to it, so that no endpoint can put its
 * events off until they are forgotten. A time that is past is no wait, 0.
 *
 * @param headers of the response, names in lower case
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, status: number, nowMs: number): number | null {
  const value = WAITING.has(status) ? headers['retry-after']?.trim() : undefined;
  if (value === undefined) return null;
  const waitMs = SECONDS.test(value) ? Number(value) * 1000 : momentOf(value) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), retryAfterMsMax);
}

/** NaN where it is no time. `Date.parse` alone would make one of nearly any text. */
function momentOf(text: string): number {
  if (DATE.test(text) || RFC850_DATE.test(text)) return Date.parse(text);
  return ASCTIME_DATE.test(text) ? Date.parse(`${text} GMT`) : NaN;
}
