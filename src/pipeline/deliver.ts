import { type AttemptRecord, type Exchange, judge, type Outcome } from '../domain/attempt.ts';
import type { LoggedEvent } from '../domain/event.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import type { Gate, Ticket } from './gate.ts';

/** One endpoint as a lane sees it: who admits attempts, and who makes them. */
export interface LaneEndpoint {
  readonly url: string;
  readonly gate: Gate;
  readonly sender: WebhookSender;
}

/** What a round asks of its lane. */
export interface RoundOwner {
  readonly endpoints: readonly LaneEndpoint[];
  readonly ambient: Ambient;
  readonly retriesWait: boolean;
  /** One attempt ended, or was skipped. `message` is a sentence about a failure, `decision` what was decided by it. */
  attempted(round: Round, attempt: AttemptRecord, message: string | null, decision: Decision): void;
  /** The round is decided: called once, before attempts that it no longer needs have ended. */
  decided(round: Round, verdict: Verdict): Decision;
  /** An attempt has left its gate, and all that follows from it is done. */
  freed(): void;
}

/** What an attempt decided of its delivery; `open` is nothing. */
export type Decision =
  | { readonly kind: 'open' }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly atMs: number }
  | { readonly kind: 'dead'; readonly reason: string };

const OPEN: Decision = { kind: 'open' };

/** What a round of attempts came to. `reason` is the error's code or `http_<status>` of the last attempt that failed. */
export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * One round of a delivery under `success: any`: an attempt at each endpoint, all at once (Webhooks integration, facts
 * 2 and 6). It is decided by the first success, or as failed when the last attempt has ended without one.
 *
 *     attempts in flight or waiting ──one succeeds──▶ delivered; what waits is skipped, what is in flight runs out
 *                                   └─all ended─────▶ failed, or rejected when no endpoint can be helped by a retry
 */
export class Round {
  readonly event: LoggedEvent;
  readonly eventId: string;
  /** From 1: the number of every attempt in it. */
  readonly number: number;
  readonly isRetry: boolean;
  readonly #owner: RoundOwner;
  readonly #attempts: Attempt[] = [];
  #open = 0;
  #isDecided = false;
  #couldBeHelped = false;

  constructor(owner: RoundOwner, event: LoggedEvent, eventId: string, number: number, isRetry: boolean) {
    this.#owner = owner;
    this.event = event;
    this.eventId = eventId;
    this.number = number;
    this.isRetry = isRetry;
  }

  start(): void {
    const { endpoints, retriesWait } = this.#owner;
    this.#open = endpoints.length;
    for (const endpoint of endpoints) {
      const attempt = new Attempt(this, endpoint, this.#owner.ambient);
      this.#attempts.push(attempt);
      endpoint.gate.request(attempt, retriesWait);
    }
  }

  /** @internal called by its attempts */
  ended(attempt: Attempt, exchange: Exchange): void {
    const outcome = judge(exchange);
    this.#open -= 1;
    const decision = this.#consider(outcome, exchange);
    this.#owner.attempted(this, attempt.record(outcome, exchange), messageOf(exchange), decision);
    this.#owner.freed();
  }

  #consider(outcome: Outcome, { error, status }: Exchange): Decision {
    if (outcome === 'succeeded') return this.#decide({ kind: 'delivered' });
    if (outcome === 'failed') this.#couldBeHelped = true;
    if (this.#open > 0) return OPEN;
    return this.#decide({
      kind: this.#couldBeHelped ? 'failed' : 'rejected',
      reason: error?.code ?? `http_${status ?? 0}`,
    });
  }

  #decide(verdict: Verdict): Decision {
    if (this.#isDecided) return OPEN;
    this.#isDecided = true;
    if (verdict.kind === 'delivered') this.#skipWhatWaits();
    return this.#owner.decided(this, verdict);
  }

  #skipWhatWaits(): void {
    if (this.#open === 0) return;
    for (const attempt of this.#attempts) {
      if (!attempt.withdraw()) continue;
      this.#open -= 1;
      this.#owner.attempted(this, attempt.record('skipped', null), null, OPEN);
    }
  }
}

/** One exchange of a round with one endpoint. */
class Attempt implements Ticket {
  readonly #round: Round;
  readonly #endpoint: LaneEndpoint;
  readonly #ambient: Ambient;
  #atMs: number | null = null;

  constructor(round: Round, endpoint: LaneEndpoint, ambient: Ambient) {
    this.#round = round;
    this.#endpoint = endpoint;
    this.#ambient = ambient;
  }

  get isRetry(): boolean {
    return this.#round.isRetry;
  }

  start(): void {
    const { eventId, event } = this.#round;
    const atMs = this.#ambient.nowMs();
    this.#atMs = atMs;
    void this.#endpoint.sender.send({ id: eventId, body: event.body, atMs }).then((exchange) => {
      this.#endpoint.gate.leave(this.isRetry);
      this.#round.ended(this, exchange);
    });
  }

  withdraw(): boolean {
    return this.#endpoint.gate.withdraw(this);
  }

  record(outcome: Outcome, exchange: Exchange | null): AttemptRecord {
    return {
      positions: [this.#round.event.position],
      endpoint: this.#endpoint.url,
      number: this.#round.number,
      atMs: this.#atMs ?? this.#ambient.nowMs(),
      durationMs: exchange?.durationMs ?? 0,
      outcome,
      status: exchange?.status ?? null,
      errorCode: exchange?.error?.code ?? null,
      exchange: exchange === null || outcome === 'succeeded' ? null : keptOf(exchange),
    };
  }
}

/** Characters of response headers that are kept; a hostile endpoint sends many. */
const KEPT_HEADER_CHARS = 4_096;

/** What is kept of a failure, for whoever asks why. Cookies are credentials, and not kept. */
function keptOf({ error, responseHeaders, excerpt, isCut }: Exchange): string {
  let chars = 0;
  const kept = Object.entries(responseHeaders).filter(([name, value]) => {
    chars += name.length + value.length;
    return name !== 'set-cookie' && chars <= KEPT_HEADER_CHARS;
  });
  const message = error?.message ?? null;
  return JSON.stringify({ message, responseHeaders: Object.fromEntries(kept), excerpt, isCut });
}

function messageOf({ status, error }: Exchange): string | null {
  if (error !== null) return error.message;
  if (status === null || (status >= 200 && status <= 299)) return null;
  return `the endpoint answered ${status}`;
}
