import { ErasedEvents } from '../domain/erased-events.ts';
import type { LaneId, PausedEndpoint } from '../domain/delivery.ts';
import type { Destination } from '../domain/destination.ts';
import type { Position, Slice } from '../domain/event.ts';
import { isResting, isSamePlan, type LanePlan, plansOf } from '../domain/lane-plan.ts';
import { type ReplaySlice, sumOfProgress } from '../domain/replay.ts';
import { makeTurns } from '../lib/turns.ts';
import { within } from '../lib/within.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore, Grant } from '../ports/delivery-store.ts';
import type { EventReader, Tail } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { OpenWebhookSender } from '../ports/webhook-sender.ts';
import type { LaneEndpoint } from './deliver.ts';
import { DueClock } from './due-clock.ts';
import { feedOf } from './feed.ts';
import { dropGone, forgetPauses } from './forget-gone.ts';
import { GateRegistry } from './gate-registry.ts';
import { handOverChanged } from './hand-over.ts';
import { SuccessSample } from './kept-exchange.ts';
import { Lane } from './lane.ts';
import { type LaneStatus, statusesOf } from './lane-status.ts';
import { prepareGrant } from './park-suspects.ts';
import { pauseEndpoints, resumeEndpoints } from './pause-endpoints.ts';
import type { ReplayStanding } from './replays.ts';
import { type RunningLane, RunningLanes } from './running-lanes.ts';
import { Settler } from './settle.ts';
import { unheldOf, unopenedFloors } from './unheld-lanes.ts';
import { RoomWaiter, waitingForRoom } from './wait-for-room.ts';
import { webhookTargetOf } from './webhook-target.ts';

/** How often floors are settled that moved past events of no concern, which a restart need not read again. */
const FLOORS_MS = 1_000;

export interface DispatcherOptions {
  /** Names this process where lanes are granted. */
  readonly node: string;
  readonly log: EventReader;
  readonly store: DeliveryStore;
  readonly openSender: OpenWebhookSender;
  readonly ambient: Ambient;
  readonly telemetry: Telemetry;
  /** See `AttemptWatch.keeps`. Without it, nobody watches. */
  readonly keepsWatched?: (destination: string) => () => boolean;
  /** Told of what must not happen; the process should end, which is safe, because all state is in the stores. */
  readonly onFailure: (error: unknown) => void;
}

/** What there is to deliver to, and again. */
export interface Wanted {
  readonly destinations: readonly Destination[];
  readonly replays?: readonly ReplaySlice[];
  /** Where destinations begin that are new, or enabled again: the log's end when they came to be. Without it, now. */
  readonly newFrom?: Position;
}

