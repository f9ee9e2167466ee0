import type { Ambient } from '../ports/ambient.ts';

/** Of what is shared, an endpoint may hold this much of what is still free. */
const THRESHOLD = 1 / 4;

export interface BudgetLimits {
  /** Attempts in flight, over all endpoints. */
  readonly attemptsMax: number;
  /** Characters of the bodies that these hold. */
  readonly charsMax: number;
}

/**
 * What all endpoints together may have in flight, in attempts and in characters of bodies, shared so that those that
 * hang cannot take what the others need. Of both, half is divided evenly, and half is for who comes. An attempt may
 * begin at an endpoint that
 *
 * 1. holds less than its own share, which is total / 2 / the number of endpoints, rounded up to a power of two;
 * 2. or holds, beyond its share, less than a quarter of what is free of the shared half.
 *
 * So, whatever the others do: each endpoint can always have its share in flight, 2 attempts with 1,000 endpoints.
 * And of a shared half S, n endpoints that take all they are given have at most S·n/(n+4), evenly, so that something
 * is always free: with 200 of 1,000 that hang each holds 12 attempts, and 41 are left for whoever needs a third one.
 * More than 2,048 endpoints have no attempts of their own, and everything is shared in this way.
 *
 * No total is exceeded but by what attempts in flight are too many when endpoints are added, and, in characters, by one
 * body for each endpoint, since nobody knows how large the next one is. Every operation takes constant time, but for
 * counting anew when the number of endpoints passes a power of two.
 */
export class Budget {
  readonly #ambient: Pick<Ambient, 'soon'>;
  readonly #attempts: Pool;
  readonly #chars: Pool;
  readonly #shares = new Set<Share>();
  /** Who waits, by how many attempts it has in flight; among equals, who has waited longest is first. */
  readonly #waiting: (Set<Share> | undefined)[] = [];
  #waitingCount = 0;
  #willWake = false;

  constructor({ attemptsMax, charsMax }: BudgetLimits, ambient: Pick<Ambient, 'soon'>) {
    this.#ambient = ambient;
    this.#attempts = new Pool(attemptsMax);
    this.#chars = new Pool(charsMax);
  }

  /** @param onRoom called when there may be room, after there was none. Who still wants it asks again. */
  open(onRoom: () => void): Share {
    const share = new Share(this, onRoom);
    this.#shares.add(share);
    this.#countAnew();
    return share;
  }

  /** @internal */
  close(share: Share): void {
    this.#forget(share);
    this.#attempts.changed(share.attempts, 0);
    this.#chars.changed(share.chars, 0);
    this.#shares.delete(share);
    this.#countAnew();
    this.#wakeSoon();
  }

  /** @internal */
  hasRoom({ attempts, chars }: Share): boolean {
    return this.#attempts.hasRoom(attempts) && this.#chars.hasRoom(chars);
  }

  /** @internal It found no room. */
  wait(share: Share): void {
    if (share.waitsAt !== null) return;
    share.waitsAt = share.attempts;
    (this.#waiting[share.waitsAt] ??= new Set()).add(share);
    this.#waitingCount += 1;
  }

  /** @internal What a share held was this. */
  changed(share: Share, attemptsBefore: number, charsBefore: number): void {
    this.#attempts.changed(attemptsBefore, share.attempts);
    this.#chars.changed(charsBefore, share.chars);
    if (share.waitsAt !== null) {
      this.#forget(share);
      this.wait(share);
    }
    if (share.attempts < attemptsBefore) this.#wakeSoon();
  }

  #forget(share: Share): void {
    if (share.waitsAt === null) return;
    this.#waiting[share.waitsAt]?.delete(share);
    share.waitsAt = null;
    this.#waitingCount -= 1;
  }

  /** Not at once: what ended has not been told to its lane yet. */
  #wakeSoon(): void {
    if (this.#waitingCount === 0 || this.#willWake) return;
    this.#willWake = true;
    this.#ambient.soon(() => {
      this.#willWake = false;
      this.#wake();
    });
  }

  /** Each is woken once: when it still finds room, it does not wait again. */
  #wake(): void {
    for (let left = this.#waitingCount; left > 0; left -= 1) {
      const share = this.#least();
      // Who has more finds no room where it finds none.
      if (share === null || !this.hasRoom(share)) return;
      this.#forget(share);
      share.onRoom();
    }
  }

  #least(): Share | null {
    for (const waiting of this.#waiting) {
      const first = waiting?.values().next().value;
      if (first !== undefined) return first;
    }
    return null;
  }

  #countAnew(): void {
    const shares = this.#shares;
    this.#attempts.resize(shares.size, () => [...shares].map(({ attempts }) => attempts));
    this.#chars.resize(shares.size, () => [...shares].map(({ chars }) => chars));
  }
}

/** What one endpoint holds of the budget. */
export class Share {
  readonly #budget: Budget;
  readonly #onRoom: () => void;
  #attempts = 0;
  #chars = 0;
  #isClosed = false;
  /** @internal How many attempts it has in flight while it waits; null while it does not. */
  waitsAt: number | null = null;

  /** @internal */
  constructor(budget: Budget, onRoom: () => void) {
    this.#budget = budget;
    this.#onRoom = onRoom;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get chars(): number {
    return this.#chars;
  }

  /** Whether an attempt may begin. When none may, `onRoom` is called once there may be room. */
  hasRoom(): boolean {
    if (this.#budget.hasRoom(this)) return true;
    if (!this.#isClosed) this.#budget.wait(this);
    return false;
  }

  /** An attempt begins, whose body has that many characters. */
  enter(chars: number): void {
    this.#change(1, chars);
  }

  leave(chars: number): void {
    this.#change(-1, -chars);
  }

  /** Gives everything back. Attempts in flight do not count any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#budget.close(this);
  }

  /** @internal */
  onRoom(): void {
    this.#onRoom();
  }

  #change(attempts: number, chars: number): void {
    const { attempts: attemptsBefore, chars: charsBefore } = this;
    this.#attempts += attempts;
    this.#chars += chars;
    if (!this.#isClosed) this.#budget.changed(this, attemptsBefore, charsBefore);
  }
}

/** One thing that is scarce: half of it divided into equal shares, half of it for who comes. */
class Pool {
  readonly #total: number;
  #shares = 0;
  /** What each may have in any case. */
  #own = 0;
  /** What all hold beyond their own. */
  #taken = 0;

  constructor(total: number) {
    this.#total = total;
  }

  hasRoom(held: number): boolean {
    if (held < this.#own) return true;
    return held - this.#own < THRESHOLD * (this.#total - this.#own * this.#shares - this.#taken);
  }

  changed(before: number, after: number): void {
    this.#taken += Math.max(0, after - this.#own) - Math.max(0, before - this.#own);
  }

  /** @param held what each share holds, asked for where what is its own changes */
  resize(shares: number, held: () => readonly number[]): void {
    this.#shares = shares;
    const own = Math.floor(this.#total / 2 / powerOfTwoFrom(shares));
    if (own === this.#own) return;
    this.#own = own;
    this.#taken = held().reduce((sum, each) => sum + Math.max(0, each - own), 0);
  }
}

/** The smallest one that is not less. */
function powerOfTwoFrom(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, count)));
}
