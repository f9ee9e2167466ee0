import type { NewAuditEntry, Noted } from '../domain/audit.ts';
import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import type { LaneId } from '../domain/delivery.ts';
import { lanesOf, replayLaneId, replayLanesOf } from '../domain/lane-plan.ts';
import { replayEventsMax, replaysAtOnceMax } from '../domain/limits.ts';
import {
  ERASED_USER,
  isUnfinished,
  NO_PROGRESS,
  type Replay,
  type ReplayEndReason,
  type ReplayFilter,
  type ReplayId,
  type ReplayProgress,
  type ReplaySlice,
} from '../domain/replay.ts';
import type { Workspace } from '../domain/workspace.ts';
import { assert } from '../lib/assert.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { ReplayStore } from '../ports/replay-store.ts';
import type { EventSelector, SelectedPage } from './select-events.ts';

/** How often running replays are looked at, for whether they are through. */
const LOOK_MS = 500;
/** How long counting rests when the index is not there yet. */
const REST_MS = 200;

export interface ReplaysOptions {
  readonly store: ReplayStore;
  readonly selector: Pick<EventSelector, 'page' | 'rangeOf'>;
  readonly workspace: { current(): Pick<Workspace, 'sources' | 'destinations'> };
  readonly ambient: Pick<Ambient, 'nowMs' | 'after' | 'uuid'>;
  readonly onFailure: (error: unknown) => void;
}

/** Where lanes are. */
export interface ReplayLanes {
  /** Makes the lanes what they should be, by the `slices` that there are now. */
  apply(): Promise<void>;
  /** See `Dispatcher.replayStanding`. */
  standing(lanes: readonly LaneId[], running: readonly LaneId[]): Promise<ReplayStanding>;
}

export interface ReplayStanding {
  /** Nothing of it is left to send. */
  readonly isThrough: boolean;
  readonly progress: ReplayProgress;
}

export interface ReplayRequest extends Pick<Replay, 'destination' | 'filter' | 'fromMs' | 'toMs' | 'ratePerSecond'> {
  readonly filter: ReplayFilter;
}

/** What an operator has done to a replay. */
export interface ReplayAction extends Pick<NewAuditEntry, 'subject'>, Partial<Pick<NewAuditEntry, 'after'>> {
  readonly action: 'replay.create' | 'replay.cancel' | 'replay.pause' | 'replay.resume';
}

/**
 * The replays: made, counted one after the other, run, and ended. What a replay is to do is durable before it begins,
 * and that it ended before its lanes are dropped, so that it goes on after any stop where it was, and never anew.
 */
export class Replays {
  readonly #options: ReplaysOptions;
  /** Those that have not ended, oldest first, and those that have. */
  readonly #replays = new Map<ReplayId, Replay>();
  readonly #positions = new Map<ReplayId, Float64Array>();
  #lanes: ReplayLanes | null = null;
  #counting: Promise<void> | null = null;
  #timer: { cancel(): void } | null = null;
  #isStopped = false;

  private constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** Reads what there is. Nothing is counted or looked at before `begin`. */
  static async open(options: ReplaysOptions): Promise<Replays> {
    const replays = new Replays(options);
    for (const replay of (await options.store.all()).toReversed()) {
      replays.#replays.set(replay.id, replay);
      const positions = isUnfinished(replay) ? await options.store.positions(replay.id) : null;
      if (positions !== null) replays.#positions.set(replay.id, positions);
    }
    return replays;
  }

