import type { AttemptRecord } from '../domain/attempt.ts';
import { withAliasLabels } from '../domain/alias-labels.ts';
import type { LaneId } from '../domain/delivery.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';
import { eventIdOf, type LoggedEvent, type Position } from '../domain/event.ts';
import { windowCharsMax, windowEventsMax } from '../domain/limits.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore, Grant, Settlement } from '../ports/delivery-store.ts';
import type { EventReader } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type Decision, type LaneEndpoint, Round, type RoundOwner, type Verdict } from './deliver.ts';
import type { DueClock } from './due-clock.ts';
import { DueRetries } from './due-retries.ts';
import type { Gate } from './gate.ts';
import { Inbox } from './inbox.ts';
import type { LaneStatus } from './lane-status.ts';
import { isParked, Outcomes, type Subject } from './outcomes.ts';
import type { Settler, Settling } from './settle.ts';
import { UserOrder } from './user-order.ts';
import { Window } from './window.ts';

/** Attempts and outcomes that may wait to be settled before the lane stops taking: the store refuses to write. */
const UNSETTLED_MAX = windowEventsMax;

const NOTHING: Decision = { kind: 'open' };

export interface LaneOptions {
  readonly grant: Grant;
  /** The id of the destination whose events it carries. */
  readonly destination: string;
  readonly endpoints: readonly LaneEndpoint[];
  readonly policy: DeliveryPolicy;
  readonly sources: ReadonlySet<string>;
  readonly tail: { readonly position: Position };
  readonly isWanted: (event: LoggedEvent) => boolean;
  /** The lane has come to the tail of the log, or has fallen behind it. */
  readonly onLiveChange: () => void;
  readonly log: EventReader;
  readonly store: DeliveryStore;
  readonly settler: Settler;
  readonly ambient: Ambient;
  readonly clock: DueClock;
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}

/**
 * A lane carries the deliveries of one destination, or of one of its endpoints (`lanesOf`), so that a slow or broken
 * endpoint delays nobody else's events.
 *
 *     flowing ──stop──▶ draining ──no attempt in flight──▶ stopped
 *        │                                                   ▲
 *        └──────────────────its term is over─────────────────┘
 * - **flowing**: takes events from its inbox while its window and a gate have room, and parked deliveries as they fall
 *   due, in turn. First attempts write nothing beforehand; what they came to is settled together with the floor. While
 *   every gate is shut it takes nothing and keeps nothing ready: its events wait in the log.
 * - **draining**: takes nothing. What is in flight ends and is settled; the rest stays above the floor, or parked.
 * - **stopped**: owes the store nothing.
 */
export class Lane implements RoundOwner, Settling {
  readonly id: LaneId;
  readonly endpoints: readonly LaneEndpoint[];
  readonly ambient: Ambient;
  readonly #options: LaneOptions;
  readonly #inbox: Inbox;
  readonly #retries: DueRetries;
  readonly #window = new Window(windowEventsMax, windowCharsMax);
  /** Null: none is kept. */
  readonly #order: UserOrder | null;
  readonly #outcomes: Outcomes;
  readonly #rounds = new Map<Round, Subject>();
  #state: 'flowing' | 'draining' | 'stopped' = 'flowing';
  #lastWasRetry = false;
  #settledFloor: Position;
  #onDrained: (() => void) | null = null;

