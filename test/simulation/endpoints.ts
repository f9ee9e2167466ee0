import { type AttemptErrorCode, type Exchange, NOTHING_TIMED } from '../../src/domain/attempt.ts';
import type { OpenWebhookSender, WebhookRequest, WebhookTarget } from '../../src/ports/webhook-sender.ts';
import type { Life } from '../support/mortal.ts';
import type { SimulatedAmbient } from '../support/simulated-ambient.ts';
import { SharedGates } from './gate-witness.ts';
import type { Dice } from './dice.ts';
import type { Witness } from './witness.ts';

type Answer = number | AttemptErrorCode;

/** How an endpoint is for a while: it picks its answers, and how long each takes, from these. */
export interface Mood {
  readonly answers: readonly Answer[];
  readonly latenciesMs: readonly number[];
  /** Comes with each 429 and 503. */
  readonly retryAfterS?: number;
}

export const HEALTHY: Mood = { answers: [200, 204], latenciesMs: [0, 3, 20] };
export const HANGING: Mood = { answers: ['timeout'], latenciesMs: [] };
export const MOODS: readonly Mood[] = [
  HEALTHY,
  { answers: [200, 200, 500], latenciesMs: [0, 5, 50] },
  { answers: [200, 429, 302, 503, 404], latenciesMs: [1] },
  { answers: [200, 429, 503], latenciesMs: [0, 30], retryAfterS: 1 },
  { answers: [429], latenciesMs: [2], retryAfterS: 40 },
  { answers: [500], latenciesMs: [0, 2] },
  { answers: [500], latenciesMs: [0, 2] },
  { answers: ['connection_refused'], latenciesMs: [0] },
  { answers: ['connection_reset', 200, 'bad_response', 'internal'], latenciesMs: [10, 100] },
  { answers: ['tls_untrusted', 'address_forbidden'], latenciesMs: [0] },
  { answers: [200, 200, 200, 410], latenciesMs: [0, 10] },
  { answers: [200, 400, 422], latenciesMs: [0, 4] },
  { answers: [413], latenciesMs: [1] },
  HANGING,
  { answers: ['timeout', 200, 200], latenciesMs: [0, 900] },
  { answers: [200], latenciesMs: [700, 4_000] },
];

/** Every endpoint that there is or may be, each in its mood, and the one place where requests arrive. */
export class Endpoints {
  readonly #ambient: SimulatedAmbient;
  readonly #dice: Dice;
  readonly #witness: Witness;
  readonly #moods = new Map<string, Mood>();
  #inFlight = 0;

  constructor(ambient: SimulatedAmbient, dice: Dice, witness: Witness) {
    this.#ambient = ambient;
    this.#dice = dice;
    this.#witness = witness;
  }

  /** Attempts that no process has heard of the end yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  be(url: string, mood: Mood): void {
    this.#moods.set(url, mood);
  }

  allRecover(): void {
    for (const url of this.#moods.keys()) this.#moods.set(url, HEALTHY);
  }

  /** The webhook sender of a process. Requests end with its life: their connections do. */
  senderOf(life: Life): OpenWebhookSender {
    life.onEnd(() => {
      this.#inFlight = 0;
    });
    const gates = new SharedGates(this.#ambient);
    return (target) => {
      const gate = gates.open(target);
      const sender = this.#witness.opened(target, gate);
      return {
        send: async (request) =>
          new Promise((resolve) => {
            if (life.isOver) return;
            sender.sent(request);
            this.#inFlight += 1;
            this.#answer(target, request, life, (exchange) => {
              this.#inFlight -= 1;
              sender.answered(request, exchange);
              resolve(exchange);
            });
          }),
        close: async () => {
          gates.close(target);
          return Promise.resolve();
        },
      };
    };
  }

  #answer(target: WebhookTarget, request: WebhookRequest, life: Life, answer: (exchange: Exchange) => void): void {
    const mood = this.#moods.get(target.url) ?? HEALTHY;
    const meant = this.#dice.oneOf(mood.answers);
    const latencyMs = meant === 'timeout' ? target.timeoutMs : this.#dice.oneOf(mood.latenciesMs);
    // Promise 2 of the sender: it ends within its time, whatever the other side does. By then the endpoint may have
    // taken the request, and nobody knows.
    const isTooLate = latencyMs >= target.timeoutMs;
    const exchange = exchangeOf(isTooLate ? 'timeout' : meant, Math.min(latencyMs, target.timeoutMs), mood.retryAfterS);
    if (exchange.durationMs === 0) answer(exchange);
    else
      this.#ambient.after(exchange.durationMs, () => {
        if (!life.isOver) answer(exchange);
        else this.#witness.unheard(target, request);
      });
  }
}

function exchangeOf(answer: Answer, durationMs: number, retryAfterS = 0): Exchange {
  const asks = retryAfterS > 0 && (answer === 429 || answer === 503);
  const responseHeaders = asks ? { 'retry-after': String(retryAfterS) } : {};
  const nothing = { durationMs, requestHeaders: [], responseHeaders, excerpt: '', isCut: false, timing: NOTHING_TIMED };
  if (typeof answer === 'number') return { ...nothing, status: answer, error: null };
  return { ...nothing, status: null, error: { code: answer, message: answer } };
}
