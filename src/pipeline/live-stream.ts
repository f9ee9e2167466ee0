import { SluiceError } from '../domain/errors.ts';
import type { NewEvent, Position } from '../domain/event.ts';
import {
  streamKeptCharsMax,
  streamKeptCharsTotalMax,
  streamKeptMs,
  streamReadersMax,
  streamRefusedBurstMax,
  streamRefusedPerSecondMax,
} from '../domain/limits.ts';
import { isRefusalOf, type StreamKind, type StreamQuery, streamQueryKey } from '../domain/stream-query.ts';
import { Allowance } from '../lib/allowance.ts';
import { assert } from '../lib/assert.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Refusal, Telemetry } from '../ports/telemetry.ts';
import { messageIdIn, sampleOf } from './sample-refusal.ts';
import { Gap, unknownGap } from './stream-gap.ts';
import {
  type ComingEvent,
  type StreamContext,
  type StreamFrames,
  StreamGroup,
  type StreamReader,
  StreamSeat,
} from './stream-group.ts';
import { streamIdOf, streamPlaceOf } from './stream-id.ts';
import { type Alike, StreamIndex } from './stream-index.ts';
import type { StreamEvent, StreamItem } from './stream-item.ts';
import type { AttemptFilter } from './watch-attempts.ts';
import type { WatchedAttempts } from './watched-attempts.ts';

/**
 * What came meanwhile is told at once, to each group in one piece: soon enough for eyes. With many readers less often,
 * since a write takes 20 µs however little it writes: 400 of them are a hundredth of a processor.
 */
const TICK_MS_MIN = 100;
const TICK_MS_PER_READER = 2.5;
/** How often is looked at what takes longer. */
const BEAT_MS = 1_000;
/** Proxies give up on what says nothing for a minute, some for half of one. */
const MARK_EVERY_MS = 15_000;
const CHECK_EVERY_MS = 60_000;
/** What readers that come back are told of what they missed, all together: when a hundred come at once, one by one. */
const MISSED_CHARS = { perSecond: 8 * 1024 * 1024, most: 4 * 1024 * 1024 };

export interface LiveStreamOptions {
  readonly ambient: Pick<Ambient, 'nowMs' | 'elapsedMs' | 'after' | 'uuid'>;
  readonly frames: StreamFrames;
  /** Says which attempts are wanted from now on; resolves when they are watched. */
  readonly watch: (filters: readonly AttemptFilter[]) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

interface Behind {
  readonly seat: StreamSeat;
  /** What it was told before; null: nothing. */
  readonly after: { readonly number: number | null; readonly atMs: number | null } | null;
}

/**
 * The live stream: what is accepted, refused and attempted, told to whoever reads it as it happens.
 *
 * It promises to cost those nothing who send: while nobody reads, a comparison; else what is told goes by what readers
 * can take, and not by what comes. Each set of filters is a group, for which what is told is chosen and written once,
 * however many read it. More than a reader is told is counted, and told as a gap. What was told is kept for a minute, so
 * that a reader that comes back is told the rest, each message once.
 */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #context: StreamContext;
  readonly #instance: string;
  readonly #coming: Coming;
  readonly #groups = new Map<string, StreamGroup>();
  readonly #missed: Allowance;
  readonly #refused: Allowance;
  #number = 0;
  #keys = 0;
  #readers = 0;
  #behind: Behind[] = [];
  #tickTimer: { cancel(): void } | null = null;
  #beatTimer: { cancel(): void } | null = null;
  #isClosed = false;
  /** The groups that want what: events, attempts by their keys, refused calls. */
  #events = new StreamIndex<StreamGroup>([]);
  /** Of those that want events: none of them is told any more in this tick. */
  readonly #spent: Alike<StreamGroup>[] = [];
  #byKey: ReadonlyMap<number, StreamGroup> = new Map();
  #ofRefused: readonly StreamGroup[] = [];

