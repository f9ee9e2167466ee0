import type { LoggedEvent } from '../domain/event.ts';
import { behindMax } from '../domain/limits.ts';
import { assert } from '../lib/assert.ts';
import type { Taken } from './window.ts';

/** An event that a lane has taken and not begun. */
export interface Waiting {
  readonly event: LoggedEvent;
  readonly taken: Taken;
}

/** What becomes of an event that was just taken: it begins, waits in the lane, or is parked behind others. */
export type Admission = 'start' | 'wait' | 'park';

/**
 * Whose turn it is in a lane that keeps the order of each user: of a user at most one delivery is under way, and the
 * next begins when that one was delivered or is dead.
 *
 *     free ──start──▶ in flight ──ended, nobody waits──▶ free
 *                      │     ▲ └──ended──▶ the next that waits is in flight
 *                      │     └─ begun once there is room
 *                      └──has to be retried──▶ blocked: it is parked, and what waits parks behind it
 *
 *     blocked ──the last of its parked deliveries ended──▶ free
 * - **in flight**: what comes meanwhile waits here, with its body, within the lane's window.
 * - **blocked**: what comes parks behind, as a row; the delivery store gives them their turn (its promise 6). At most
 *   `behindMax` in a lane: then it takes no more until some of them have ended.
 *
 * Events without a user begin at once.
 */
export class UserOrder {
  /** Users in flight, and what waits for each. */
  readonly #inFlight = new Map<string, Waiting[]>();
  /** Parked deliveries of users who have some. */
  readonly #parked: Map<string, number>;
  #parkedCount: number;
  /** Their user's turn has come. */
  #ready: Waiting[] = [];

  constructor(blocked: ReadonlyMap<string, number>) {
    this.#parked = new Map(blocked);
    this.#parkedCount = [...blocked.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Some user's next one may begin. */
  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Events may be taken. */
  get hasRoom(): boolean {
    return this.#parkedCount < behindMax;
  }

  /** Somebody's deliveries are parked. */
  get isAnyBlocked(): boolean {
    return this.#parkedCount > 0;
  }

  /** What becomes of an event that was taken. Its user is in flight, or has one more parked delivery, afterwards. */
  admit(waiting: Waiting): Admission {
    const { user } = waiting.event;
    if (user === null) return 'start';
    if (this.#parked.has(user)) {
      this.park(user);
      return 'park';
    }
    const others = this.#inFlight.get(user);
    if (others === undefined) this.#inFlight.set(user, []);
    else others.push(waiting);
    return others === undefined ? 'start' : 'wait';
  }

  /** The next one whose turn has come. */
  takeReady(): Waiting | null {
    return this.#ready.shift() ?? null;
  }

  /** This user's delivery, which was never parked, was delivered or is dead. */
  ended(user: string | null): void {
    if (user === null) return;
    const waiting = this.#inFlight.get(user);
    assert(waiting !== undefined, 'what ended was in flight');
    const next = waiting.shift();
    if (next === undefined) this.#inFlight.delete(user);
    else this.#ready.push(next);
  }

  /** A parked delivery of this user was delivered or is dead. */
  unparked(user: string | null): void {
    if (user === null) return;
    const count = this.#parked.get(user);
    assert(count !== undefined, 'what ended was parked');
    this.#parkedCount -= 1;
    if (count > 1) this.#parked.set(user, count - 1);
    else this.#parked.delete(user);
  }

  /** This user's delivery in flight has to be retried, and is parked. Answers what has to park behind it, in order. */
  blocked(user: string | null): readonly Waiting[] {
    if (user === null) return [];
    const waiting = this.#inFlight.get(user);
    assert(waiting !== undefined, 'what is parked was in flight');
    this.#inFlight.delete(user);
    for (let count = waiting.length; count >= 0; count -= 1) this.park(user);
    return waiting;
  }

  /**
   * Lets go of what could begin and cannot, for a while that may be long. Answers it with what waits behind it, user by
   * user: all of it has to be parked, of each user the first to be due at once.
   */
  letGo(): readonly (readonly Waiting[])[] {
    return this.#ready.splice(0).map((first) => {
      const { user } = first.event;
      return [first, ...this.blocked(user)];
    });
  }

  /** One more delivery of this user is parked. */
  park(user: string): void {
    this.#parked.set(user, (this.#parked.get(user) ?? 0) + 1);
    this.#parkedCount += 1;
  }
}
