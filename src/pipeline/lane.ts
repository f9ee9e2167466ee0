import type { AttemptRecord } from '../domain/attempt.ts';
import { withAliasLabels } from '../domain/alias-labels.ts';
import type { LaneId } from '../domain/delivery.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';
import type { ErasedEvents } from '../domain/erased-events.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import { windowEventsMax } from '../domain/limits.ts';
import { LinkedList, unlink } from '../lib/linked-list.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore, Grant, Settlement } from '../ports/delivery-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { Batches, type Half, isToBeSplit } from './batches.ts';
import { type Decision, type LaneEndpoint, Round, type RoundOwner, type Verdict } from './deliver.ts';
import type { DueClock } from './due-clock.ts';
import { DueRetries } from './due-retries.ts';
import type { LaneLog } from './feed.ts';
import { Gates } from './gates.ts';
import { Intake } from './intake.ts';
import { loadOfBatch, loadOfEvent } from './load.ts';
import { type LaneStatus, statusOf } from './lane-status.ts';
import { Outcomes } from './outcomes.ts';
import type { Settler, Settling } from './settle.ts';
import { isParked, type Subject } from './subject.ts';
import { UserOrder, type Waiting } from './user-order.ts';

/** Attempts and outcomes that may wait to be settled before the lane stops taking: the store refuses to write. */
const UNSETTLED_MAX = windowEventsMax;

const NOTHING: Decision = { kind: 'open' };
const SPLIT: Decision = { kind: 'split' };

export interface LaneOptions {
  readonly grant: Grant;
  /** The id of the destination whose events it carries. */
  readonly destination: string;
  readonly endpoints: readonly LaneEndpoint[];
  readonly policy: DeliveryPolicy;
  readonly sources: ReadonlySet<string>;
  readonly tail: { readonly position: Position };
  /** It sends again what is between its floor and the tail, which stays where it is, and gives way to others. */
  readonly isReplay: boolean;
  readonly erased: ErasedEvents;
  /** Of a replay. */
  readonly ratePerSecond: number | null;
  readonly isWanted: (event: LoggedEvent) => boolean;
  /** The lane has come to the tail of the log, or has fallen behind it. */
  readonly onLiveChange: () => void;
  readonly log: LaneLog;
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
  readonly gates: Gates;
  readonly ambient: Ambient;
  readonly isReplay: boolean;
  readonly erased: ErasedEvents;
  readonly #options: LaneOptions;
  readonly #intake: Intake;
  readonly #retries: DueRetries;
  /** Null: none is kept. */
  readonly #order: UserOrder | null;
  /** Null: each event has a request of its own. */
  readonly #batches: Batches | null;
  readonly #outcomes: Outcomes;
  readonly #rounds = new LinkedList<Round>();
  #state: 'flowing' | 'draining' | 'stopped' = 'flowing';
  #lastWasRetry = false;
  /** No endpoint takes anything, for a while; so is a lane before it begins. */
  #isHeld: boolean;
  #settledFloor: Position;
  readonly #drained = Promise.withResolvers<undefined>();

