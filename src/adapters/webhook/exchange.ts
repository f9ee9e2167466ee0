import type { Dispatcher } from 'undici';
import type { AttemptError, Exchange, ExchangeTiming } from '../../domain/attempt.ts';
import { excerptBytesMax, responseBytesMax } from '../../domain/limits.ts';
import { joinedHeaders } from '../../lib/joined-headers.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { Deadlines } from './deadlines.ts';
import { textOf } from './excerpt.ts';
import { exchangeErrorOf, noAnswerWithin, noConnectionWithin, answerTooLarge, type Peer } from './exchange-error.ts';
import { Stopwatch } from './stopwatch.ts';

export interface ExchangeOptions {
  readonly ambient: Ambient;
  readonly deadlines: Deadlines;
  readonly timeoutMs: number;
  readonly peer: Peer;
}

/** The last word on a connection: whether its request left it in order, so that another may follow. */
export type Release = (isInOrder: boolean) => void;

/**
 * One request on its way, told by undici what happens to it. Ends exactly once, at the latest at its deadline:
 *
 *     waiting ──connected──▶ sent ──status──▶ reading ──end, error, deadline, limit──▶ ended
 *        └──error, deadline────┴──error, deadline─────────────────────────────────────▲
 *
 * - **waiting**: for a connection; no byte has left.
 * - **sent**: the other side may have acted on it, so nothing is sent again from here.
 * - **reading**: the status decides already; what goes wrong from here on only cuts the excerpt.
 * - **ended**: `result` has resolved and the connection is released; undici's last words are ignored.
 */
export class RunningExchange implements Dispatcher.DispatchHandler {
  readonly result: Promise<Exchange>;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #peer: Peer;
  readonly #release: Release;
  readonly #stopwatch: Stopwatch;
  readonly #deadline: { cancel(): void };
  #requestHeaders: readonly string[] = [];
  #isSent = false;
  #isFirstOverTls = false;
  #hasEnded = false;
  #status: number | null = null;
  #responseHeaders: Headers = {};
  #excerpt: Buffer = Buffer.alloc(0);
  #bytes = 0;

  constructor({ ambient, deadlines, timeoutMs, peer }: ExchangeOptions, release: Release) {
    const { promise, resolve } = Promise.withResolvers<Exchange>();
    this.result = promise;
    this.#resolve = resolve;
    this.#peer = peer;
    this.#release = release;
    this.#stopwatch = new Stopwatch(ambient);
    this.#deadline = deadlines.after(timeoutMs, () => {
      this.fail(this.#isSent ? noAnswerWithin(timeoutMs, peer) : noConnectionWithin(timeoutMs, peer));
    });
  }

  /** What it is about to send, as it is shown: see `Exchange.requestHeaders`. */
  sends(headers: readonly string[]): void {
    this.#requestHeaders = headers;
  }

  /** Ends it: with its status where that came in time, else with this error. */
  fail(error: AttemptError): void {
    this.#end(error, true, false);
  }

  /** Its connection is being opened. */
  entered(phase: keyof ExchangeTiming): void {
    if (this.#hasEnded) return;
    if (phase === 'tlsMs') this.#isFirstOverTls = true;
    this.#stopwatch.enter(phase);
  }

  /** More came than any answer has. */
  overran(): void {
    this.fail(answerTooLarge(this.#peer));
  }

  onRequestStart(): void {
    this.#isSent = true;
    this.entered('waitMs');
  }

  /** Also told of each 1xx, which is no answer yet. */
  onResponseStart(_controller: unknown, status: number, headers: Headers): void {
    if (this.#hasEnded) return;
    if (status < 200) return;
    this.#stopwatch.enter('readMs');
    this.#status = status;
    this.#responseHeaders = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    const room = excerptBytesMax - this.#excerpt.length;
    if (room > 0) this.#excerpt = Buffer.concat([this.#excerpt, chunk.subarray(0, room)]);
    this.#bytes += chunk.length;
    if (this.#bytes > responseBytesMax) this.#end(null, true, false);
  }

  onResponseEnd(): void {
    this.#end(null, this.#bytes > excerptBytesMax, true);
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.fail(exchangeErrorOf(error, this.#peer, this.#isFirstOverTls));
  }

  #end(error: AttemptError | null, isCut: boolean, isInOrder: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#deadline.cancel();
    const hasStatus = this.#status !== null;
    this.#resolve({
      status: this.#status,
      error: hasStatus ? null : error,
      ...this.#stopwatch.stop(),
      requestHeaders: this.#requestHeaders,
      responseHeaders: hasStatus ? joinedHeaders(this.#responseHeaders) : {},
      excerpt: textOf(this.#excerpt, isCut),
      isCut: hasStatus && isCut,
    });
    this.#release(isInOrder);
  }
}

type Headers = Dispatcher.ResponseData['headers'];
