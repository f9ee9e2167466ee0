import type { Exchange, ExchangeTiming } from '../domain/attempt.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';
import { statusMessage } from '../domain/status-advice.ts';

/** Characters of response headers that are kept; a hostile endpoint sends many. */
const KEPT_HEADER_CHARS = 4_096;

/** What an operator is shown of an exchange. */
export interface KeptExchange {
  readonly message: string | null;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly excerpt: string;
  readonly isCut: boolean;
  readonly timing: ExchangeTiming;
}

/** What is kept of an exchange, for whoever asks why. */
export function keptOf(exchange: Exchange): string {
  return JSON.stringify(keptExchangeOf(exchange));
}

/** Cookies are credentials, and not kept. */
export function keptExchangeOf(exchange: Exchange): KeptExchange {
  const { error, requestHeaders, responseHeaders, excerpt, isCut, timing } = exchange;
  let chars = 0;
  const kept = Object.entries(responseHeaders).filter(([name, value]) => {
    chars += name.length + value.length;
    return name !== 'set-cookie' && chars <= KEPT_HEADER_CHARS;
  });
  const message = error?.message ?? null;
  const headers = Object.fromEntries(kept);
  const sent = Object.fromEntries(pairsOf(requestHeaders));
  return { message, requestHeaders: sent, responseHeaders: headers, excerpt, isCut, timing: rounded(timing) };
}

function* pairsOf(inTurn: readonly string[]): Iterable<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < inTurn.length; at += 2) yield [inTurn[at] ?? '', inTurn[at + 1] ?? ''];
}

/** How often a success is kept like a failure: about a megabyte a day for each endpoint that is always busy. */
const SAMPLE_EACH_MS = 60_000;

/**
 * Which successes of an endpoint are kept like failures: all of them; or one a minute, so that there is something to
 * compare failures with, and those that somebody watches.
 */
export class SuccessSample {
  readonly #isAll: boolean;
  readonly #isWatched: () => boolean;
  #nextMs = 0;

  /** @param isWatched asked of each success that would not be kept otherwise, once; see `AttemptWatch.keeps` */
  constructor({ history }: Pick<DeliveryPolicy, 'history'>, isWatched: () => boolean = () => false) {
    this.#isAll = history === 'all';
    this.#isWatched = isWatched;
  }

  /** Whether the success of an attempt that began at this time is one. */
  takes(atMs: number): boolean {
    if (this.#isAll) return true;
    if (atMs < this.#nextMs) return this.#isWatched();
    this.#nextMs = atMs + SAMPLE_EACH_MS;
    return true;
  }
}

/** To a tenth of a millisecond: clocks have more digits than meaning. */
function rounded({ dnsMs, connectMs, tlsMs, waitMs, readMs }: ExchangeTiming): ExchangeTiming {
  const tenths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10);
  return {
    ...{ dnsMs: tenths(dnsMs), connectMs: tenths(connectMs), tlsMs: tenths(tlsMs) },
    ...{ waitMs: tenths(waitMs), readMs: tenths(readMs) },
  };
}

/** A sentence about an attempt that did not succeed; null about one that did. */
export function messageOf({ status, error }: Exchange): string | null {
  if (error !== null) return error.message;
  return status === null || (status >= 200 && status <= 299) ? null : statusMessage(status);
}