  /** What lanes are to be told of those that run or are paused. */
  get slices(): readonly ReplaySlice[] {
    return [...this.#replays.values()].filter(isRunning).map((replay) => this.#sliceOf(replay));
  }

  /** The lanes are there: goes on with what was not counted, and looks at what runs. */
  begin(lanes: ReplayLanes): void {
    this.#lanes = lanes;
    this.#countNext();
    this.#lookSoon();
  }

  /** Newest first. */
  list(): readonly Replay[] {
    return [...this.#replays.values()].reverse();
  }

  /** As far as it has come by now. Rejects `replay_not_found`. */
  async get(id: ReplayId): Promise<Replay> {
    const replay = this.#found(id);
    return isRunning(replay) ? this.#look(replay) : replay;
  }

  /**
   * Begins one, which is counted first. Rejects `destination_not_found`, `destination_disabled`, `source_not_found`,
   * `too_many_replays`, `disk_full`.
   */
  async create(
    { destination: id, filter, fromMs, toMs, ratePerSecond }: ReplayRequest,
    noted: Noted<ReplayAction>,
  ): Promise<Replay> {
    const destination = this.#destinationOf(id);
    if (destination === null) throw new SluiceError('destination_not_found', { destination: id.slice(0, 64) });
    if (!destination.enabled) throw new SluiceError('destination_disabled', { destination: id });
    const { source } = filter;
    const { workspace, selector, ambient } = this.#options;
    if (source !== undefined && !workspace.current().sources.some((each) => each.id === source))
      throw new SluiceError('source_not_found', { source: source.slice(0, 64) });
    if (this.#unfinished().length >= replaysAtOnceMax)
      throw new SluiceError('too_many_replays', { max: replaysAtOnceMax });
    const replay: Replay = {
      id: `rpl_${ambient.uuid().replaceAll('-', '').slice(-16)}`,
      ...{ destination: id, filter, fromMs, toMs, ratePerSecond },
      sources: source === undefined ? destination.sources : [source],
      ...(await selector.rangeOf(fromMs, toMs)),
      ...{ state: 'counting', reason: null, events: 0, lanes: [], endedAtMs: null, progress: NO_PROGRESS },
      createdAtMs: ambient.nowMs(),
    };
    // Without its filter, which may name a person.
    const action = { action: 'replay.create', subject: replay.id, after: { destination: id } } as const;
    await noted(action, async () => this.#keep(replay));
    this.#countNext();
    return replay;
  }

  /** Sends no more of it: what it still owes is cancelled. Rejects `replay_not_found`, `replay_ended`. */
  async cancel(id: ReplayId, noted: Noted<ReplayAction>): Promise<Replay> {
    this.#unfinishedOf(id);
    return noted({ action: 'replay.cancel', subject: id }, async () =>
      this.#end(this.#unfinishedOf(id), 'cancelled', 'cancelled'),
    );
  }

  /** Sends no more of it for now: attempts in flight end. Rejects `replay_not_found`, `replay_ended`, `replay_counting`. */
  async pause(id: ReplayId, noted: Noted<ReplayAction>): Promise<Replay> {
    this.#countedOf(id);
    return noted({ action: 'replay.pause', subject: id }, async () => this.#turn(id, 'paused'));
  }

  /** Goes on with it. Rejects as `pause` does. */
  async resume(id: ReplayId, noted: Noted<ReplayAction>): Promise<Replay> {
    this.#countedOf(id);
    return noted({ action: 'replay.resume', subject: id }, async () => this.#turn(id, 'running'));
  }

  /**
   * Forgets who it was that replays were to be about, who is being erased. What has not ended is cancelled: nothing of
   * it is left to send. Rejects `disk_full`, `file_pinned`: to be asked for again.
   */
  async erase(person: string): Promise<void> {
    const about = [...this.#replays.values()].filter(({ filter }) => filter.user === person);
    for (const { id } of about) {
      const { filter, ...replay } = await this.#end(this.#found(id), 'cancelled', 'person_erased');
      await this.#keep({ ...replay, filter: { ...filter, user: ERASED_USER } });
    }
    await this.#options.store.forgetWhatWas();
  }

  /** Nothing is counted any more, and nothing looked at. What runs goes on at the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#counting;
    await this.#options.store.close();
  }

  async #turn(id: ReplayId, state: 'paused' | 'running'): Promise<Replay> {
    await this.#keep({ ...this.#countedOf(id), state });
    await this.#running.apply();
    this.#lookSoon();
    return this.get(id);
  }

  #countNext(): void {
    if (this.#counting !== null || this.#isStopped) return;
    const replay = this.#unfinished().find(({ state }) => state === 'counting');
    if (replay === undefined) return;
    this.#counting = this.#count(replay).then(
      () => {
        this.#counting = null;
        this.#countNext();
      },
      (error: unknown) => {
        this.#counting = null;
        this.#options.onFailure(error);
      },
    );
  }

  /** Counted anew after a restart: what was counted so far was not kept. */
  async #count(replay: Replay): Promise<void> {
    const { id } = replay;
    const positions: number[] = [];
    let listed = true;
    let events = 0;
    for (let from: number | null = null; ;) {
      const destination = this.#destinationOf(replay.destination);
      if (destination?.enabled !== true) {
        await this.#end(this.#found(id), 'cancelled', 'destination_gone');
        return;
      }
      const page: SelectedPage = await this.#options.selector.page({ ...replay, destination }, from);
      // Cancelled meanwhile, or everything is about to end.
      if (this.#isStopped || this.#found(id).state !== 'counting') return;
      events += page.count;
      listed = page.positions !== null;
      for (const position of page.positions ?? []) positions.push(position);
      this.#replays.set(id, { ...this.#found(id), events });
      if (positions.length > replayEventsMax) {
        await this.#end(this.#found(id), 'cancelled', 'too_many_events');
        return;
      }
      if (page.next === null) break;
      if (page.next === from) await this.#rest();
      from = page.next;
    }
    await this.#run(this.#found(id), listed ? Float64Array.from(positions).sort() : null);
  }

  async #run(replay: Replay, positions: Float64Array | null): Promise<void> {
    const destination = this.#destinationOf(replay.destination);
    if (replay.events === 0 || destination === null) {
      await this.#end(replay, 'finished', null);
      return;
    }
    const lanes = lanesOf(destination).map(({ id }) => replayLaneId(id, replay.id));
    if (positions !== null) this.#positions.set(replay.id, positions);
    await this.#keep({ ...replay, state: 'running', lanes }, positions);
    await this.#running.apply();
    this.#lookSoon();
  }

  #lookSoon(): void {
    if (this.#timer !== null || this.#isStopped || !this.#unfinished().some(isRunning)) return;
    this.#timer = this.#options.ambient.after(LOOK_MS, () => {
      this.#lookAtAll()
        .then(() => {
          this.#timer = null;
          this.#lookSoon();
        })
        .catch((error: unknown) => {
          if (!this.#isStopped) this.#options.onFailure(error);
        });
    });
  }

  async #lookAtAll(): Promise<void> {
    for (const replay of this.#unfinished().filter(isRunning)) {
      if (this.#isStopped) return;
      await this.#look(replay);
    }
  }

  /** Learns how far it is, and ends it when it is through or its destination is gone. */
  async #look(replay: Replay): Promise<Replay> {
    const destination = this.#destinationOf(replay.destination);
    const plans = destination?.enabled === true ? replayLanesOf(destination, this.#sliceOf(replay)) : [];
    const running = plans.map(({ id }) => id);
    const { isThrough, progress } = await this.#running.standing(replay.lanes, running);
    const current = this.#found(replay.id);
    if (!isRunning(current)) return current;
    const seen = { ...current, progress };
    this.#replays.set(replay.id, seen);
    if (plans.length === 0) return this.#end(seen, 'cancelled', 'destination_gone');
    return isThrough ? this.#end(seen, 'finished', null) : seen;
  }

  /** Noted before its lanes are dropped: otherwise, after a crash in between, they would begin anew. */
  async #end(replay: Replay, state: 'finished' | 'cancelled', reason: ReplayEndReason | null): Promise<Replay> {
    if (!isUnfinished(this.#found(replay.id))) return this.#found(replay.id);
    const hadLanes = isRunning(replay);
    await this.#keep({ ...replay, state, reason, endedAtMs: this.#options.ambient.nowMs() });
    this.#positions.delete(replay.id);
    if (!hadLanes) return this.#found(replay.id);
    await this.#running.apply();
    const { progress } = await this.#running.standing(replay.lanes, []);
    await this.#keep({ ...this.#found(replay.id), progress });
    return this.#found(replay.id);
  }

  get #running(): ReplayLanes {
    assert(this.#lanes !== null, 'replays have begun');
    return this.#lanes;
  }

  async #keep(replay: Replay, positions: Float64Array | null = null): Promise<void> {
    await this.#options.store.put(replay, positions);
    this.#replays.set(replay.id, replay);
  }

  #sliceOf(replay: Replay): ReplaySlice {
    const { id, destination, sources, after, upTo, ratePerSecond, lanes, state, filter } = replay;
    return {
      ...{ id, destination, sources, after, upTo, ratePerSecond, lanes },
      query: filter,
      positions: this.#positions.get(id) ?? null,
      isPaused: state === 'paused',
    };
  }

  #unfinished(): readonly Replay[] {
    return [...this.#replays.values()].filter(isUnfinished);
  }

  #found(id: ReplayId): Replay {
    const replay = this.#replays.get(id);
    if (replay === undefined) throw new SluiceError('replay_not_found', { id: id.slice(0, 64) });
    return replay;
  }

  #unfinishedOf(id: ReplayId): Replay {
    const replay = this.#found(id);
    if (!isUnfinished(replay)) throw new SluiceError('replay_ended', { id, state: replay.state });
    return replay;
  }

  #countedOf(id: ReplayId): Replay {
    const replay = this.#unfinishedOf(id);
    if (replay.state === 'counting') throw new SluiceError('replay_counting', { id });
    return replay;
  }

  #destinationOf(id: string): Destination | null {
    return this.#options.workspace.current().destinations.find((each) => each.id === id) ?? null;
  }

  async #rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#options.ambient.after(REST_MS, resolve);
    });
  }
}

/** It has lanes, or will once it goes on. */
function isRunning({ state }: Replay): boolean {
  return state === 'running' || state === 'paused';
}
