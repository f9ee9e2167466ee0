import type { LoggedEvent, Position, Slice } from '../domain/event.ts';
import type { LaneLog } from './feed.ts';

/**
 * How much a lane keeps ready. Beyond it the log keeps the rest, at no cost. Four times as much is collected twice before
 * it is sent, and then copied into the old generation: 8 µs more for an event.
 */
const QUEUE_EVENTS_MAX = 256;
const QUEUE_CHARS_MAX = 2 * 1024 * 1024;
/**
 * One read of a lane that is behind: a fraction of the queue, so that reading and sending overlap. The first ones are
 * smaller, and each twice the one before: an endpoint that is down is probed with one event, and two hundred of them at
 * once would read for 60 ms what they let go of again.
 */
const READ_EVENTS_MAX = 128;
const READ_EVENTS_FIRST = 4;
const READ_CHARS_MAX = 1024 * 1024;

export interface InboxOptions {
  readonly log: LaneLog;
  readonly sources: ReadonlySet<string>;
  /** How far the dispatcher has handed out the log. */
  readonly tail: { readonly position: Position };
  /** Where this lane begins: all at or below is done with. */
  readonly after: Position;
  /** Positions above `after` that are done with already. */
  readonly settled: Float64Array;
  /** Whether an event concerns this destination, beyond its source. */
  readonly isWanted: (event: LoggedEvent) => boolean;
  /** Events have come. */
  readonly onEvents: () => void;
  /** It is live, or is no longer. */
  readonly onLiveChange: () => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The next events of a lane, in the order of the log, none twice and none left out.
 *
 *     live ──queue full──▶ behind ──queue half empty──▶ reading ──reached the tail──▶ live
 *                            ▲                             │
 *                            └────────more to read─────────┘
 * - **live**: the dispatcher hands over each event as it becomes durable.
 * - **behind**, **reading**: what the dispatcher hands over is ignored; the lane reads its range from the log itself.
 *   A lane that stops taking, for whatever reason, ends here and costs nothing; one that is held also lets go of what
 *   it kept ready.
 *
 * Before the log forgets events, those that were not taken are passed over and counted (`expire`).
 */
export class Inbox {
  readonly #options: InboxOptions;
  /** Up to where this inbox goes. */
  #tail: { readonly position: Position };
  readonly #settled: Set<Position>;
  #state: 'live' | 'behind' | 'reading' | 'closed' = 'behind';
  /** While not live: everything at or below is queued or does not concern this lane. */
  #reached: Position;
  /** Of the next read. */
  #readEvents = READ_EVENTS_FIRST;
  /** The read under way. */
  #reading: Promise<void> = Promise.resolve();
  /** Of the events that were not read yet: up to `to`, that many once `counted`. Null while live, or when nobody asked. */
  #unread: { to: Position; count: number; counted: Promise<void> } | null = null;
  /** Up to here it is known what this lane is owed: of what will be read again, these. */
  #judgedTo: Position = 0;
  readonly #letGo = new Set<Position>();
  #queue: LoggedEvent[] = [];
  #head = 0;
  #chars = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#tail = options.tail;
    this.#reached = options.after;
    this.#settled = new Set(options.settled);
    if (this.#reached >= options.tail.position) this.#state = 'live';
  }

