import { type AttemptRecord, blamesContent, type Exchange, judge, type Outcome, WITHHELD } from '../domain/attempt.ts';
import type { ErasedEvents } from '../domain/erased-events.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import { Link } from '../lib/linked-list.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import type { AttemptKind, Gate, Ticket } from './gate.ts';
import { keptOf, messageOf, type SuccessSample } from './kept-exchange.ts';
import type { Load } from './load.ts';
import { isParked, type Subject } from './subject.ts';

/** One endpoint as a lane sees it: who admits attempts, and who makes them. */
export interface LaneEndpoint {
  readonly url: string;
  readonly gate: Gate;
  readonly sender: WebhookSender;
  readonly sample: SuccessSample;
}

/** What a round asks of its lane. */
export interface RoundOwner {
  readonly endpoints: readonly LaneEndpoint[];
  readonly ambient: Ambient;
  readonly retriesWait: boolean;
  readonly isReplay: boolean;
  /** None of these is sent. */
  readonly erased: ErasedEvents;
  /** An attempt has passed its gate. */
  began(): void;
  /** One attempt ended, or was skipped. `message` is a sentence about a failure, `decision` what was decided by it. */
  attempted(round: Round, attempt: AttemptRecord, message: string | null, decision: Decision): void;
  /** The round is decided: called once, before attempts that it no longer needs have ended. */
  decided(round: Round, verdict: Verdict): Decision;
  /** An attempt has left its gate, and all that follows from it is done. */
  freed(): void;
  /** What waited at a gate is decided without an attempt: there may be room for others. */
  fill(): void;
}

/** What an attempt decided of its deliveries; `open` is nothing, and `split` that they are tried again in halves. */
export type Decision =
  | { readonly kind: 'open' }
  | { readonly kind: 'split' }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly atMs: number }
  | { readonly kind: 'dead'; readonly reason: string };

const OPEN: Decision = { kind: 'open' };

/** What a round of attempts came to. `reason` is the error's code or `http_<status>` of the last attempt that failed. */
export type Verdict =
  | { readonly kind: 'delivered' }
  /**
   * `notBeforeMs`: how long all endpoints that a retry may help want to be left alone; 0 where one does not say.
   * `blame`: whose answers may blame some of what was sent: all endpoints', some of them, or none.
   */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly notBeforeMs: number;
      readonly blame: 'all' | 'some' | 'none';
    }
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * One round of a delivery, or of a batch of them, under `success: any`: an attempt at each endpoint, all at once (Webhooks integration, facts
 * 2 and 6). It is decided by the first success, or as failed when the last attempt has ended without one.
 *
 *     attempts in flight or waiting ──one succeeds──▶ delivered; what waits is skipped, what is in flight runs out
 *                                   └─all ended─────▶ failed, or rejected when no endpoint can be helped by a retry
 *
 * An attempt that waits at a gate that is shut is skipped too, unless there is no other.
 */
export class Round extends Link {
  readonly load: Load;
  /** Those of the load's events, in order. */
  readonly subjects: readonly Subject[];
  /** From 1: the number of every attempt in it. */
  readonly number: number;
  readonly isRetry: boolean;
  /** No attempt of it is noted as made before. */
  readonly notBeforeMs: number;
  readonly #owner: RoundOwner;
  readonly #attempts: Attempt[] = [];
  #open = 0;
  #isDecided = false;
  /** The shortest wait among the endpoints that a retry may help, by their `Retry-After`; null while there is none. */
  #notBeforeMs: number | null = null;
  /** Endpoints that may blame what they were sent. */
  #blaming = 0;
  /** Of the last attempt that failed. */
  #reason = '';

  constructor(
    owner: RoundOwner,
    load: Load,
    { subjects, number, notBeforeMs }: Pick<Round, 'subjects' | 'number' | 'notBeforeMs'>,
  ) {
    super();
    this.#owner = owner;
    this.load = load;
    this.subjects = subjects;
    this.number = number;
    this.isRetry = subjects.some(isParked);
    this.notBeforeMs = notBeforeMs;
  }

