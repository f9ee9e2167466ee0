import type { AttemptError, Exchange, ExchangeTiming } from '../../domain/attempt.ts';
import type { WebhookRequest, WebhookTarget } from '../../ports/webhook-sender.ts';

/**
 * What goes between the thread of the lanes and a sender thread. What is told of each attempt lies in flat arrays, value
 * behind value, as in the messages of the log: to hand over and take back costs the thread of the lanes 3 µs an attempt
 * with eight of them in a message, and as objects twice as much.
 */
export type SenderAsk = SendsAsk | OpenAsk | CloseAsk;

/** Requests of any senders, gathered in one turn of the event loop: of each what `packSend` lays down. */
export type SendsAsk = readonly (string | number)[];
/** Comes before the first request of that sender. `sender` is its number, the same in every thread. */
export interface OpenAsk {
  readonly kind: 'open';
  readonly sender: number;
  readonly target: WebhookTarget;
}
/** Comes behind its last request. */
export interface CloseAsk {
  readonly kind: 'close';
  readonly sender: number;
}

export type SenderAnswer = EndedAnswer | ClosedAnswer;

/** Exchanges that ended in one turn of the event loop: of each what `packEnded` lays down. */
export type EndedAnswer = readonly EndedValue[];
export type EndedValue = string | number | null;
/** Its last connection in that thread has ended. */
export interface ClosedAnswer {
  readonly kind: 'closed';
  readonly sender: number;
}

export function isSends(ask: SenderAsk): ask is SendsAsk {
  return Array.isArray(ask);
}

export function isEnded(answer: SenderAnswer): answer is EndedAnswer {
  return Array.isArray(answer);
}

/** @param number by which the request is known in its thread: that of its answer */
export function packSend(
  sends: (string | number)[],
  sender: number,
  number: number,
  { id, body, atMs }: WebhookRequest,
): void {
  sends.push(sender, number, id, body, atMs);
}

const VALUES_OF_A_SEND = 5;

export function unpackSends(
  sends: SendsAsk,
  each: (sender: number, number: number, request: WebhookRequest) => void,
): void {
  for (let at = 0; at < sends.length; at += VALUES_OF_A_SEND) {
    const [id, body, atMs] = [sends[at + 2] as string, sends[at + 3] as string, sends[at + 4] as number];
    each(sends[at] as number, sends[at + 1] as number, { id, body, atMs });
  }
}

/** What few exchanges have, and so goes as JSON: an error, a body that is cut, a connection that was opened. */
interface Rare {
  readonly error: AttemptError | null;
  readonly isCut: boolean;
  readonly opening: Pick<ExchangeTiming, 'dnsMs' | 'connectMs' | 'tlsMs'>;
}

const NOTHING_RARE: Rare = {
  error: null,
  isCut: false,
  opening: { dnsMs: null, connectMs: null, tlsMs: null },
};

/** No name and no value of a header has it in it. */
const BETWEEN_HEADERS = '\n';

/** @param told of the exchange's sender in this thread */
export function packEnded(ended: EndedValue[], number: number, exchange: Exchange, told: ToldHeaders): void {
  const { status, durationMs, timing, requestHeaders, responseHeaders, excerpt } = exchange;
  const shown = requestHeaders.length === 0 ? null : requestHeaders.join(BETWEEN_HEADERS);
  ended.push(number, status, durationMs, timing.waitMs, timing.readMs);
  ended.push(shown, told.newsOf(responseHeaders), excerpt, rareOf(exchange));
}

function rareOf({ error, isCut, timing: { dnsMs, connectMs, tlsMs } }: Exchange): string | null {
  if (error === null && !isCut && dnsMs === null && connectMs === null && tlsMs === null) return null;
  return JSON.stringify({ error, isCut, opening: { dnsMs, connectMs, tlsMs } } satisfies Rare);
}

const VALUES_OF_AN_END = 9;

/** Who waits for the exchange of a request. */
export interface Waiting {
  /** Of the request's sender in this thread. */
  readonly heard: HeardHeaders;
  readonly resolve: (exchange: Exchange) => void;
}

/** @param take answers who waits for the request with that number; asked once for each, in the order of their ends */
export function unpackEnded(ended: EndedAnswer, take: (number: number) => Waiting): void {
  for (let at = 0; at < ended.length; at += VALUES_OF_AN_END) {
    const { heard, resolve } = take(ended[at] as number);
    const [shown, headers, rare] = [ended[at + 5], ended[at + 6], ended[at + 8]] as (string | null)[];
    const { error, isCut, opening } = typeof rare === 'string' ? (JSON.parse(rare) as Rare) : NOTHING_RARE;
    const { dnsMs, connectMs, tlsMs } = opening;
    const [waitMs, readMs] = [ended[at + 3] as number | null, ended[at + 4] as number | null];
    resolve({
      status: ended[at + 1] as number | null,
      error,
      durationMs: ended[at + 2] as number,
      timing: { dnsMs, connectMs, tlsMs, waitMs, readMs },
      requestHeaders: typeof shown === 'string' ? shown.split(BETWEEN_HEADERS) : [],
      responseHeaders: heard.after(headers ?? null),
      excerpt: ended[at + 7] as string,
      isCut,
    });
  }
}

/** The response headers that were told last of a sender: most endpoints answer alike until their `Date` changes. */
export class ToldHeaders {
  #headers: Exchange['responseHeaders'] | null = null;
  #text = '';

  /** As JSON, or null where they are those that were told last. */
  newsOf(headers: Exchange['responseHeaders']): string | null {
    // The same object, unless something in it was masked.
    if (headers === this.#headers) return null;
    this.#headers = headers;
    const text = JSON.stringify(headers);
    if (text === this.#text) return null;
    this.#text = text;
    return text;
  }
}

/** The same at the other end. */
export class HeardHeaders {
  #headers: Exchange['responseHeaders'] = {};

  after(news: string | null): Exchange['responseHeaders'] {
    if (news !== null) this.#headers = JSON.parse(news) as Exchange['responseHeaders'];
    return this.#headers;
  }
}