  constructor(options: LaneOptions) {
    const { grant, endpoints, policy, log, store, ambient, clock, onFailure } = options;
    this.id = grant.lane;
    this.endpoints = endpoints;
    this.ambient = ambient;
    this.#options = options;
    this.#order = policy.order === 'user' ? new UserOrder(grant.blockedUsers) : null;
    this.#settledFloor = grant.floor;
    this.#outcomes = new Outcomes({
      ...options,
      ...{ epoch: log.epoch, window: this.#window, order: this.#order },
      onChange: () => {
        options.settler.touch(this);
      },
    });
    const onEvents = (): void => {
      this.fill();
    };
    for (const { gate } of endpoints) gate.onOpen = onEvents;
    this.#inbox = new Inbox({ ...options, after: grant.floor, settled: grant.settledAbove, onEvents });
    this.#retries = new DueRetries({
      ...{ lane: grant.lane, term: grant.term, log, store, ambient, clock, onFailure },
      onReady: onEvents,
      onDead: (parked, reason) => {
        this.#outcomes.died(parked, reason);
      },
    });
    if (grant.nextDueAtMs !== null) this.#retries.dueAt(grant.nextDueAtMs);
  }

  /** It takes events off the log's tail; otherwise it reads its range itself. */
  get isLive(): boolean {
    return this.#inbox.isLive;
  }

  /** Some deliveries wait for a retry: gates then leave them room. */
  get retriesWait(): boolean {
    return this.#retries.hasReady;
  }

  /** The floor has moved and nobody has settled it: events passed that do not concern this lane. */
  get hasUnsettledFloor(): boolean {
    return this.#floor() > this.#settledFloor;
  }

  /** Hands over a new event of one of this lane's sources. Call `fill` after the last one of a slice. */
  offer(event: LoggedEvent): void {
    this.#inbox.offer(event);
  }

  /** Starts as many attempts as there is room for: first attempts and retries in turn. */
  fill(): void {
    while (this.#state === 'flowing' && this.#takeOne());
    if (this.#state !== 'flowing') return;
    if (this.endpoints.every(({ gate }) => gate.isShut)) this.#hold();
    else this.#inbox.refill();
  }

  #hold(): void {
    this.#inbox.letGo();
    for (const [first, ...behind] of this.#order?.letGo() ?? []) {
      if (first !== undefined) this.#outcomes.parkTaken(first, this.#options.clock.nowMs());
      for (const waiting of behind) this.#outcomes.parkTaken(waiting, null);
    }
    if (this.#inbox.isLive) return;
    for (const { gate } of this.endpoints) gate.expectOpening();
  }

  /** Who admits attempts at this endpoint; null when it is not one of this lane's. */
  gateOf(url: string): Gate | null {
    return this.endpoints.find((endpoint) => endpoint.url === url)?.gate ?? null;
  }

  /** The floor as it is in the store. */
  get settledFloor(): Position {
    return this.#settledFloor;
  }

  /**
   * Gives up what was not taken up to there, because the log is about to forget it, and counts it. What is in flight
   * goes on, and holds the floor until it has ended.
   */
  async expire(upTo: Position): Promise<void> {
    const count = await this.#inbox.expire(upTo);
    if (count > 0 && this.#state !== 'stopped') this.#outcomes.expire(count, upTo);
  }

  /** So many dead deliveries are parked again in the store, and due by then. */
  retried(count: number, dueAtMs: number): void {
    if (count === 0 || this.#state === 'stopped') return;
    this.#outcomes.retried(count);
    this.#retries.dueAt(dueAtMs);
  }

  /** @param oldestParked the oldest position that is parked, or null */
  async status(oldestParked: Position | null): Promise<LaneStatus> {
    const untaken = await this.#inbox.waiting();
    const { parked, expired } = this.#outcomes;
    return {
      destination: this.#options.destination,
      waiting: untaken + this.#window.unsettled + parked,
      parked,
      inFlight: this.#inFlight(),
      // What was parked last may have ended, and its row be there until that is settled.
      oldestAtMs: await this.#oldestAtMs(parked > 0 ? oldestParked : null),
      expired,
      endpoints: this.endpoints.map(({ url, gate }) => ({ url, ...gate.standing })),
    };
  }

  /** Takes no more, and resolves when nothing is in flight. What ends is settled. */
  async drain(): Promise<void> {
    if (this.#state === 'flowing') this.#state = 'draining';
    this.#closeEntrances();
    if (this.#inFlight() === 0) return;
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** After this nothing is settled any more. */
  stop(): void {
    this.#state = 'stopped';
    this.#closeEntrances();
  }

  attempted(round: Round, attempt: AttemptRecord, message: string | null, decision: Decision): void {
    if (this.#state === 'stopped') return;
    this.#outcomes.attempted(round, attempt, message, decision);
  }

  decided(round: Round, verdict: Verdict): Decision {
    const subject = this.#rounds.get(round);
    if (subject === undefined || this.#state === 'stopped') return NOTHING;
    this.#rounds.delete(round);
    if (isParked(subject)) this.#retries.decided(subject);
    else this.#window.settle(subject);
    return this.#outcomes.decide(round, subject, verdict);
  }

  freed(): void {
    if (this.#state === 'flowing') this.fill();
    else if (this.#inFlight() === 0) this.#onDrained?.();
  }

  takeSettlement(): Settlement {
    const settlement: Settlement = {
      lane: this.id,
      term: this.#options.grant.term,
      atMs: this.ambient.nowMs(),
      ...this.#outcomes.take(this.#floor()),
    };
    for (const { position } of [...settlement.finished, ...settlement.parked]) this.#retries.settling(position);
    return settlement;
  }

  settled({ floor, atMs, finished, parked }: Settlement): void {
    this.#settledFloor = floor;
    // It may have been the next one's turn.
    if (finished.length > 0 && this.#order?.isAnyBlocked === true) this.#retries.dueAt(atMs);
    for (const { position } of finished) this.#retries.settled(position);
    for (const { position, dueAtMs } of parked) {
      this.#retries.settled(position);
      if (dueAtMs !== null) this.#retries.dueAt(dueAtMs);
    }
    this.fill();
  }

  lost(): void {
    // Stopped and dropped meanwhile, with nothing left to settle but its floor.
    if (this.#state === 'stopped') return;
    this.#options.telemetry.trouble('a lane was taken over by another node', { lane: this.id });
    this.stop();
    this.#onDrained?.();
  }

  #takeOne(): boolean {
    if (this.#outcomes.unsettled >= UNSETTLED_MAX) return false;
    const isProbing = this.endpoints.every(({ gate }) => gate.isProbing);
    // A probe is a first attempt where there is one, since that leaves its event all of its retries.
    const mayRetry = this.#retries.hasReady && !(isProbing && this.#inbox.mayFill) && this.#hasRoom(true);
    const mayTakeFirst = (this.#order?.hasReady === true || this.#mayTake()) && this.#hasRoom(false);
    if (!mayRetry && !mayTakeFirst) return false;
    this.#lastWasRetry = mayRetry && !(mayTakeFirst && (this.#lastWasRetry || isProbing));
    if (this.#lastWasRetry) this.#startRetry();
    else this.#startFirst();
    return true;
  }

  #mayTake(): boolean {
    return !this.#inbox.isEmpty && this.#window.hasRoom && (this.#order === null || this.#order.hasRoom);
  }

  #startFirst(): void {
    const ready = this.#order?.takeReady() ?? null;
    if (ready !== null) {
      this.#start(ready.event, 1, ready.taken);
      return;
    }
    const event = this.#inbox.take();
    if (event === null) return;
    const taken = this.#window.take(event.position, event.body.length);
    const admission = this.#order?.admit({ event, taken }) ?? 'start';
    if (admission === 'start') this.#start(event, 1, taken);
    else if (admission === 'park') this.#outcomes.parkTaken({ event, taken }, null);
  }

  #startRetry(): void {
    const ready = this.#retries.take();
    if (ready === null) return;
    this.#retries.begin(ready, () => {
      if (this.#state === 'flowing') this.#start(ready.event, ready.parked.attempts + 1, ready.parked);
    });
  }

  #start(event: LoggedEvent, number: number, subject: Subject): void {
    const eventId = eventIdOf(this.#options.log.epoch, event.position);
    const sent = this.#options.policy.aliasLabels ? withAliasLabels(event) : event;
    const round = new Round(this, sent, eventId, number, isParked(subject));
    this.#rounds.set(round, subject);
    round.start();
  }

  #floor(): Position {
    return this.#window.floor(this.#inbox.takenTo);
  }

  #closeEntrances(): void {
    this.#inbox.close();
    this.#retries.close();
    for (const { gate } of this.endpoints) gate.close();
  }

  /** Of what is in flight, parked, or was not taken. */
  async #oldestAtMs(oldestParked: Position | null): Promise<number | null> {
    const inFlight = this.#window.oldest;
    const owed = [inFlight, oldestParked].filter((position) => position !== null);
    const events = [...(await this.#options.log.get(owed)).values()];
    // What is in flight was taken before all that was not.
    const next = inFlight === null ? await this.#inbox.oldest() : null;
    const times = [...events, ...(next === null ? [] : [next])].map(({ receivedAtMs }) => receivedAtMs);
    return times.length === 0 ? null : Math.min(...times);
  }

  #hasRoom(isRetry: boolean): boolean {
    for (const { gate } of this.endpoints) if (gate.hasRoom(isRetry, this.retriesWait)) return true;
    return false;
  }

  #inFlight(): number {
    return this.endpoints.reduce((sum, { gate }) => sum + gate.inFlight, 0);
  }
}