  constructor(options: LaneOptions) {
    const { grant, endpoints, policy, log, store, ambient, clock, onFailure } = options;
    this.id = grant.lane;
    this.endpoints = endpoints;
    this.ambient = ambient;
    this.isReplay = options.isReplay;
    this.erased = options.erased;
    this.#options = options;
    this.#order = policy.order === 'user' ? new UserOrder(grant.blockedUsers) : null;
    this.#settledFloor = grant.floor;
    // After a crash all goes in the order of the log: what kills the process is to be among the first, which are suspects.
    this.#isHeld = !grant.wasUnclean;
    const onEvents = (): void => {
      this.fill();
    };
    this.gates = new Gates({ ...options, onOpen: onEvents });
    const after = { after: grant.floor, settled: grant.settledAbove };
    this.#intake = new Intake({ ...options, ...after, onEvents }, policy.order === 'none' && !options.isReplay);
    this.#batches = policy.batch === null ? null : new Batches(policy.batch, ambient, onEvents);
    this.#outcomes = new Outcomes({
      ...options,
      ...{ epoch: log.epoch, intake: this.#intake, order: this.#order },
      onChange: () => {
        options.settler.touch(this);
      },
    });
    this.#retries = new DueRetries({
      ...{ lane: grant.lane, term: grant.term, policy: policy.batch, log, store, ambient, clock, onFailure },
      onReady: onEvents,
      onDead: (parked, reason) => {
        this.#outcomes.died(parked, reason);
      },
    });
    if (grant.nextDueAtMs !== null) this.#retries.dueAt(grant.nextDueAtMs);
  }

  /** It takes events off the log's tail; otherwise it reads its range itself. */
  get isLive(): boolean {
    return this.#intake.isLive;
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
    this.#intake.offer(event);
  }

  /** Starts as many attempts as there is room for: first attempts and retries in turn. */
  fill(): void {
    while (this.#state === 'flowing' && this.#takeOne());
    if (this.#state !== 'flowing') return;
    if (this.gates.isShut) {
      this.#hold();
      return;
    }
    // A probe says nothing yet.
    if (this.#isHeld && !this.gates.isProbing) {
      this.#isHeld = false;
      this.#intake.goOn();
    }
    this.#intake.refill();
  }

  /** Keeps nothing ready: what was taken and not begun waits in the store, so that the floor can pass. */
  #hold(): void {
    this.#isHeld = true;
    this.#intake.letGo();
    const { gathered, halves } = this.#batches?.letGo() ?? { gathered: [], halves: [] };
    this.#outcomes.parkTurns([...(this.#order?.letGo() ?? []), ...gathered.map((waiting) => [waiting])]);
    for (const half of halves) {
      this.#leave(half.subjects);
      this.#outcomes.parkHalf(half);
    }
    if (!this.#intake.isLive) this.gates.expectOpening();
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
    const count = await this.#intake.expire(upTo);
    if (count > 0 && this.#state !== 'stopped') this.#outcomes.expire(count, upTo);
  }

  /** So many dead deliveries are parked again in the store, and due by then; or others are due sooner. */
  retried(count: number, dueAtMs: number): void {
    if (this.#state === 'stopped') return;
    this.#outcomes.retried(count);
    this.#retries.dueAt(dueAtMs);
  }

  /** See `statusOf`. */
  async status(oldestParked: Position | null, isCounted: boolean): Promise<LaneStatus> {
    const [intake, outcomes] = [this.#intake, this.#outcomes];
    return statusOf({ ...this.#options, gates: this.gates, intake, outcomes }, oldestParked, isCounted);
  }

  /** Of a replay: all that it was to send has ended, and that is settled. */
  get isThrough(): boolean {
    if (!this.isReplay || !this.#intake.isLive || this.#intake.next !== null || this.hasUnsettledFloor) return false;
    return this.#rounds.isEmpty && this.#intake.unsettled + this.#outcomes.parked + this.#outcomes.unsettled === 0;
  }

  /** Takes no more, and resolves when nothing is in flight. What ends is settled. */
  async drain(): Promise<void> {
    if (this.#state === 'flowing') this.#state = 'draining';
    this.#closeEntrances();
    if (this.gates.inFlight > 0) await this.#drained.promise;
  }

  /** After this nothing is settled any more. */
  stop(): void {
    this.#state = 'stopped';
    this.#closeEntrances();
    // Gates may be other lanes' too, and go on.
    for (const round of this.#rounds) round.abandon();
  }

  attempted(round: Round, attempt: AttemptRecord, message: string | null, decision: Decision): void {
    if (this.#state === 'stopped') return;
    this.#outcomes.attempted(round, attempt, message, decision);
  }

  decided(round: Round, verdict: Verdict): Decision {
    if (this.#state === 'stopped') return NOTHING;
    unlink(round);
    const { subjects } = round;
    if (this.#batches !== null && isToBeSplit(round, verdict, this.#options.policy)) {
      const { load, number, lastAtMs } = round;
      this.#batches.split({ events: load.events, subjects, number, notBeforeMs: lastAtMs + 1 });
      return SPLIT;
    }
    this.#leave(subjects);
    return this.#outcomes.decide(round, subjects, verdict);
  }

  began(): void {
    this.gates.began();
  }

  freed(): void {
    this.gates.ended();
    if (this.#state === 'flowing') this.fill();
    else if (this.gates.inFlight === 0) this.#drained.resolve(undefined);
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
    this.#drained.resolve(undefined);
  }

  #takeOne(): boolean {
    if (this.#outcomes.unsettled >= UNSETTLED_MAX) return false;
    const half = this.#batches?.nextHalf ?? null;
    if (half !== null) return this.#startHalf(half);
    const { isProbing } = this.gates;
    // A probe is a first attempt where there is one, since that leaves its event all of its retries.
    const mayRetry = this.#retries.hasReady && !(isProbing && this.#intake.mayFill) && this.#hasRoom(true);
    const mayTakeFirst = this.#hasFirst();
    if (!mayRetry && !mayTakeFirst) return false;
    this.#lastWasRetry = mayRetry && !(mayTakeFirst && (this.#lastWasRetry || isProbing));
    if (this.#lastWasRetry) this.#startRetry();
    else this.#startFirst();
    return true;
  }

  /** A first attempt can be made, of something that is there. */
  #hasFirst(): boolean {
    if (this.#batches !== null) {
      if (this.#intake.next === null && this.#batches.isEmpty) return false;
      // Nothing is gathered that could not be sent: it waits in the log.
      return this.#hasRoom(false) && this.#batches.gather(this.#intake);
    }
    if (this.#order?.hasReady === true) return this.#hasRoom(false);
    return this.#intake.next !== null && this.#order?.hasRoom !== false && this.#hasRoom(false);
  }

  #startFirst(): void {
    const gathered = this.#batches?.take() ?? null;
    if (gathered !== null) {
      const events = gathered.map(({ event }) => event);
      this.#startBatch(events, null, { subjects: gathered.map(({ taken }) => taken), number: 1, notBeforeMs: 0 });
      return;
    }
    const one = this.#order?.takeReady() ?? this.#takeNext();
    if (one !== null) this.#startOne(one.event, 1, one.taken);
  }

  /** The next event off the log; null when it is not its turn, or there is none. */
  #takeNext(): Waiting | null {
    const waiting = this.#intake.take();
    if (waiting === null) return null;
    const admission = this.#order?.admit(waiting) ?? 'start';
    if (admission === 'park') this.#outcomes.parkTaken(waiting, null);
    return admission === 'start' ? waiting : null;
  }

  #startRetry(): void {
    const ready = this.#retries.take();
    if (ready === null) return;
    const { events, parked, batch } = ready;
    const [first] = parked;
    const [event] = events;
    if (first === undefined || event === undefined) return;
    const number = first.attempts + 1;
    this.#retries.begin(ready, () => {
      if (this.#state !== 'flowing') return;
      if (this.#batches === null) this.#startOne(event, number, first);
      else this.#startBatch(events, batch, { subjects: parked, number, notBeforeMs: 0 });
    });
  }

  /** Answers false when there is no room for it: then there is none for anything else. */
  #startHalf(half: Half): boolean {
    if (!this.#hasRoom(half.subjects.some(isParked))) return false;
    this.#batches?.takeHalf();
    this.#startBatch(half.events, null, half);
    return true;
  }

  #startOne(event: LoggedEvent, number: number, subject: Subject): void {
    const load = loadOfEvent(this.#asSent(event), this.#options.log.epoch);
    this.#begin(new Round(this, load, { subjects: [subject], number, notBeforeMs: 0 }));
  }

  #startBatch(events: readonly LoggedEvent[], batch: string | null, half: Omit<Half, 'events'>): void {
    const { log, ambient } = this.#options;
    const sent = events.map((event) => this.#asSent(event));
    const load = loadOfBatch(sent, batch, { epoch: log.epoch, uuid: () => ambient.uuid() });
    this.#begin(new Round(this, load, half));
  }

  #begin(round: Round): void {
    this.#rounds.add(round);
    round.start();
  }

  #asSent(event: LoggedEvent): LoggedEvent {
    return this.#options.policy.aliasLabels ? withAliasLabels(event) : event;
  }

  /** What becomes of these is decided. */
  #leave(subjects: readonly Subject[]): void {
    for (const subject of subjects) {
      if (isParked(subject)) this.#retries.decided(subject);
      else this.#intake.settle(subject);
    }
  }

  #floor(): Position {
    return this.#intake.floor;
  }

  #closeEntrances(): void {
    this.#intake.close();
    this.#batches?.close();
    this.#retries.close();
    this.gates.close();
  }

  #hasRoom(isRetry: boolean): boolean {
    return this.gates.hasRoom(isRetry, this.retriesWait);
  }
}