  /** What each of its attempts is to a gate. */
  get kind(): AttemptKind {
    if (this.#owner.isReplay) return 'replay';
    return this.isRetry ? 'retry' : 'first';
  }

  /** When its last attempt began. */
  get lastAtMs(): number {
    return this.#attempts.reduce((last, { atMs }) => Math.max(last, atMs ?? 0), 0);
  }

  start(): void {
    const { endpoints, retriesWait } = this.#owner;
    this.#open = endpoints.length;
    for (const endpoint of endpoints) {
      const attempt = new Attempt(this, endpoint, this.#owner.ambient);
      this.#attempts.push(attempt);
      endpoint.gate.request(attempt, retriesWait);
    }
    this.#skipShut();
  }

  /** Nobody waits for it any more: no attempt of it begins from now on. */
  abandon(): void {
    for (const attempt of this.#attempts) attempt.withdraw();
  }

  /** @internal a gate at which one of its attempts waits is shut */
  shut(): void {
    if (this.#skipShut() !== OPEN) this.#owner.fill();
  }

  /** @internal called by its attempts */
  began(): void {
    this.#owner.began();
  }

  /** @internal called by its attempts */
  ended(attempt: Attempt, exchange: Exchange): void {
    const outcome = this.#isPartlyErased(exchange) ? 'failed' : judge(exchange);
    this.#open -= 1;
    const decision = this.#consider(outcome, exchange);
    this.#owner.attempted(this, attempt.record(outcome, exchange), messageOf(exchange), decision);
    this.#owner.freed();
  }

  /** @internal called by its attempts */
  get isErased(): boolean {
    return this.load.events.some((event) => this.#owner.erased.has(event));
  }

  #consider(outcome: Outcome, exchange: Exchange): Decision {
    if (outcome === 'succeeded') return this.#decide({ kind: 'delivered' });
    if (outcome === 'failed') this.#noteWait(exchange);
    if (blamesContent(exchange.status) || this.#isPartlyErased(exchange)) this.#blaming += 1;
    this.#reason = exchange.error?.code ?? `http_${exchange.status ?? 0}`;
    if (this.#open > 0) return OPEN;
    return this.#decideFailed();
  }

  /** What of a batch is not erased is sent without the rest. */
  #isPartlyErased({ error }: Exchange): boolean {
    return error?.code === 'event_erased' && this.load.events.length > 1;
  }

  get #blame(): 'all' | 'some' | 'none' {
    if (this.#blaming === this.#attempts.length) return 'all';
    return this.#blaming > 0 ? 'some' : 'none';
  }

  #decideFailed(): Decision {
    const [reason, notBeforeMs] = [this.#reason, this.#notBeforeMs];
    if (notBeforeMs === null) return this.#decide({ kind: 'rejected', reason });
    return this.#decide({ kind: 'failed', reason, notBeforeMs, blame: this.#blame });
  }

  /** The shortest, so that an endpoint that wants to be left alone delays no other one. */
  #noteWait({ responseHeaders, status }: Exchange): void {
    const askedMs = status === null ? null : retryAfterMs(responseHeaders, status, this.#owner.ambient.nowMs());
    this.#notBeforeMs = Math.min(this.#notBeforeMs ?? Infinity, askedMs ?? 0);
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

  /**
   * Waits for no endpoint that is held or paused, which may take days, as long as another one was asked or may be: the
   * round is decided without it. Where there is no other, it is what the delivery waits for. A retry may find it open.
   */
  #skipShut(): Decision {
    if (this.#attempts.length === 1) return OPEN;
    const shut = this.#attempts.filter((attempt) => attempt.isShutOut);
    if (shut.length === 0 || !this.#attempts.some((attempt) => attempt.isHopeful)) return OPEN;
    this.#notBeforeMs = 0;
    let decision = OPEN;
    for (const attempt of shut) {
      attempt.withdraw();
      this.#open -= 1;
      decision = this.#open === 0 ? this.#decideFailed() : OPEN;
      this.#owner.attempted(this, attempt.record('skipped', null), null, decision);
    }
    return decision;
  }
}

/** One exchange of a round with one endpoint. */
class Attempt implements Ticket {
  readonly #round: Round;
  readonly #endpoint: LaneEndpoint;
  readonly #ambient: Ambient;
  /** When it began; null before. */
  atMs: number | null = null;
  #waits = true;

  constructor(round: Round, endpoint: LaneEndpoint, ambient: Ambient) {
    this.#round = round;
    this.#endpoint = endpoint;
    this.#ambient = ambient;
  }

  get kind(): AttemptKind {
    return this.#round.kind;
  }

  get chars(): number {
    return this.#round.load.body.length;
  }

  /** It waits, and its gate is shut. */
  get isShutOut(): boolean {
    return this.#waits && this.#endpoint.gate.isShut;
  }

  /** It was made, or waits at a gate that is not shut. */
  get isHopeful(): boolean {
    return this.atMs !== null || (this.#waits && !this.#endpoint.gate.isShut);
  }

  start(): void {
    this.#waits = false;
    const { id, body } = this.#round.load;
    const atMs = Math.max(this.#ambient.nowMs(), this.#round.notBeforeMs);
    this.atMs = atMs;
    this.#round.began();
    // Here, because whatever held the event until now, for hours before a gate that was shut, this is the one way out.
    const sent = this.#round.isErased ? Promise.resolve(WITHHELD) : this.#endpoint.sender.send({ id, body, atMs });
    void sent.then((exchange) => {
      this.#endpoint.gate.leave(this, exchange);
      this.#round.ended(this, exchange);
    });
  }

  shut(): void {
    this.#round.shut();
  }

  withdraw(): boolean {
    if (!this.#waits) return false;
    this.#waits = false;
    return this.#endpoint.gate.withdraw(this);
  }

  record(outcome: Outcome, exchange: Exchange | null): AttemptRecord {
    const atMs = this.atMs ?? Math.max(this.#ambient.nowMs(), this.#round.notBeforeMs);
    const isKept = outcome !== 'succeeded' || this.#endpoint.sample.takes(atMs);
    return {
      positions: this.#round.load.events.map(({ position }) => position),
      endpoint: this.#endpoint.url,
      number: this.#round.number,
      atMs,
      durationMs: exchange?.durationMs ?? 0,
      outcome,
      status: exchange?.status ?? null,
      errorCode: exchange?.error?.code ?? null,
      exchange: exchange === null || !isKept ? null : keptOf(exchange),
    };
  }
}