  constructor(options: LiveStreamOptions) {
    const { ambient, frames } = options;
    this.#options = options;
    this.#instance = ambient.uuid().slice(-12);
    this.#context = {
      frames,
      ambient,
      nextNumber: () => (this.#number += 1),
      idOf: (number) => streamIdOf({ instance: this.#instance, number, atMs: ambient.nowMs() }),
      onOpen: () => {
        this.#planTick();
      },
    };
    this.#coming = new Coming(this.#context);
    const nowMs = ambient.elapsedMs();
    this.#missed = new Allowance(MISSED_CHARS, nowMs);
    this.#refused = new Allowance({ perSecond: streamRefusedPerSecondMax, most: streamRefusedBurstMax }, nowMs);
  }

  readonly telemetry: Pick<Telemetry, 'accepted' | 'refused'> = {
    accepted: (_epoch, events, positions) => {
      if (this.#events.isEmpty) return;
      for (const [index, event] of events.entries()) {
        const position = positions[index] ?? 0;
        // A duplicate is no event.
        if (position > 0) this.#events.visit(event, position, this.#coming.with(event, position), this.#take);
      }
    },
    refused: (refusal) => {
      if (this.#ofRefused.length > 0) this.#takeRefused(refusal);
    },
  };

  /** Takes what was chosen where attempts are made. */
  attempted({ attempts, leftOut }: WatchedAttempts): void {
    for (const attempt of attempts) {
      const item: StreamItem = { kind: 'attempt', number: this.#context.nextNumber(), text: null, ...attempt };
      for (const key of attempt.keys) this.#byKey.get(key)?.take(item);
    }
    for (const left of leftOut)
      this.#byKey.get(left.key)?.take({ kind: 'left out', number: this.#number, text: null, ...left });
  }

  /**
   * Tells this reader from now on what it asks for, or from where it was when it is back within a minute.
   *
   * @param lastId of the last message that it has; null when it is new
   * @returns what it is to call when it reads no more
   * @throws SluiceError `too_many_readers`, `shutting_down`
   */
  join(reader: StreamReader, query: StreamQuery, lastId: string | null): () => void {
    if (this.#isClosed) throw new SluiceError('shutting_down');
    if (this.#readers >= streamReadersMax)
      throw new SluiceError('too_many_readers', { max: streamReadersMax, retryAfterS: 5 });
    // Before the group is there, whose own beginning counts for what comes after.
    const after = this.#placeOf(lastId);
    const group = this.#groupOf(query);
    const seat = new StreamSeat(reader, group, this.#context);
    this.#readers += 1;
    group.seats.add(seat);
    group.emptySinceMs = null;
    group.ready
      .then(() => {
        if (seat.state !== 'opening') return;
        seat.state = 'behind';
        this.#behind.push({ seat, after });
        this.#tellMissed();
      })
      .catch(this.#options.onFailure);
    return () => {
      this.#leave(seat);
    };
  }

  /** Keeps nothing of what was told until now: somebody is being erased. */
  forget(): void {
    for (const group of this.#groups.values()) {
      this.#finish(group);
      group.kept.forgetAll(group.told);
    }
  }

  /** Ends all readers, at once. */
  close(): void {
    this.#isClosed = true;
    this.#tickTimer?.cancel();
    this.#beatTimer?.cancel();
    for (const group of this.#groups.values()) for (const seat of group.seats) seat.end();
    this.#groups.clear();
    this.#index();
  }

  #takeRefused(refusal: Refusal): void {
    const { atMs, source, type, subject } = refusal;
    const seen = { source, type, messageId: messageIdIn(subject) };
    const groups = this.#ofRefused.filter(({ query }) => isRefusalOf(seen, query));
    if (groups.length === 0) return;
    const isShown = this.#refused.isThere(this.#options.ambient.elapsedMs());
    if (isShown) this.#refused.spend(1);
    const sample = isShown ? sampleOf(refusal) : null;
    const number = this.#context.nextNumber();
    const item: StreamItem = { kind: 'refused', number, text: null, atMs, ...seen, sample };
    for (const group of groups) group.take(item);
  }

  #planTick(): void {
    if (this.#isClosed) return;
    const ms = Math.max(TICK_MS_MIN, this.#readers * TICK_MS_PER_READER);
    this.#tickTimer ??= this.#options.ambient.after(ms, () => {
      this.#tick();
    });
  }

  #tick(): void {
    this.#tickTimer = null;
    for (const group of this.#groups.values()) this.#finish(group);
    this.#tellMissed();
  }

  #finish(group: StreamGroup): void {
    for (const alike of this.#spent) {
      for (const each of alike.targets) if (alike.leftOut !== null) each.leaveOut(alike.leftOut);
      alike.leftOut = null;
    }
    this.#spent.length = 0;
    group.finish(this.#number);
  }

  /** An event goes to groups. Once none of them tells any more, what they leave out is counted once for all. */
  readonly #take = (alike: Alike<StreamGroup>, coming: ComingEvent): void => {
    if (alike.leftOut !== null) {
      alike.leftOut.addEvent(coming.position, coming.event.receivedAtMs);
      return;
    }
    let isSpent = true;
    for (const group of alike.targets) if (!group.takeEvent(coming)) isSpent = false;
    if (!isSpent) return;
    alike.leftOut = new Gap();
    this.#spent.push(alike);
  };

  #tellMissed(): void {
    const nowMs = this.#options.ambient.elapsedMs();
    const waiting = this.#behind;
    this.#behind = [];
    for (const [index, { seat, after }] of waiting.entries()) {
      if (seat.state !== 'behind') continue;
      if (!this.#missed.isThere(nowMs)) {
        this.#behind = waiting.slice(index);
        this.#planTick();
        return;
      }
      // What is kept is told to those who are live already, so that whoever joins them is told it once.
      this.#finish(seat.group);
      const text = this.#missedText(seat.group, after);
      this.#missed.spend(text.length);
      seat.state = 'live';
      seat.writeText(text);
    }
  }

  #missedText(group: StreamGroup, after: Behind['after']): string {
    const { frames, idOf, ambient } = this.#context;
    const id = idOf(group.told);
    const opening = frames.opening();
    if (after === null) return opening + frames.mark(id);
    const reason = after.number === null ? 'restarted' : 'too_old';
    const missed = after.number === null ? null : group.kept.since(after.number);
    if (missed !== null) return opening + missed + frames.mark(id);
    return opening + frames.gap(unknownGap(reason, after.atMs, ambient.nowMs()), id);
  }

  /** A number of null: of another process, or made up. */
  #placeOf(lastId: string | null): Behind['after'] {
    if (lastId === null) return null;
    const place = streamPlaceOf(lastId);
    if (place === null) return { number: null, atMs: null };
    const isOurs = place.instance === this.#instance && place.number <= this.#number;
    return { number: isOurs ? place.number : null, atMs: Math.min(place.atMs, this.#options.ambient.nowMs()) };
  }

  #groupOf(query: StreamQuery): StreamGroup {
    const key = streamQueryKey(query);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= streamReadersMax) this.#dropEmptiest();
    const group = new StreamGroup((this.#keys += 1), query, this.#context);
    this.#groups.set(key, group);
    group.ready = this.#groupsChanged();
    return group;
  }

  /** There is one without readers where there are as many groups as there may be readers, and one more has come. */
  #dropEmptiest(): void {
    const empty = [...this.#groups].filter(([, { emptySinceMs }]) => emptySinceMs !== null);
    const [oldest] = empty.sort(([, one], [, other]) => (one.emptySinceMs ?? 0) - (other.emptySinceMs ?? 0));
    if (oldest !== undefined) this.#groups.delete(oldest[0]);
  }

  /** Resolves when the attempts that are wanted now are watched. */
  async #groupsChanged(): Promise<void> {
    this.#index();
    if (this.#groups.size > 0) this.#planBeat();
    await this.#options.watch([...this.#byKey.values()].map(({ key, query }) => ({ key, query })));
  }

  #index(): void {
    const groups = [...this.#groups.values()];
    const wanting = (kind: StreamKind): StreamGroup[] => groups.filter(({ query }) => query.kinds.includes(kind));
    this.#events = new StreamIndex(wanting('event'));
    this.#byKey = new Map(wanting('attempt').map((group) => [group.key, group]));
    this.#ofRefused = wanting('refused');
  }

  #leave(seat: StreamSeat): void {
    const { group } = seat;
    seat.state = 'ended';
    if (!group.seats.delete(seat)) return;
    this.#readers -= 1;
    if (group.seats.size === 0) group.emptySinceMs = this.#options.ambient.elapsedMs();
  }

  #planBeat(): void {
    if (this.#isClosed) return;
    this.#beatTimer ??= this.#options.ambient.after(BEAT_MS, () => {
      this.#beatTimer = null;
      this.#beat();
    });
  }

  #beat(): void {
    const nowMs = this.#options.ambient.elapsedMs();
    const charsMax = Math.min(streamKeptCharsMax, streamKeptCharsTotalMax / this.#groups.size);
    const groupsBefore = this.#groups.size;
    for (const [key, group] of this.#groups) {
      if (group.emptySinceMs !== null && nowMs - group.emptySinceMs >= streamKeptMs) this.#groups.delete(key);
      // Nobody gets stuck or goes on between what is counted for them and what they are told.
      this.#finish(group);
      group.kept.prune(nowMs - streamKeptMs, charsMax);
      for (const seat of [...group.seats]) {
        seat.look();
        seat.check(CHECK_EVERY_MS);
        seat.beat(MARK_EVERY_MS);
        if (seat.state === 'ended') this.#leave(seat);
      }
    }
    if (this.#groups.size < groupsBefore) this.#groupsChanged().catch(this.#options.onFailure);
    if (this.#groups.size > 0) this.#planBeat();
  }
}

/** The event that is handed to groups just now: one object for all events, since most are only counted. */
class Coming implements ComingEvent {
  readonly #context: StreamContext;
  #event: NewEvent | null = null;
  #position: Position = 0;
  #item: StreamEvent | null = null;

  constructor(context: StreamContext) {
    this.#context = context;
  }

  with(event: NewEvent, position: Position): this {
    this.#event = event;
    this.#position = position;
    this.#item = null;
    return this;
  }

  get event(): NewEvent {
    assert(this.#event !== null, 'an event is coming');
    return this.#event;
  }

  get position(): Position {
    return this.#position;
  }

  item(): StreamEvent {
    const { event, position } = this;
    this.#item ??= { kind: 'event', number: this.#context.nextNumber(), text: null, event, position };
    return this.#item;
  }
}
