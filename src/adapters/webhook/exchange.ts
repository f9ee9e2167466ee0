import type { AttemptError, Exchange, ExchangeTiming } from '../../domain/attempt.ts';
import { excerptBytesMax, responseBytesMax } from '../../domain/limits.ts';
import type { Ambient } from '../../ports/ambient.ts';
import { type Deadlines, Ending } from './deadlines.ts';
import { textOf } from './excerpt.ts';
import { answerTooLarge, exchangeErrorOf, noAnswerWithin, noConnectionWithin, type Peer } from './exchange-error.ts';
import { Stopwatch } from './stopwatch.ts';

/** What the exchanges with one endpoint have in common. */
export interface ExchangeOptions {
  readonly ambient: Pick<Ambient, 'elapsedMs'>;
  readonly deadlines: Deadlines;
  readonly timeoutMs: number;
  readonly peer: Peer;
  /** Takes out of it what nobody is to see. */
  readonly withoutEchoes: (exchange: Exchange) => Exchange;
}

/** The last word on a connection: whether its request left it in order, so that another may follow. */
export type Release = (isInOrder: boolean) => void;

const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * One request on its way, told by its connection what happens to it. Ends exactly once, at the latest at its deadline:
 *
 *     waiting ──sent──▶ asked ──answered──▶ reading ──ended, error, deadline, limit──▶ ended
 *        └──error, deadline──┴──error, deadline──────────────────────────────────────▲
 *
 * - **waiting**: for a connection; no byte has left.
 * - **asked**: the other side may have acted on it, so nothing is sent again from here.
 * - **reading**: the status decides already; what goes wrong from here on only cuts the excerpt.
 * - **ended**: `result` has resolved and the connection is released; its last words are ignored.
 */
export class RunningExchange extends Ending {
  readonly result: Promise<Exchange>;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #options: ExchangeOptions;
  readonly #requestHeaders: readonly string[];
  readonly #release: Release;
  readonly #stopwatch: Stopwatch;
  #isSent = false;
  #isFirstOverTls = false;
  #hasEnded = false;
  #status: number | null = null;
  #responseHeaders = NO_HEADERS;
  /** The beginning of the body, as far as it is kept; null while there is none. */
  #excerpt: Buffer | null = null;
  #bytes = 0;

  /** @param requestHeaders as they are shown: see `Exchange.requestHeaders` */
  constructor(options: ExchangeOptions, requestHeaders: readonly string[], release: Release) {
    super();
    const { promise, resolve } = Promise.withResolvers<Exchange>();
    this.result = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.#requestHeaders = requestHeaders;
    this.#release = release;
    this.#stopwatch = new Stopwatch(options.ambient);
    options.deadlines.begin(this, this.#stopwatch.startedAtMs);
  }

  /** Its connection is being opened. */
  entered(phase: keyof ExchangeTiming): void {
    if (this.#hasEnded) return;
    if (phase === 'tlsMs') this.#isFirstOverTls = true;
    this.#stopwatch.enter(phase);
  }

  sent(): void {
    this.#isSent = true;
    this.entered('waitMs');
  }

  answered(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#hasEnded) return;
    this.#stopwatch.enter('readMs');
    this.#status = status;
    this.#responseHeaders = headers;
  }

  /** @param bytes of the body; valid during the call */
  read(bytes: Buffer): void {
    const kept = this.#excerpt ?? EMPTY;
    const room = excerptBytesMax - kept.length;
    if (room > 0) this.#excerpt = Buffer.concat([kept, bytes.subarray(0, room)]);
    this.#bytes += bytes.length;
    if (this.#bytes > responseBytesMax) this.#end(null, true, false);
  }

  /** The response is whole. */
  ended(isInOrder: boolean): void {
    this.#end(null, this.#bytes > excerptBytesMax, isInOrder);
  }

  /** More came than any answer has. */
  overran(): void {
    this.fail(answerTooLarge(this.#options.peer));
  }

  override expire(): void {
    const { timeoutMs, peer } = this.#options;
    this.fail(this.#isSent ? noAnswerWithin(timeoutMs, peer) : noConnectionWithin(timeoutMs, peer));
  }

  failedWith(error: Error): void {
    if (!this.#hasEnded) this.fail(exchangeErrorOf(error, this.#options.peer, this.#isFirstOverTls));
  }

  /** Ends it: with its status where that came in time, else with this error. */
  fail(error: AttemptError): void {
    this.#end(error, true, false);
  }

  #end(error: AttemptError | null, isCut: boolean, isInOrder: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { deadlines, withoutEchoes } = this.#options;
    deadlines.end(this);
    const hasStatus = this.#status !== null;
    const { durationMs, timing } = this.#stopwatch.stop();
    this.#resolve(
      withoutEchoes({
        status: this.#status,
        error: hasStatus ? null : error,
        durationMs,
        timing,
        requestHeaders: this.#requestHeaders,
        responseHeaders: this.#responseHeaders,
        excerpt: this.#excerpt === null ? '' : textOf(this.#excerpt, isCut),
        isCut: hasStatus && isCut,
      }),
    );
    this.#release(isInOrder);
  }
}

const EMPTY = Buffer.alloc(0);
