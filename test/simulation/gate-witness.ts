import type { Exchange } from '../../src/domain/attempt.ts';
import type { WebhookRequest, WebhookTarget } from '../../src/ports/webhook-sender.ts';
import type { SimulatedAmbient } from '../support/simulated-ambient.ts';

/** What an endpoint may expect of whoever sends to it. */
export interface Manners {
  readonly concurrency: number;
  /** Attempts that begin in a second; null for any number. */
  readonly perSecond: number | null;
  /** It is left alone while it is down. */
  readonly isHeld: boolean;
}

/** Names of static headers by which an endpoint is told what it may expect. */
export const CONCURRENCY = 'X-Concurrency';
export const RATE = 'X-Rate';
export const HELD = 'X-Held';

/** The endpoints' views of one process: one for all that send to an endpoint at a time, replays included. */
export class SharedGates {
  readonly #ambient: SimulatedAmbient;
  readonly #gates = new Map<string, { readonly gate: GateWitness; open: number }>();

  constructor(ambient: SimulatedAmbient) {
    this.#ambient = ambient;
  }

  open(target: WebhookTarget): GateWitness {
    const { url, headers } = target;
    const shared = this.#gates.get(keyOf(target)) ?? {
      open: 0,
      gate: new GateWitness(this.#ambient, {
        concurrency: Number(headers[CONCURRENCY]),
        perSecond: Number(headers[RATE]) || null,
        isHeld: headers[HELD] === 'true',
      }),
    };
    shared.open += 1;
    this.#gates.set(keyOf({ url, headers }), shared);
    return shared.gate;
  }

  close(target: WebhookTarget): void {
    const shared = this.#gates.get(keyOf(target));
    if (shared === undefined) return;
    shared.open -= 1;
    if (shared.open === 0) this.#gates.delete(keyOf(target));
  }
}

function keyOf({ url, headers }: Pick<WebhookTarget, 'url' | 'headers'>): string {
  return JSON.stringify([url, headers]);
}

/** By the policy: down after 10 s and 20 failures, of which a timeout is two, asked again after 5 s, of which jitter takes off a fifth at most. */
const DOWN_MS = 10_000;
const DOWN_FAILURES = 20;
const LEFT_ALONE_MS = 4_000;
/** Between two attempts once there are that many failures. */
const PACE_MS = 50;

/** Nobody was asked: these say nothing of an endpoint. */
const SILENT = new Set(['tls_untrusted', 'address_forbidden', 'internal']);

/**
 * One endpoint's own view of how it is treated by one process: how many attempts are under way, how many begin, and
 * that none does while it is down or asked to be left alone, but a probe at a time.
 */
export class GateWitness {
  readonly #ambient: SimulatedAmbient;
  readonly #manners: Manners;
  readonly #openedAtMs: number;
  readonly #inFlight = new Set<WebhookRequest>();
  #begun = 0;
  #failures = 0;
  #failingSinceMs = 0;
  /** When there were so many that it is asked more slowly; `Infinity` before. */
  #failedAtMs = Infinity;
  #isDown = false;
  #probe: WebhookRequest | null = null;
  /** Nothing is to begin before: it is down, or it said so. */
  #leftAloneUntilMs = 0;
  #asksUntilMs = 0;
  #answeredAtMs = -1;
  #begunAtMs = -Infinity;

  constructor(ambient: SimulatedAmbient, manners: Manners) {
    this.#ambient = ambient;
    this.#manners = manners;
    this.#openedAtMs = ambient.elapsedMs();
  }

  /** A request begins. Answers what is wrong with that. */
  sent(request: WebhookRequest): readonly string[] {
    const nowMs = this.#ambient.elapsedMs();
    const { concurrency, perSecond } = this.#manners;
    this.#inFlight.add(request);
    this.#begun += 1;
    const sinceBegunMs = nowMs - this.#begunAtMs;
    this.#begunAtMs = nowMs;
    const wrong: string[] = [];
    if (this.#inFlight.size > concurrency) wrong.push(`${this.#inFlight.size} attempts are in flight at once`);
    if (
      perSecond !== null &&
      this.#begun > Math.max(1, perSecond) + ((nowMs - this.#openedAtMs) / 1_000) * perSecond + 1e-6
    )
      wrong.push(`${this.#begun} attempts began, more than ${perSecond} a second`);
    // In the moment of an answer nobody has heard of it yet.
    if (nowMs === this.#answeredAtMs) return wrong;
    if (nowMs < this.#asksUntilMs) wrong.push('an attempt began before the time that Retry-After gave');
    const isFailing = this.#failures >= DOWN_FAILURES && this.#failedAtMs < nowMs - sinceBegunMs;
    if (isFailing && !this.#isDown && sinceBegunMs < PACE_MS) wrong.push(`attempts began ${sinceBegunMs} ms apart`);
    if (this.#isDown) {
      if (nowMs < this.#leftAloneUntilMs) wrong.push('an attempt began while it was down');
      if (this.#probe !== null) wrong.push('an attempt began beside a probe');
      this.#probe = request;
    }
    return wrong;
  }

  answered(request: WebhookRequest, exchange: Exchange): void {
    this.#inFlight.delete(request);
    const nowMs = this.#ambient.elapsedMs();
    this.#answeredAtMs = nowMs;
    const askedMs = Number(exchange.responseHeaders['retry-after'] ?? 0) * 1_000;
    const isProbe = request === this.#probe;
    // Several answers of one time ask for the same.
    const isKnown = askedMs > 0 && nowMs < this.#asksUntilMs && !isProbe;
    if (askedMs > 0) this.#asksUntilMs = Math.max(this.#asksUntilMs, nowMs + askedMs);
    if (isProbe) this.#probe = null;
    if (!isKnown && this.#manners.isHeld) this.#judge(exchange, isProbe, nowMs);
  }

  #judge({ status, error }: Exchange, isProbe: boolean, nowMs: number): void {
    const isAlive = status !== null && status < 500 && status !== 429;
    if (isAlive) {
      this.#isDown = false;
      this.#probe = null;
      this.#failures = 0;
      this.#failedAtMs = Infinity;
    } else if (this.#isDown) {
      if (isProbe) this.#leftAloneUntilMs = nowMs + LEFT_ALONE_MS;
    } else if (error === null || !SILENT.has(error.code)) {
      if (this.#failures === 0) this.#failingSinceMs = nowMs;
      this.#failures += error?.code === 'timeout' ? 2 : 1;
      if (this.#failures >= DOWN_FAILURES && this.#failedAtMs === Infinity) this.#failedAtMs = nowMs;
      if (this.#failures < DOWN_FAILURES || nowMs - this.#failingSinceMs < DOWN_MS) return;
      this.#isDown = true;
      this.#leftAloneUntilMs = nowMs + LEFT_ALONE_MS;
    }
  }
}
