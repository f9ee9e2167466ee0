import type { LoggedEvent, Position } from '../domain/event.ts';
import { aheadMax, windowCharsMax, windowEventsMax } from '../domain/limits.ts';
import { assert } from '../lib/assert.ts';
import { Inbox, type InboxOptions } from './inbox.ts';
import type { Waiting } from './user-order.ts';
import { type Taken, takenOf, Window } from './window.ts';

/** Stretches of the log at most that a lane works on at once. */
const STRETCHES_MAX = 8;
/** How far behind a lane has to be for that. With less, the order of the log is worth more than a moment. */
const BACKLOG_MIN = 256;
/** Of so many events that a lane takes, at least one is of its oldest stretch. */
const OLDEST_EACH = 4;

/** A stretch of the log: what is next of it, and what was taken of it. */
interface Stretch {
  readonly inbox: Inbox;
  readonly window: Window;
  /** `Infinity` for the one that follows the tail. */
  upTo: Position;
  /** How many events were taken of it. */
  taken: number;
}

/**
 * What a lane takes off the log, and from it the lane's floor.
 *
 * Usually one stretch: all that comes, in order. When the lane goes on after it was held, what had waited meanwhile is
 * a backlog; then new events have a stretch of their own, and go first, so that they need not wait for hours of it. Of
 * four events one is of the oldest stretch, so that the backlog is worked off however much comes.
 *
 * The floor is the oldest stretch's until that is through, and what ended beyond it is told by its rows. After a restart
 * there is one stretch again, without what those say has ended. Therefore the newer ones run ahead by `aheadMax` events at
 * most: then they wait for the oldest.
 */
export class Intake {
  readonly #options: InboxOptions;
  readonly #maySplit: boolean;
  #stretches: Stretch[];
  /** Events taken since the last one of the oldest stretch. */
  #sinceOldest = 0;
  /** Events that were taken of newer stretches than the oldest. */
  #ahead = 0;

  /** @param maySplit whether newer events may go before older ones */
  constructor(options: InboxOptions, maySplit: boolean) {
    this.#options = options;
    this.#maySplit = maySplit;
    this.#stretches = [stretchOf(options)];
  }

  /** New events are handed over as they become durable. */
  get isLive(): boolean {
    return this.#newest.inbox.isLive;
  }

  /** Nothing is there to take, and the log may have events for it that were not read yet. */
  get mayFill(): boolean {
    return this.next === null && this.#stretches.some(({ inbox }) => inbox.mayFill);
  }

  /** What `take` answers: null when nothing is there, or no more may be taken now. */
  get next(): LoggedEvent | null {
    return this.#turn()?.inbox.next ?? null;
  }

  /** All at or below has been taken and is settled, or does not concern this lane. */
  get floor(): Position {
    const { window, inbox } = this.#oldest;
    return window.floor(inbox.takenTo);
  }

  /** Events that were taken and are not settled. */
  get unsettled(): number {
    return this.#stretches.reduce((sum, { window }) => sum + window.unsettled, 0);
  }

  /** Hands over a new event of one of this lane's sources. */
  offer(event: LoggedEvent): void {
    this.#newest.inbox.offer(event);
  }

  take(): Waiting | null {
    const stretch = this.#turn();
    const event = stretch?.inbox.take() ?? null;
    if (stretch === null || event === null) return null;
    const isOldest = stretch === this.#oldest;
    this.#sinceOldest = isOldest ? 0 : this.#sinceOldest + 1;
    if (!isOldest) this.#ahead += 1;
    stretch.taken += 1;
    const taken = takenOf(event);
    stretch.window.take(taken);
    return { event, taken };
  }

  /** What was taken is finished or parked. */
  settle(taken: Taken): void {
    const [only] = this.#stretches;
    const isAlone = this.#stretches.length === 1;
    const stretch = isAlone ? only : this.#stretches.find(({ upTo }) => taken.position <= upTo);
    assert(stretch !== undefined, 'what was taken is of a stretch');
    stretch.window.settle(taken);
    if (!isAlone) this.#dropPassed();
  }

  /** Reads on where there is room. */
  refill(): void {
    for (const { inbox } of this.#stretches) inbox.refill();
    this.#dropPassed();
  }

  /** Keeps nothing ready: what was not taken is read again from the log. */
  letGo(): void {
    for (const { inbox } of this.#stretches) inbox.letGo();
  }

  /** The lane goes on after it was held: what waited meanwhile is a stretch of its own, behind what comes from now on. */
  goOn(): void {
    const { position } = this.#options.tail;
    const isWorthIt = !this.isLive && position - this.#newest.inbox.takenTo > BACKLOG_MIN;
    if (!this.#maySplit || !isWorthIt || this.#stretches.length >= STRETCHES_MAX) return;
    const backlog = this.#newest;
    backlog.inbox.endAt(position);
    backlog.upTo = position;
    this.#stretches.push(stretchOf({ ...this.#options, after: position, settled: new Float64Array() }));
    this.#options.onLiveChange();
  }

  /** How many events wait here or in the log; of the latter also those that turn out not to concern this lane. */
  async waiting(): Promise<number> {
    let waiting = 0;
    for (const { inbox } of [...this.#stretches]) waiting += await inbox.waiting();
    return waiting;
  }

  /** The oldest event that is not settled, taken or not; null when there is none. Reads the log where it has to. */
  async oldest(): Promise<Position | null> {
    for (const { inbox, window } of [...this.#stretches]) {
      const oldest = window.oldest ?? (await inbox.oldest())?.position ?? null;
      if (oldest !== null) return oldest;
    }
    return null;
  }

  /** Passes over all up to there that was not taken. Answers how many events of this lane that were. */
  async expire(upTo: Position): Promise<number> {
    let expired = 0;
    for (const { inbox, upTo: end } of [...this.#stretches]) expired += await inbox.expire(Math.min(upTo, end));
    this.#dropPassed();
    return expired;
  }

  /** What was not taken stays in the log. */
  close(): void {
    for (const { inbox } of this.#stretches) inbox.close();
  }

  get #oldest(): Stretch {
    const [oldest] = this.#stretches;
    assert(oldest !== undefined, 'there is always a stretch');
    return oldest;
  }

  get #newest(): Stretch {
    return this.#stretches.at(-1) ?? this.#oldest;
  }

  /** Whose turn it is: the newest that has something, and in turns the oldest. */
  #turn(): Stretch | null {
    const oldest = this.#oldest;
    if (this.#stretches.length === 1) return hasNext(oldest) ? oldest : null;
    if (hasNext(oldest) && (this.#sinceOldest >= OLDEST_EACH - 1 || this.#ahead >= aheadMax)) return oldest;
    if (this.#ahead < aheadMax) return this.#stretches.findLast(hasNext) ?? null;
    return null;
  }

  /** Those that are through, with all that was taken of them settled. */
  #dropPassed(): void {
    while (this.#stretches.length > 1 && isThrough(this.#oldest)) {
      this.#oldest.inbox.close();
      this.#stretches.shift();
      // What was taken of the one that is the oldest now is ahead no more.
      this.#ahead -= this.#oldest.taken;
    }
  }
}

function stretchOf(options: InboxOptions): Stretch {
  return { inbox: new Inbox(options), window: new Window(windowEventsMax, windowCharsMax), upTo: Infinity, taken: 0 };
}

function hasNext({ inbox, window }: Stretch): boolean {
  return inbox.next !== null && window.hasRoom;
}

function isThrough({ inbox, window, upTo }: Stretch): boolean {
  return inbox.isEmpty && window.size === 0 && inbox.takenTo >= upTo;
}