/**
 * Follows the log's durable tail and hands each event to the lanes of its source. Keeps the lanes of each enabled
 * destination (`lanesOf`): a new or re-enabled one starts from now, one that was there continues where it stopped, and
 * one that is gone is forgotten with what it still owed.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #settler: Settler;
  readonly #clock: DueClock;
  readonly #gates: GateRegistry;
  readonly #lanes = new RunningLanes();
  readonly #erased = new ErasedEvents();
  /** As they are to be by the newest change that was begun. */
  #asked: ReadonlyMap<LaneId, LanePlan> = new Map();
  /** Lanes that were granted to a change which is begun and not finished: what finishes before it knows nothing of them. */
  readonly #ahead = new Set<LaneId>();
  /** Lanes are opened and paused one after the other: begun changes, finishing ones and erasures may want the same. */
  readonly #openInTurn = makeTurns();
  /** How far the log has been handed out. Shared with the lanes, so that those with nothing to do cost nothing. */
  readonly #tail = { position: 0 };
  #following: Tail | null = null;
  #floorTimer: { cancel(): void } | null = null;
  #hasStopped = false;

  constructor(options: DispatcherOptions) {
    const { ambient, telemetry, onFailure } = options;
    const room = new RoomWaiter(ambient, telemetry);
    const store = waitingForRoom(options.store, room);
    this.#options = { ...options, store };
    this.#clock = new DueClock(ambient);
    this.#gates = new GateRegistry(ambient, telemetry);
    this.#settler = new Settler(store, ambient, room, onFailure);
  }

  /** Resolves when every destination's lane flows. */
  async start(wanted: Wanted): Promise<void> {
    const { log } = this.#options;
    // What comes before the lanes are there is not lost on them: they read from their floors up to the tail.
    this.#following = await log.follow(
      (slice) => {
        this.#route(slice);
      },
      () => this.#lanes.liveSources(),
    );
    this.#tail.position = Math.max(this.#tail.position, this.#following.after);
    const plans = plansIn(wanted);
    this.#asked = byId(plans);
    await this.#apply(plans, this.#startAt(wanted));
    this.#settleFloors();
  }

  /**
   * Begins a change of the workspace, which `finish` ends. Waits for no attempt, of this change or of one before: lanes
   * whose settings it changes begin none from now on, those of new destinations flow, and endpoints that are gone are
   * paused no more. Answers whether a crash from now on takes nothing from anyone: not when a lane has to go before it
   * may begin anew, which `finish` sees to, nor when it stops, and makes lanes no more.
   */
  async begin(wanted: Wanted): Promise<boolean> {
    const plans = plansIn(wanted);
    const startAt = this.#startAt(wanted);
    const before = this.#asked;
    this.#asked = byId(plans);
    const changing = new Set<string>();
    for (const { lane, plan } of this.#lanes.unlike(this.#asked)) {
      changing.add(plan.destination.id);
      lane.drain().catch(this.#options.onFailure);
    }
    if (!this.#isStopping()) await forgetPauses(this.#options.store, plans);
    const carrying = plans.filter(({ replay }) => replay === null);
    const { isSafe, unheld } = unheldOf(carrying, before, await this.#options.store.floors());
    for (const { id } of unheld) this.#ahead.add(id);
    await this.#openMissing(unheld, startAt, (plan) => !changing.has(plan.destination.id));
    return isSafe && !this.#isStopping();
  }

  /**
   * Ends a change that was begun, after those before it. A destination whose settings changed is drained and goes on
   * with the new ones: attempts keep the settings that they began with. Replays that are not among these any more are
   * over: what they still owed is cancelled. Answers whether it was ended: not when this stops, and the next start does.
   */
  async finish(wanted: Wanted): Promise<boolean> {
    const plans = plansIn(wanted);
    await this.#apply(plans, this.#startAt(wanted));
    for (const { id } of plans) this.#ahead.delete(id);
    return !this.#isStopping();
  }

  /** These listeners are there from now on, and no others: see `Gate.setAway`. */
  setListening(names: readonly string[]): void {
    this.#gates.setListening(new Set(names));
  }

  #startAt({ newFrom = Infinity }: Wanted): Position {
    return Math.min(newFrom, this.#tail.position);
  }

  /** What is new begins at once; what changed or is gone first has its attempts end, which may take a minute. */
  async #apply(plans: readonly LanePlan[], startAt: Position): Promise<void> {
    const stale = this.#lanes.unlike(byId(plans)).filter(({ plan }) => !this.#ahead.has(plan.id));
    const changing = new Set(stale.map(({ plan }) => plan.destination.id));
    const drained = this.#drain(stale);
    await this.#openMissing(
      plans.filter(({ destination }) => !changing.has(destination.id)),
      startAt,
    );
    await drained;
    if (this.#isStopping()) return;
    await this.#openMissing(plans, startAt);
    const { store, ambient } = this.#options;
    const isKept = (lane: LaneId): boolean => this.#ahead.has(lane);
    await dropGone({ store, plans, isKept, nowMs: ambient.nowMs(), isStopping: () => this.#isStopping() });
    if (!this.#isStopping()) await forgetPauses(store, [...plans, ...this.#asked.values()]);
  }

  /** Lets attempts of these lanes end, settles what they came to, and closes them. */
  async #drain(running: readonly RunningLane[]): Promise<void> {
    await Promise.all(running.map(async ({ lane }) => lane.drain()));
    await this.#settler.flush();
    if (!this.#isStopping()) for (const { lane } of running) this.#close(lane);
  }

  /**
   * Opens those of these lanes that are not open, unless a change was begun since that wants them otherwise: it opens
   * them itself when it finishes.
   *
   * @param mayFlow of those that are not to, the store has the lane, and no more happens
   */
  async #openMissing(plans: readonly LanePlan[], startAt: Position, mayFlow: MayFlow = () => true): Promise<void> {
    return this.#openInTurn(async () => this.#openNow(plans, startAt, mayFlow));
  }

  async #openNow(plans: readonly LanePlan[], startAt: Position, mayFlow: MayFlow): Promise<void> {
    const { store, node, ambient } = this.#options;
    const wanted = plans.filter((plan) => !this.#lanes.has(plan.id) && !isResting(plan) && this.#isAsked(plan));
    const over = await this.#dropped(wanted.filter(({ replay }) => replay !== null).map(({ id }) => id));
    const missing = new Map(wanted.filter(({ id }) => !over.has(id)).map((plan) => [plan.id, plan]));
    if (this.#isStopping()) return;
    // Also what is wanted otherwise by now: it is handed over again from there, and would be dropped here.
    await handOverChanged(store, plans, ambient.nowMs());
    if (missing.size === 0 || this.#isStopping()) return;
    const paused = await store.paused();
    const asked = [...missing].map(([lane, { replay }]) => ({ lane, startAt: replay?.after ?? startAt }));
    for (const grant of await store.hold(node, asked, Number.MAX_SAFE_INTEGER)) {
      const plan = missing.get(grant.lane);
      if (plan === undefined || this.#isStopping() || !mayFlow(plan)) continue;
      const prepared = await this.#prepare(grant, plan);
      if (this.#isAsked(plan)) this.#open(plan, prepared, paused).fill();
    }
  }

  #isAsked(plan: LanePlan): boolean {
    const asked = this.#asked.get(plan.id);
    return asked !== undefined && isSamePlan(asked, plan);
  }

  /**
   * Those of a replay's lanes that were there and were dropped, because their endpoint was removed or their destination
   * disabled: should it be back, they do not begin anew.
   */
  async #dropped(lanes: readonly LaneId[]): Promise<ReadonlySet<LaneId>> {
    if (lanes.length === 0) return new Set();
    const { store } = this.#options;
    const [floors, progress] = [await store.floors(), await store.progress(lanes)];
    return new Set(lanes.filter((lane) => progress.has(lane) && !floors.has(lane)));
  }

  /**
   * Tries dead deliveries of a lane again, with their retries unspent. Answers how many, at most `max`; with 'all dead'
   * the oldest first. Rejects `store_full`.
   */
  async retryDead(lane: LaneId, positions: readonly Position[] | 'all dead', max: number): Promise<number> {
    const nowMs = this.#clock.nowMs();
    const retried = await this.#options.store.retryNow(lane, positions, nowMs, max);
    this.#lanes.get(lane)?.lane.retried(retried, nowMs);
    return retried;
  }

  /**
   * Sends nothing more of these events, which the log has erased, and forgets what receivers answered to them; see
   * `DeliveryStore.erase`. Attempts in flight end; what is parked dies with `event_erased`. Rejects as the store does.
   */
  async erase(positions: readonly Position[]): Promise<void> {
    const { store } = this.#options;
    this.#erased.add(positions);
    const knowing = this.#lanes.knowing(positions, await store.oldestParked());
    await this.#drain(knowing);
    if (this.#isStopping()) return;
    const nowMs = this.#clock.nowMs();
    const plans = knowing.map(({ plan }) => plan);
    try {
      await store.erase(positions, nowMs);
    } finally {
      await this.#openMissing(plans, this.#tail.position);
    }
    for (const { lane } of this.#lanes) lane.retried(0, nowMs);
  }

  /** See `pauseEndpoints`. */
  async pause(destination: string, url: string | null): Promise<readonly string[]> {
    const asked = { destination, url, nowMs: this.#options.ambient.nowMs() };
    return this.#openInTurn(async () => pauseEndpoints(this.#options.store, this.#lanes.of(destination), asked));
  }

  /** See `resumeEndpoints`. */
  async resume(destination: string, url: string | null): Promise<readonly string[]> {
    // What was paused just now may not be in the store yet.
    await this.#settler.flush();
    const asked = { destination, url };
    return this.#openInTurn(async () => resumeEndpoints(this.#options.store, this.#lanes.of(destination), asked));
  }

  /**
   * How each destination stands, or one of them. One after the other, with pauses in which attempts go on. See
   * `Lane.status`.
   */
  async status(isCounted = true, destination: string | null = null): Promise<readonly LaneStatus[]> {
    const lanes = destination === null ? [...this.#lanes] : this.#lanes.of(destination);
    const carrying = lanes.filter(({ plan }) => plan.replay === null).map(({ lane }) => lane);
    return statusesOf(carrying, this.#options, isCounted);
  }

  /**
   * How far a replay has come.
   *
   * @param lanes all that it had
   * @param running those of them that should be there: it is through when all of these are
   */
  async replayStanding(lanes: readonly LaneId[], running: readonly LaneId[]): Promise<ReplayStanding> {
    const over = await this.#dropped(running);
    const isThrough = running.every((id) => over.has(id) || this.#lanes.get(id)?.lane.isThrough === true);
    const progress = await this.#options.store.progress(lanes);
    return { isThrough, progress: sumOfProgress([...progress.values()]) };
  }

  /**
   * The log is about to forget what is below this position: lanes give up what they never took of it, and count it.
   * Answers up to where the log may forget now: what is in flight, or not settled, holds it, since after a crash
   * nobody would know of it. Waits for no disk, so that pruning can make room on a full one.
   */
  async expire(before: Position): Promise<Position> {
    const lanes = [...this.#lanes].map(({ lane }) => lane);
    for (const lane of lanes) await lane.expire(before - 1);
    for (const lane of lanes) if (lane.hasUnsettledFloor) this.#settler.touch(lane);
    const owing = lanes.filter(({ isThrough }) => !isThrough).map(({ settledFloor }) => settledFloor);
    await this.#options.store.sync();
    const unopened = unopenedFloors([...this.#asked.values()], await this.#options.store.floors(), this.#lanes);
    return Math.min(before, ...[...owing, ...unopened].map((floor) => floor + 1));
  }

  /**
   * Lets attempts in flight end, for at most `drainMs`, settles what they came to, and gives everything back. An update
   * under way is left where it is, since what it waits for may take longer; the next start does the rest of it.
   */
  async stop(drainMs: number): Promise<void> {
    this.#hasStopped = true;
    this.#following?.stop();
    this.#floorTimer?.cancel();
    const lanes = [...this.#lanes];
    const drained = Promise.all(lanes.map(async ({ lane }) => lane.drain()));
    drained.catch(this.#options.onFailure);
    await within(drainMs, drained, this.#options.ambient);
    for (const { lane } of lanes) if (lane.hasUnsettledFloor) this.#settler.touch(lane);
    await this.#settler.finish();
    for (const { lane } of lanes) this.#close(lane);
    await this.#options.store.close();
  }

  /** A method, because it changes while something is awaited. */
  #isStopping(): boolean {
    return this.#hasStopped;
  }

  #route(slice: Slice): void {
    const touched = new Set<Lane>();
    for (const event of slice.events) {
      for (const lane of this.#lanes.ofSource(event.source)) {
        // Those that are behind read for themselves, and held ones not at all: they cost nothing here.
        if (!lane.isLive) continue;
        lane.offer(event);
        touched.add(lane);
      }
    }
    this.#tail.position = slice.upTo;
    for (const lane of touched) lane.fill();
  }

  #open(plan: LanePlan, grant: Grant, paused: readonly PausedEndpoint[]): Lane {
    const { destination, replay } = plan;
    const { delivery: policy } = destination;
    const { log, store, openSender, ambient, telemetry, onFailure } = this.#options;
    const endpoints: LaneEndpoint[] = destination.endpoints.map((endpoint) => ({
      url: endpoint.url,
      gate: this.#gates.open(destination, endpoint.url),
      sender: openSender(webhookTargetOf(destination, endpoint, replay?.id ?? null)),
      sample: new SuccessSample(policy, this.#options.keepsWatched?.(destination.id)),
    }));
    const feed = feedOf(plan, log, this.#tail, () => {
      telemetry.filtered(destination.id);
    });
    const lane = new Lane({
      ...{ grant, endpoints, policy, store, ambient, telemetry, onFailure, ...feed },
      destination: destination.id,
      isReplay: replay !== null,
      erased: this.#erased,
      ratePerSecond: replay?.ratePerSecond ?? null,
      clock: this.#clock,
      settler: this.#settler,
      onLiveChange: () => {
        this.#lanes.liveChanged();
      },
    });
    this.#lanes.add({ lane, plan });
    for (const each of paused)
      if (each.destination === destination.id) lane.gates.of(each.url)?.pause(each.reason, each.sinceMs);
    return lane;
  }

  #close(lane: Lane): void {
    lane.stop();
    for (const { sender } of lane.endpoints) sender.close().catch(this.#options.onFailure);
    this.#lanes.remove(lane.id);
  }

  async #prepare(grant: Grant, plan: LanePlan): Promise<Grant> {
    const { log, store, ambient } = this.#options;
    const feed = feedOf(plan, log, this.#tail);
    const keepsOrder = plan.destination.delivery.order === 'user';
    return prepareGrant(grant, { feed, keepsOrder, store, ambient, clock: this.#clock });
  }

  #settleFloors(): void {
    for (const { lane } of this.#lanes) if (lane.hasUnsettledFloor) this.#settler.touch(lane);
    this.#floorTimer = this.#options.ambient.after(FLOORS_MS, () => {
      this.#settleFloors();
    });
  }
}

const plansIn = ({ destinations, replays = [] }: Wanted): readonly LanePlan[] => plansOf(destinations, replays);

type MayFlow = (plan: LanePlan) => boolean;

const byId = (plans: readonly LanePlan[]): ReadonlyMap<LaneId, LanePlan> =>
  new Map(plans.map((plan) => [plan.id, plan]));
