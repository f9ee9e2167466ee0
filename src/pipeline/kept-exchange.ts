import type { Exchange, ExchangeTiming } from '../domain/attempt.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';
import { statusMessage } from '../domain/status-advice.ts';

/** Characters of response headers that are kept; a hostile endpoint sends many. */
const KEPT_HEADER_CHARS = 4_096;

/** What is kept of an exchange, for whoever asks why. Cookies are credentials, and not kept. */
export function keptOf({ error, requestHeaders, responseHeaders, excerpt, isCut, timing }: Exchange): string {
  let chars = 0;
  const kept = Object.entries(responseHeaders).filter(([name, value]) => {
    chars += name.length + value.length;
    return name !== 'set-cookie' && chars <= KEPT_HEADER_CHARS;
  });
  const message = error?.message ?? null;
  const headers = Object.fromEntries(kept);
  const sent = Object.fromEntries(pairsOf(requestHeaders));
  return JSON.stringify({
    message,
    requestHeaders: sent,
    responseHeaders: headers,
    excerpt,
    isCut,
    timing: rounded(timing),
  });
}

function* pairsOf(inTurn: readonly string[]): Iterable<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < inTurn.length; at += 2) yield [inTurn[at] ?? '', inTurn[at + 1] ?? ''];
}

/** How often a success is kept like a failure: about a megabyte a day for each endpoint that is always busy. */
const SAMPLE_EACH_MS = 60_000;

/**
 * Which successes of an endpoint are kept like failures: all of them, or one a minute, so that there is something to
 * compare failures with.
 */
export class SuccessSample {
  readonly #isAll: boolean;
  #nextMs = 0;

  constructor({ history }: Pick<DeliveryPolicy, 'history'>) {
    this.#isAll = history === 'all';
  }

  /** Whether the success of an attempt that began at this time is one. */
  takes(atMs: number): boolean {
    if (this.#isAll) return true;
    if (atMs < this.#nextMs) return false;
    this.#nextMs = atMs + SAMPLE_EACH_MS;
    return true;
  }
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
