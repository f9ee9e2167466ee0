import { type AttemptRecord, GONE_REASON, isGone } from '../domain/attempt.ts';
import { backoffAfter } from '../domain/backoff.ts';
import type { Finished, Parked } from '../domain/delivery.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';
import { eventIdOf, type LoggedEvent, type Position } from '../domain/event.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Grant, Settlement } from '../ports/delivery-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Decision, Round, Verdict } from './deliver.ts';
import type { DueClock } from './due-clock.ts';
import { Unsettled } from './unsettled.ts';
import type { UserOrder, Waiting } from './user-order.ts';
import type { Taken, Window } from './window.ts';

const DELIVERED: Decision = { kind: 'delivered' };

/** What a round of attempts was made for: an event as it was taken, or one that was parked. */
export type Subject = Taken | Parked;

export function isParked(subject: Subject): subject is Parked {
  return 'suspicion' in subject;
}

export interface OutcomesOptions {
  readonly grant: Pick<Grant, 'parked' | 'expired'>;
  readonly destination: string;
  readonly policy: DeliveryPolicy;
  /** Of the log. */
  readonly epoch: number;
  readonly window: Window;
  readonly order: UserOrder | null;
  readonly ambient: Ambient;
  readonly clock: DueClock;
  readonly telemetry: Telemetry;
  /** There is something to settle. */
  readonly onChange: () => void;
}

/**
 * What a lane's deliveries come to: whether one is delivered, dead, or waits for its retry, who is told, and what has
 * to be settled of it.
 */
export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #unsettled = new Unsettled();
  #parked: number;
  #expired: number;

  constructor(options: OutcomesOptions) {
    this.#options = options;
    this.#parked = options.grant.parked;
    this.#expired = options.grant.expired;
  }

  /** Parked deliveries there are. */
  get parked(): number {
    return this.#parked;
  }

  /** Events given up because the log forgot them, of all time, settled or not. */
  get expired(): number {
    return this.#expired;
  }

  /** How much waits to be settled. */
  get unsettled(): number {
    return this.#unsettled.size;
  }

  attempted(round: Round, attempt: AttemptRecord, message: string | null, decision: Decision): void {
    const { destination, telemetry } = this.#options;
    this.#unsettled.attempted(attempt);
    if (isGone(attempt)) this.#notePause(attempt);
    this.#options.onChange();
    const { eventId, event } = round;
    const { type, name, receivedAtMs } = event;
    const retryAtMs = decision.kind === 'retry' ? decision.atMs : null;
    const decided = decision.kind === 'delivered' || decision.kind === 'dead' ? decision.kind : null;
    telemetry.attempted({
      ...{ destination, eventId, type, name, receivedAtMs },
      ...{ attempt, message, retryAtMs, decided },
    });
    if (decision.kind === 'dead') telemetry.died(destination, eventId, decision.reason);
  }

  /** A round is over. */
  decide({ event, number }: Round, subject: Subject, verdict: Verdict): Decision {
    const waitMs = verdict.kind === 'failed' ? this.#waitAfter(number, verdict.notBeforeMs) : null;
    if (waitMs !== null) return { kind: 'retry', atMs: this.#parkForRetry(event, number, subject, waitMs) };
    if (isParked(subject)) this.#unparked(subject);
    else this.#options.order?.ended(event.user);
    if (verdict.kind === 'delivered') {
      this.#finish({ position: event.position, state: 'delivered', reason: null });
      return DELIVERED;
    }
    this.#finish({ position: event.position, state: 'dead', reason: verdict.reason });
    return { kind: 'dead', reason: verdict.reason };
  }

  /** A parked delivery is dead without another attempt. */
  died(parked: Parked, reason: string): void {
    const { destination, epoch, telemetry } = this.#options;
    this.#unparked(parked);
    this.#finish({ position: parked.position, state: 'dead', reason });
    telemetry.died(destination, eventIdOf(epoch, parked.position), reason);
  }

  /** Parks what was taken and not begun. @param dueAtMs null behind an earlier one of its user, who is blocked */
  parkTaken({ event: { position, user }, taken }: Waiting, dueAtMs: number | null): void {
    this.#options.window.settle(taken);
    this.#parked += 1;
    this.#park({ position, attempts: 0, user, dueAtMs });
  }

  /** So many dead deliveries are parked again in the store. */
  retried(count: number): void {
    this.#parked += count;
  }

  /** So many events were given up, all of them up to there. */
  expire(count: number, upTo: Position): void {
    this.#expired += count;
    this.#unsettled.expire(count, upTo);
    this.#options.onChange();
    this.#options.telemetry.expired(this.#options.destination, count);
  }

  /** What is to be settled, once. */
  take(floor: Position): Omit<Settlement, 'lane' | 'term' | 'atMs'> {
    return this.#unsettled.take(floor);
  }

  /** The longer of what the policy says and what the endpoints ask for; null when the retries are spent. */
  #waitAfter(number: number, notBeforeMs: number): number | null {
    const waitMs = backoffAfter(number, this.#options.policy, this.#options.ambient.chance());
    return waitMs === null ? null : Math.max(waitMs, notBeforeMs);
  }

  /** Answers when it is due. */
  #parkForRetry({ position, user }: LoggedEvent, attempts: number, subject: Subject, waitMs: number): number {
    const { clock, order } = this.#options;
    const dueAtMs = clock.nowMs() + waitMs;
    if (isParked(subject)) {
      this.#park({ position, attempts, user: subject.user, dueAtMs });
      return dueAtMs;
    }
    this.#parked += 1;
    this.#park({ position, attempts, user: order === null ? null : user, dueAtMs });
    for (const waiting of order?.blocked(user) ?? []) this.parkTaken(waiting, null);
    return dueAtMs;
  }

  #park(parked: Pick<Parked, 'position' | 'attempts' | 'user' | 'dueAtMs'>): void {
    this.#unsettled.park({ ...parked, batch: null, suspicion: 0 });
    this.#options.onChange();
  }

  #unparked({ user }: Parked): void {
    this.#parked -= 1;
    this.#options.order?.unparked(user);
  }

  #finish(finished: Finished): void {
    this.#unsettled.finish(finished);
    this.#options.onChange();
  }

  /** Its gate is shut already; this is for those to come. */
  #notePause({ endpoint: url }: AttemptRecord): void {
    const { destination, ambient } = this.#options;
    this.#unsettled.pause({ destination, url, reason: GONE_REASON, sinceMs: ambient.nowMs() });
  }
}