  /** Events are handed over as they become durable. */
  get isLive(): boolean {
    return this.#state === 'live';
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** It is empty, and the log may have events for it that were not read yet. */
  get mayFill(): boolean {
    return this.isEmpty && (this.#state === 'behind' || this.#state === 'reading');
  }

  /** Everything up to here has been taken, or does not concern this lane. */
  get takenTo(): Position {
    const next = this.#queue[this.#head];
    if (next !== undefined) return next.position - 1;
    return this.#state === 'live' ? Math.max(this.#reached, this.#tail.position) : this.#reached;
  }

  /** Goes no further than this: another inbox takes what comes after. Not before what it has reached. */
  endAt(position: Position): void {
    this.#tail = { position };
  }

  /** Hands over a new event of one of this lane's sources. */
  offer(event: LoggedEvent): void {
    if (this.#state !== 'live' || event.position <= this.#reached) return;
    if (this.#size >= QUEUE_EVENTS_MAX || this.#chars >= QUEUE_CHARS_MAX) {
      this.#state = 'behind';
      this.#reached = event.position - 1;
      this.#options.onLiveChange();
      return;
    }
    this.#push(event);
  }

  /** What `take` answers next. */
  get next(): LoggedEvent | null {
    return this.#queue[this.#head] ?? null;
  }

  take(): LoggedEvent | null {
    const event = this.#queue[this.#head];
    if (event === undefined) return null;
    this.#head += 1;
    this.#chars -= event.body.length;
    if (this.isEmpty || this.#head >= QUEUE_EVENTS_MAX) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  /** Reads on when this lane is behind and has room. */
  refill(): void {
    if (this.#state !== 'behind') return;
    if (this.#size > QUEUE_EVENTS_MAX / 2 || this.#chars > QUEUE_CHARS_MAX / 2) return;
    this.#state = 'reading';
    this.#reading = this.#read();
    this.#reading.catch(this.#options.onFailure);
  }

  /** Keeps nothing ready: what was not taken is read again from the log, once somebody wants it (`refill`). */
  letGo(): void {
    if (this.isEmpty || (this.#state !== 'live' && this.#state !== 'behind')) return;
    const wasLive = this.isLive;
    this.#reached = this.takenTo;
    for (const { position } of this.#queue.slice(this.#head)) this.#letGo.add(position);
    this.#dropQueued(Infinity);
    this.#unread = null;
    this.#readEvents = READ_EVENTS_FIRST;
    this.#state = 'behind';
    if (wasLive) this.#options.onLiveChange();
  }

  /** How many events wait here or in the log; of the latter also those that turn out not to concern this lane. */
  async waiting(): Promise<number> {
    const { log, sources } = this.#options;
    const tail = this.#tail;
    if (this.isLive || this.#state === 'closed') return this.#size;
    // Each stretch of the log is counted once: what is read meanwhile is taken off again.
    const unread = (this.#unread ??= { to: this.#reached, count: 0, counted: Promise.resolve() });
    const range = { after: unread.to, upTo: Math.max(unread.to, tail.position) };
    unread.to = range.upTo;
    // Whoever asks meanwhile waits for what is being counted already.
    unread.counted = Promise.all([log.count({ sources, ...range }), unread.counted]).then(([count]) => {
      unread.count += count;
    });
    await unread.counted;
    return this.#size + Math.max(0, unread.count);
  }

  /** The oldest event that was not taken, or null. Reads the log where it has to. */
  async oldest(): Promise<LoggedEvent | null> {
    const queued = this.#queue[this.#head];
    if (queued !== undefined || this.isLive) return queued ?? null;
    const { log, sources } = this.#options;
    const tail = this.#tail;
    const ask = { sources, after: this.#reached, upTo: tail.position, eventsMax: 1, charsMax: 1 };
    return (await log.read(ask)).events[0] ?? null;
  }

  /**
   * Passes over all up to there that was not taken, because the log is about to forget it. Answers how many events of
   * this lane that were.
   */
  async expire(before: Position): Promise<number> {
    const upTo = Math.min(before, this.#tail.position);
    // Not while a read is under way, which would bring some of them back.
    while (this.#state === 'reading' && this.#reached < upTo) await this.#reading;
    let expired = this.#dropQueued(upTo);
    if (this.#state !== 'behind') return expired;
    this.#state = 'reading';
    this.#reading = (async () => {
      while (this.#reached < upTo && this.#state === 'reading') {
        await this.#readTo(upTo, READ_EVENTS_MAX, ({ events }) => {
          expired += events.filter((event) => this.#isOwed(event)).length;
        });
      }
      if (this.#state === 'reading') this.#state = 'behind';
    })();
    await this.#reading;
    this.refill();
    return expired;
  }

  /** What was not taken stays in the log. */
  close(): void {
    this.#reached = this.takenTo;
    this.#state = 'closed';
    this.#queue = [];
    this.#head = 0;
  }

  get #size(): number {
    return this.#queue.length - this.#head;
  }

  async #read(): Promise<void> {
    const eventsMax = this.#readEvents;
    this.#readEvents = Math.min(eventsMax * 2, READ_EVENTS_MAX);
    const slice = await this.#readTo(this.#tail.position, eventsMax, ({ events }) => {
      for (const event of events) this.#push(event);
    });
    if (this.#state !== 'reading') return;
    // The tail may have moved on while this was read: then there is more to read before the lane is live again.
    this.#state = slice.upTo >= this.#tail.position ? 'live' : 'behind';
    if (this.isLive) {
      this.#unread = null;
      this.#options.onLiveChange();
    }
    this.refill();
    this.#options.onEvents();
  }

  /**
   * Reads the next page and hands it over, unless the inbox was closed meanwhile. In one turn with moving on, so that
   * nobody ever sees the inbox past what it has not got yet.
   */
  async #readTo(upTo: Position, eventsMax: number, take: (page: Slice) => void): Promise<Slice> {
    const { log, sources } = this.#options;
    const page = { eventsMax, charsMax: READ_CHARS_MAX };
    const slice = await log.read({ sources, after: this.#reached, upTo, ...page });
    if (this.#unread !== null) this.#unread.count -= slice.events.length;
    if (this.#state !== 'reading') return slice;
    this.#reached = slice.upTo;
    take(slice);
    return slice;
  }

  #dropQueued(upTo: Position): number {
    const kept = this.#queue.slice(this.#head).filter(({ position }) => position > upTo);
    const dropped = this.#size - kept.length;
    if (dropped === 0) return 0;
    this.#queue = kept;
    this.#head = 0;
    this.#chars = kept.reduce((sum, { body }) => sum + body.length, 0);
    return dropped;
  }

  #push(event: LoggedEvent): void {
    if (!this.#isOwed(event)) return;
    this.#queue.push(event);
    this.#chars += event.body.length;
  }

  /** Judged once per event: what is let go is owed. */
  #isOwed(event: LoggedEvent): boolean {
    if (event.position <= this.#judgedTo) return this.#letGo.delete(event.position);
    this.#judgedTo = event.position;
    // What of it the log has forgotten meanwhile is asked for no more.
    if (this.#letGo.size > 0) this.#letGo.clear();
    return !this.#settled.delete(event.position) && this.#options.isWanted(event);
  }
}
