import { type AttemptRecord, GONE_REASON, isGone } from '../domain/attempt.ts';
import { backoffAfter } from '../domain/backoff.ts';
import type { Finished, Parked } from '../domain/delivery.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';
import { eventIdOf, type Position } from '../domain/event.ts';
import { replayIdOf } from '../domain/lane-plan.ts';
import type { ReplayId } from '../domain/replay.ts';
import { assert } from '../lib/assert.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Grant, Settlement } from '../ports/delivery-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Half } from './batches.ts';
import type { Decision, Round, Verdict } from './deliver.ts';
import type { DueClock } from './due-clock.ts';
import type { Intake } from './intake.ts';
import type { Load } from './load.ts';
import { isParked, type Subject } from './subject.ts';
import { Unsettled } from './unsettled.ts';
import type { UserOrder, Waiting } from './user-order.ts';

const DELIVERED: Decision = { kind: 'delivered' };
const DELIVERED_END = { state: 'delivered', reason: null } as const;

export interface OutcomesOptions {
  readonly grant: Pick<Grant, 'lane' | 'number' | 'parked' | 'expired'>;
  readonly destination: string;
  readonly policy: DeliveryPolicy;
  /** Of the log. */
  readonly epoch: number;
  readonly intake: Pick<Intake, 'settle'>;
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
  readonly #replay: ReplayId | null;
  readonly #unsettled = new Unsettled();
  #parked: number;
  #expired: number;

  constructor(options: OutcomesOptions) {
    this.#options = options;
    this.#replay = replayIdOf(options.grant.lane);
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
    const { destination, grant, epoch, telemetry } = this.#options;
    this.#unsettled.attempted(attempt);
    if (isGone(attempt)) this.#notePause(attempt);
    this.#options.onChange();
    const { id, events } = round.load;
    const retryAtMs = decision.kind === 'retry' ? decision.atMs : null;
    const decided = decision.kind === 'delivered' || decision.kind === 'dead' ? decision.kind : null;
    const [first] = events;
    assert(first !== undefined, 'an attempt carries an event');
    const { type, name, receivedAtMs } = first;
    telemetry.attempted(
      {
        destination,
        lane: grant.number,
        replay: this.#replay,
        eventId: id,
        events: events.length,
        type,
        name,
        receivedAtMs,
        attempt,
        message,
        retryAtMs,
        decided,
        isSplit: decision.kind === 'split',
      },
      events,
    );
    if (decision.kind !== 'dead') return;
    for (const { position } of events) telemetry.died(destination, eventIdOf(epoch, position), decision.reason);
  }

  /** A round is over, and not split. `subjects` are those of the load's events, in order. */
  decide({ load, number }: Round, subjects: readonly Subject[], verdict: Verdict): Decision {
    const waitMs = verdict.kind === 'failed' ? this.#waitAfter(number, verdict.notBeforeMs) : null;
    if (waitMs !== null) return { kind: 'retry', atMs: this.#parkForRetry(load, number, subjects, waitMs) };
    const end: Omit<Finished, 'position'> =
      verdict.kind === 'delivered' ? DELIVERED_END : { state: 'dead', reason: verdict.reason };
    for (const [index, { position, user }] of load.events.entries()) {
      const subject = subjects[index];
      if (subject !== undefined && isParked(subject)) this.#unparked(subject);
      else this.#options.order?.ended(user);
      this.#unsettled.finish({ position, ...end });
    }
    this.#options.onChange();
    return verdict.kind === 'delivered' ? DELIVERED : { kind: 'dead', reason: verdict.reason };
  }

  /** A parked delivery is dead without another attempt. */
  died(parked: Parked, reason: string): void {
    const { destination, epoch, telemetry } = this.#options;
    this.#unparked(parked);
    this.#unsettled.finish({ position: parked.position, state: 'dead', reason });
    this.#options.onChange();
    telemetry.died(destination, eventIdOf(epoch, parked.position), reason);
  }

  /** Parks what was taken and not begun. @param dueAtMs null behind an earlier one of its user, who is blocked */
  parkTaken({ event: { position, user }, taken }: Waiting, dueAtMs: number | null): void {
    this.#options.intake.settle(taken);
    this.#parked += 1;
    this.#park({ position, attempts: 0, user, batch: null, dueAtMs });
  }

  /** Parks what was taken and not begun, turn by turn: of each the first is due now, the others are behind it. */
  parkTurns(turns: readonly (readonly Waiting[])[]): void {
    const nowMs = this.#options.clock.nowMs();
    for (const turn of turns)
      for (const [index, waiting] of turn.entries()) this.parkTaken(waiting, index === 0 ? nowMs : null);
  }

  /** Parks a half that was not begun: its events are due now, as they were before, and in no batch. */
  parkHalf({ events, subjects, number }: Half): void {
    for (const [index, { position }] of events.entries()) {
      const subject = subjects[index];
      if (subject === undefined || !isParked(subject)) this.#parked += 1;
      const dueAtMs = this.#options.clock.nowMs();
      this.#park({ position, attempts: number - 1, user: null, batch: null, dueAtMs });
    }
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

  /** Answers when they are due, all at once. */
  #parkForRetry({ events, batch }: Load, attempts: number, subjects: readonly Subject[], waitMs: number): number {
    const { clock, order } = this.#options;
    const dueAtMs = clock.nowMs() + waitMs;
    for (const [index, { position, user }] of events.entries()) {
      const subject = subjects[index];
      if (subject !== undefined && isParked(subject)) {
        this.#park({ position, attempts, user: subject.user, batch, dueAtMs });
      } else {
        this.#parked += 1;
        this.#park({ position, attempts, user: order === null ? null : user, batch, dueAtMs });
        for (const waiting of order?.blocked(user) ?? []) this.parkTaken(waiting, null);
      }
    }
    return dueAtMs;
  }

  #park(parked: Omit<Parked, 'suspicion'>): void {
    this.#unsettled.park({ ...parked, suspicion: 0 });
    this.#options.onChange();
  }

  #unparked({ user }: Parked): void {
    this.#parked -= 1;
    this.#options.order?.unparked(user);
  }

  /** Its gate is shut already; this is for those to come. */
  #notePause({ endpoint: url }: AttemptRecord): void {
    const { destination, ambient } = this.#options;
    this.#unsettled.pause({ destination, url, reason: GONE_REASON, sinceMs: ambient.nowMs() });
  }
}
