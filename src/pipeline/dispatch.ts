import type { LaneId } from '../domain/delivery.ts';
import { type Destination, isSameDestination, WEBHOOKS_NAMES } from '../domain/destination.ts';
import type { LoggedEvent, Position, Slice } from '../domain/event.ts';
import { isMeantFor } from '../domain/integrations.ts';
import { windowEventsMax } from '../domain/limits.ts';
import { assert } from '../lib/assert.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore, Grant } from '../ports/delivery-store.ts';
import type { EventReader, Tail } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { OpenWebhookSender } from '../ports/webhook-sender.ts';
import type { LaneEndpoint } from './deliver.ts';
import { DueClock } from './due-clock.ts';
import { Gate } from './gate.ts';
import { Lane } from './lane.ts';
import type { LaneStatus } from './lane-status.ts';
import { Settler } from './settle.ts';
import { RoomWaiter, waitingForRoom } from './wait-for-room.ts';

/** How often floors are settled that moved past events of no concern, so that a restart need not read them again. */
const FLOORS_MS = 1_000;
/** How a lane's window is read after a crash. */
const WINDOW_PAGE = { eventsMax: 256, charsMax: 1024 * 1024 };

export interface DispatcherOptions {
  /** Names this process where lanes are granted. */
  readonly node: string;
  readonly log: EventReader;
  readonly store: DeliveryStore;
  readonly openSender: OpenWebhookSender;
  readonly ambient: Ambient;
  readonly telemetry: Telemetry;
  /** Told of what must not happen; the process should end, which is safe, because all state is in the stores. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Follows the log's durable tail and hands each event to the lanes of its source. Keeps one lane per enabled
 * destination: a new or re-enabled one starts from now, one that was there continues where it stopped, and one that
 * is gone is forgotten with what it still owed.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #settler: Settler;
  readonly #clock: DueClock;
  readonly #lanes = new Map<LaneId, RunningLane>();
  #lanesBySource = new Map<string, Lane[]>();
  /** Sources with a lane at the tail; null when that has to be looked at again. */
  #wanted: ReadonlySet<string> | null = null;
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
    this.#settler = new Settler(store, ambient, room, onFailure);
  }

  /**
   * Resolves when every destination's lane flows.
   *
   * @param newFrom where destinations begin that were never there: the log's end before ingest accepted anything
   */
  async start(destinations: readonly Destination[], newFrom: Position): Promise<void> {
    const { log } = this.#options;
    // What comes before the lanes are there is not lost on them: they read from their floors up to the tail.
    this.#following = await log.follow(
      (slice) => {
        this.#route(slice);
      },
      () => this.#wantedSources(),
    );
    this.#tail.position = Math.max(this.#tail.position, this.#following.after);
    await this.#apply(destinations, newFrom);
    this.#settleFloors();
  }

  /**
   * Applies a change of the workspace. A destination whose settings changed is drained and goes on with the new ones:
   * attempts keep the settings that they began with.
   */
  async update(destinations: readonly Destination[]): Promise<void> {
    await this.#apply(destinations, this.#tail.position);
  }

  /** What is new begins at once; what changed or is gone first has its attempts end, which may take a minute. */
  async #apply(destinations: readonly Destination[], startAt: Position): Promise<void> {
    const enabled = new Map(destinations.filter(({ enabled }) => enabled).map((each) => [each.id, each] as const));
    const stale = [...this.#lanes.values()].filter(({ destination }) => {
      const current = enabled.get(destination.id);
      return current === undefined || !isSameDestination(current, destination);
    });
    const drained = Promise.all(stale.map(async ({ lane }) => lane.drain()));
    await this.#openMissing(enabled, startAt);
    await drained;
    await this.#settler.flush();
    if (this.#isStopping()) return;
    for (const { lane } of stale) this.#close(lane);
    await this.#dropGone(enabled);
    await this.#openMissing(enabled, startAt);
  }

  /** Also those that were there at an earlier start, and are not any more. */
  async #dropGone(enabled: ReadonlyMap<LaneId, Destination>): Promise<void> {
    const { store, ambient } = this.#options;
    for (const lane of (await store.floors()).keys()) {
      if (!enabled.has(lane) && !this.#isStopping()) await store.drop(lane, 'destination_gone', ambient.nowMs());
    }
  }

  async #openMissing(enabled: ReadonlyMap<LaneId, Destination>, startAt: Position): Promise<void> {
    const { store, node } = this.#options;
    const missing = [...enabled.values()].filter(({ id }) => !this.#lanes.has(id));
    if (missing.length === 0 || this.#isStopping()) return;
    const asked = missing.map(({ id }) => ({ lane: id, startAt }));
    for (const grant of await store.hold(node, asked, Number.MAX_SAFE_INTEGER)) {
      const destination = enabled.get(grant.lane);
      if (destination === undefined || this.#isStopping()) continue;
      this.#open(destination, await this.#clearUnclean(grant, destination)).fill();
    }
  }

  /** How each destination stands. One after the other, with pauses in which attempts go on. */
  async status(): Promise<readonly LaneStatus[]> {
    const oldestParked = await this.#options.store.oldestParked();
    const statuses: LaneStatus[] = [];
    for (const { lane } of [...this.#lanes.values()]) {
      statuses.push(await lane.status(oldestParked.get(lane.id) ?? null));
      await new Promise<void>((resolve) => {
        this.#options.ambient.soon(resolve);
      });
    }
    return statuses;
  }

  /**
   * The log is about to forget what is below this position: lanes give up what they never took of it, and count it.
   * Answers up to where the log may forget now: what is in flight, or not settled, holds it, since after a crash
   * nobody would know of it. Waits for no disk, so that pruning can make room on a full one.
   */
  async expire(before: Position): Promise<Position> {
    const lanes = [...this.#lanes.values()].map(({ lane }) => lane);
    for (const lane of lanes) await lane.expire(before - 1);
    for (const lane of lanes) if (lane.hasUnsettledFloor) this.#settler.touch(lane);
    const allowed = Math.min(before, ...lanes.map(({ settledFloor }) => settledFloor + 1));
    await this.#options.store.sync();
    return allowed;
  }

  /**
   * Lets attempts in flight end, for at most `drainMs`, settles what they came to, and gives everything back. An update
   * under way is left where it is, since what it waits for may take longer; the next start does the rest of it.
   */
  async stop(drainMs: number): Promise<void> {
    this.#hasStopped = true;
    this.#following?.stop();
    this.#floorTimer?.cancel();
    const lanes = [...this.#lanes.values()];
    const drained = Promise.all(lanes.map(async ({ lane }) => lane.drain()));
    await this.#within(drainMs, drained);
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
      const lanes = this.#lanesBySource.get(event.source);
      if (lanes === undefined) continue;
      for (const lane of lanes) {
        lane.offer(event);
        touched.add(lane);
      }
    }
    this.#tail.position = slice.upTo;
    for (const lane of touched) lane.fill();
  }

  #open(destination: Destination, grant: Grant): Lane {
    const { delivery: policy, sharedSecret } = destination;
    const { log, store, openSender, ambient, telemetry, onFailure } = this.#options;
    const { timeoutMs, concurrency } = policy;
    const endpoints: LaneEndpoint[] = destination.endpoints.map(({ url, headers }) => ({
      url,
      gate: new Gate(concurrency),
      sender: openSender({ url, headers, sharedSecret, timeoutMs }),
    }));
    const lane = new Lane({
      ...{ grant, endpoints, policy, isWanted, log, store, ambient, telemetry, onFailure },
      clock: this.#clock,
      sources: new Set(destination.sources),
      tail: this.#tail,
      settler: this.#settler,
      onLiveChange: () => {
        this.#wanted = null;
      },
    });
    this.#lanes.set(lane.id, { lane, destination });
    this.#routeAnew();
    return lane;
  }

  #close(lane: Lane): void {
    lane.stop();
    for (const { sender } of lane.endpoints) sender.close().catch(this.#options.onFailure);
    this.#lanes.delete(lane.id);
    this.#routeAnew();
  }

  /** What is not wanted at the tail is read by lanes that are behind, and need not be read twice. */
  #wantedSources(): ReadonlySet<string> {
    if (this.#wanted === null) {
      const live = [...this.#lanes.values()].filter(({ lane }) => lane.isLive);
      this.#wanted = new Set(live.flatMap(({ destination }) => destination.sources));
    }
    return this.#wanted;
  }

  #routeAnew(): void {
    this.#wanted = null;
    this.#lanesBySource = new Map();
    for (const { lane, destination } of this.#lanes.values()) {
      for (const source of destination.sources) {
        const lanes = this.#lanesBySource.get(source);
        if (lanes === undefined) this.#lanesBySource.set(source, [lane]);
        else lanes.push(lane);
      }
    }
  }

  /**
   * After an unclean stop, parks what may have been in flight, as suspects: from then on the store knows what is
   * tried, so that an event that kills the process is found out. Answers the grant as it is afterwards.
   */
  async #clearUnclean(grant: Grant, destination: Destination): Promise<Grant> {
    if (!grant.wasUnclean) return grant;
    const { store, ambient } = this.#options;
    const nowMs = ambient.nowMs();
    const { lane, term } = grant;
    const { suspects, upTo } = await this.#windowOf(grant, destination);
    const floor = Math.max(grant.floor, upTo);
    const parked = suspects.map((suspect) => {
      return { ...suspect, attempts: 0, batch: null, dueAtMs: this.#clock.nowMs(), suspicion: 1 };
    });
    const over = await store.settle([
      { lane, term, floor, atMs: nowMs, finished: [], parked, attempts: [], counts: [], expired: 0 },
    ]);
    assert(over.length === 0, 'a lane that was just granted is still held');
    return {
      ...grant,
      floor,
      settledAbove: grant.settledAbove.filter((position) => position > floor),
      nextDueAtMs: parked[0]?.dueAtMs ?? grant.nextDueAtMs,
      parked: grant.parked + parked.length,
    };
  }

  /** What a lane may have taken past its floor and not settled. Read in pages, since the bodies are not kept. */
  async #windowOf(
    { floor, settledAbove }: Grant,
    { sources }: Destination,
  ): Promise<{ readonly suspects: { readonly position: Position; readonly user: string | null }[]; upTo: Position }> {
    const { log } = this.#options;
    const settled = new Set(settledAbove);
    const suspects = [];
    let upTo = floor;
    for (let left = windowEventsMax; left > 0 && upTo < this.#tail.position;) {
      const ask = { sources: new Set(sources), after: upTo, upTo: this.#tail.position };
      const slice = await log.read({
        ...ask,
        eventsMax: Math.min(left, WINDOW_PAGE.eventsMax),
        charsMax: WINDOW_PAGE.charsMax,
      });
      for (const event of slice.events) {
        if (!settled.has(event.position) && isWanted(event))
          suspects.push({ position: event.position, user: event.user });
      }
      left -= slice.events.length;
      upTo = slice.upTo;
    }
    return { suspects, upTo };
  }

  #settleFloors(): void {
    for (const { lane } of this.#lanes.values()) if (lane.hasUnsettledFloor) this.#settler.touch(lane);
    this.#floorTimer = this.#options.ambient.after(FLOORS_MS, () => {
      this.#settleFloors();
    });
  }

  /** Resolves when the work is done, or after that long. */
  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    const { ambient } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const timer = ambient.after(ms, resolve);
      work
        .then(() => {
          timer.cancel();
          resolve();
        })
        .catch(reject);
    });
  }
}

interface RunningLane {
  readonly lane: Lane;
  readonly destination: Destination;
}

/** Whether the sender means this event for webhooks (protocol section 4.3). */
function isWanted({ integrations }: LoggedEvent): boolean {
  return isMeantFor(integrations, WEBHOOKS_NAMES);
}
