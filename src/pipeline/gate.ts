/**
 * Admission to one endpoint: how many attempts are in flight there at once, and whose turn it is.
 *
 * Retries hold at most half of the slots, so that first attempts always find some, however many old failures come
 * back; and while retries wait, first attempts leave them a quarter, so that a busy endpoint still works off its
 * failures. With fewer than four slots there is no quarter to leave, and the lane's taking turns is what is fair.
 *
 * A destination with several endpoints sends an event to all of them at once, also to one whose gate is full: there
 * its attempt waits, and is withdrawn when another endpoint's success has made it needless.
 */
export class Gate {
  readonly #slots: number;
  readonly #retrySlots: number;
  readonly #keptForRetries: number;
  readonly #waitingFirst = new Set<Ticket>();
  readonly #waitingRetries = new Set<Ticket>();
  #first = 0;
  #retries = 0;

  /** @param slots attempts in flight at most, from 1 */
  constructor(slots: number) {
    this.#slots = slots;
    this.#retrySlots = Math.max(1, Math.floor(slots / 2));
    this.#keptForRetries = Math.floor(slots / 4);
  }

  get inFlight(): number {
    return this.#first + this.#retries;
  }

  /** Whether an attempt could start now. `retriesWait` says that there are some that are not at this gate yet. */
  hasRoom(isRetry: boolean, retriesWait: boolean): boolean {
    const free = this.#slots - this.#first - this.#retries;
    if (free <= 0) return false;
    if (isRetry) return this.#retries < this.#retrySlots;
    if (!retriesWait && this.#waitingRetries.size === 0) return true;
    return free > Math.max(0, this.#keptForRetries - this.#retries);
  }

  /** Starts the attempt now, or as soon as it is its turn. */
  request(ticket: Ticket, retriesWait: boolean): void {
    if (this.hasRoom(ticket.isRetry, retriesWait)) this.#enter(ticket);
    else this.#waiting(ticket.isRetry).add(ticket);
  }

  /** Takes back an attempt that waits. Answers false when it did not wait: it has started. */
  withdraw(ticket: Ticket): boolean {
    return this.#waiting(ticket.isRetry).delete(ticket);
  }

  /** An attempt ended: its slot goes to whoever waits here. */
  leave(isRetry: boolean): void {
    if (isRetry) this.#retries -= 1;
    else this.#first -= 1;
    this.#admit(this.#waitingRetries);
    this.#admit(this.#waitingFirst);
  }

  #admit(waiting: Set<Ticket>): void {
    for (const ticket of waiting) {
      if (!this.hasRoom(ticket.isRetry, false)) return;
      waiting.delete(ticket);
      this.#enter(ticket);
    }
  }

  #enter(ticket: Ticket): void {
    if (ticket.isRetry) this.#retries += 1;
    else this.#first += 1;
    ticket.start();
  }

  #waiting(isRetry: boolean): Set<Ticket> {
    return isRetry ? this.#waitingRetries : this.#waitingFirst;
  }
}

/** An attempt that asks for a slot. */
export interface Ticket {
  readonly isRetry: boolean;
  /** Called once, when the slot is its own. Must not call the gate. */
  start(): void;
}
