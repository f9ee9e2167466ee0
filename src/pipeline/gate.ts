import type { Exchange } from '../domain/attempt.ts';
import type { DeliveryPolicy } from '../domain/destination.ts';
import type { EndpointStanding, HeldReason } from '../domain/endpoint-standing.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Budget, Share } from './budget.ts';
import { signOf } from './circuit-breaker.ts';
import { Hold } from './hold.ts';
import { RateLimit } from './rate-limit.ts';
import { Slots } from './slots.ts';

/** A wait that an endpoint asks for and that is shorter than this is no news: it comes and goes with every burst. */
const NEWS_MS = 10_000;
const RETRY_AFTER: HeldReason = 'retry_after';

export interface GateOptions {
  readonly policy: Pick<DeliveryPolicy, 'concurrency' | 'timeoutMs' | 'circuitBreaker' | 'rateLimitPerSecond'>;
  readonly budget: Budget;
  readonly ambient: Ambient;
  /** The endpoint is held, paused, or open again. */
  readonly onStanding: (standing: EndpointStanding) => void;
  /** Nobody goes through it any more. */
  readonly onClosed?: () => void;
}

/** First attempts and retries of new events, and whatever a replay sends. */
export type AttemptKind = 'first' | 'retry' | 'replay';

/** Somebody who goes through a gate: a lane. */
export interface Passer {
  readonly isReplay: boolean;
  /** There may be room again. */
  onOpen(): void;
}

/**
 * Admission to one endpoint: how many attempts are in flight there at once, how many begin per second, whether any may
 * begin at all, and whose turn it is.
 *
 * An attempt begins when its kind has a slot (`Slots`), nothing keeps the endpoint shut (`Hold`), and there is a token
 * (`RateLimit`) and room in what all endpoints share (`Budget`). Retries hold at most half of the slots, so that first
 * attempts always find some, however many old failures come back; and while retries wait, first attempts leave them a
 * quarter, so that a busy endpoint still works off its failures. With fewer than four slots there is no quarter to
 * leave, and taking turns is what is fair. A probe takes a slot as what it is.
 *
 * Replays take what is left: at most half of the slots, never the last quarter, and none while new events or retries
 * ask for one. Whenever there may be room, the lanes of new events are told first.
 *
 * Who asks for room and finds none is told by its `onOpen` when there may be some, whatever it was that was missing; an
 * attempt that has left says so itself. A gate that nobody asks has no timer.
 *
 * A destination with several endpoints sends an event to all of them at once, also to one whose gate has no room: there
 * its attempt waits, and is withdrawn when it has become needless, or when the gate is shut and others are not.
 */
export class Gate {
  readonly #ambient: Ambient;
  readonly #onStanding: GateOptions['onStanding'];
  readonly #slots: Slots;
  readonly #hold: Hold;
  readonly #rate: RateLimit | null;
  readonly #share: Share;
  readonly #onClosed: () => void;
  /** Those of new events before those of replays. */
  #passers: readonly Passer[] = [];
  readonly #waiting = { first: new Set<Ticket>(), retry: new Set<Ticket>(), replay: new Set<Ticket>() };
  readonly #entered = { first: 0, retry: 0, replay: 0 };
  /** Something other than a replay asked for a slot and found none. */
  #isAskedFor = false;
  #willTell = false;
  #lastWasRetry = false;
  #probe: Ticket | null = null;
  #timer: { cancel(): void } | null = null;
  /** When it is due, by elapsed time. */
  #timerAtMs = 0;
  #told: EndpointStanding['state'] = 'open';
  #isClosed = false;

  constructor({ policy, budget, ambient, onStanding, onClosed = () => undefined }: GateOptions) {
    const { concurrency, timeoutMs, circuitBreaker, rateLimitPerSecond } = policy;
    this.#ambient = ambient;
    this.#onStanding = onStanding;
    this.#onClosed = onClosed;
    this.#slots = new Slots(concurrency, timeoutMs, ambient);
    this.#hold = new Hold(circuitBreaker, ambient);
    this.#rate = rateLimitPerSecond === null ? null : new RateLimit(rateLimitPerSecond, ambient);
    this.#share = budget.open(() => {
      this.#open();
    });
  }

  get inFlight(): number {
    return this.#entered.first + this.#entered.retry + this.#entered.replay;
  }

  get standing(): EndpointStanding {
    return this.#hold.standing;
  }

  /** No attempt may begin before the endpoint is asked again, or resumed. */
  get isShut(): boolean {
    return this.#hold.isShut;
  }

  /** The next attempt is the probe of an endpoint that is down. */
  get isProbing(): boolean {
    return this.#hold.isProbing;
  }

  /** From now on this one is told when there may be room. */
  join(passer: Passer): void {
    this.#passers = [...this.#passers, passer].sort((one, other) => Number(one.isReplay) - Number(other.isReplay));
    this.#isAskedFor = false;
  }

  /** This one asks no more. With the last one the gate closes. */
  part(passer: Passer): void {
    if (!this.#passers.includes(passer)) return;
    this.#passers = this.#passers.filter((each) => each !== passer);
    if (this.#passers.length === 0) this.#close();
  }

  /** Whether an attempt could start now. `retriesWait` says that there are some that are not at this gate yet. */
  hasRoom(kind: AttemptKind, retriesWait: boolean): boolean {
    if (this.#hasSlot(kind, retriesWait)) return this.#isOpen();
    if (kind !== 'replay') this.#isAskedFor = true;
    return false;
  }

  /** Has all told when there may be room, for somebody who has nothing at hand to ask with. */
  expectOpening(): void {
    this.#isOpen();
  }

  /** Starts the attempt now, or as soon as it is its turn. */
  request(ticket: Ticket, retriesWait: boolean): void {
    if (this.hasRoom(ticket.kind, retriesWait)) this.#enter(ticket);
    else this.#waiting[ticket.kind].add(ticket);
  }

  /** Takes back an attempt that waits. Answers false when it did not wait: it has started. */
  withdraw(ticket: Ticket): boolean {
    return this.#waiting[ticket.kind].delete(ticket);
  }

  /** An attempt ended so: its slot goes to whoever waits here. */
  leave(ticket: Ticket, exchange: Exchange): void {
    this.#entered[ticket.kind] -= 1;
    this.#share.leave(ticket.chars);
    this.#learn(exchange, ticket === this.#probe);
    if (ticket === this.#probe) this.#probe = null;
    this.#tell();
    this.#admit();
    if (this.#passers.length > 1) this.#tellPassersSoon();
    this.#giveBack();
  }

  /** Begins no attempt until `resume`, and says why. */
  pause(reason: string, sinceMs?: number): void {
    this.#hold.pause(reason, sinceMs);
    this.#tell();
    this.#admit();
  }

  /** Ends a pause. What was learned of the endpoint before it still counts. */
  resume(): void {
    this.#hold.resume();
    this.#tell();
    this.#open();
  }

  /** Of a listener: whether nobody listens. What is owed waits then, and goes on when somebody does. */
  setAway(isAway: boolean): void {
    this.#hold.setAway(isAway);
    this.#tell();
    if (isAway) this.#admit();
    else this.#open();
  }

  /** Opens no more by itself: what waits for time, or for room, stays where it is. Attempts in flight may still leave. */
  #close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#giveBack();
    this.#onClosed();
  }

  /** What is in flight counts as long as it is. */
  #giveBack(): void {
    if (this.#isClosed && this.inFlight === 0) this.#share.close();
  }

  #hasSlot(kind: AttemptKind, retriesWait: boolean): boolean {
    const slots = this.#slots.count;
    const free = slots - this.inFlight;
    if (free <= 0) return false;
    const { retry, replay } = this.#entered;
    const half = Math.max(1, Math.floor(slots / 2));
    const quarter = Math.floor(slots / 4);
    if (kind === 'replay') return replay < half && free > quarter && !this.#isWanted();
    if (kind === 'retry') return retry < half;
    if (!retriesWait && this.#waiting.retry.size === 0) return true;
    return free > Math.max(0, quarter - retry);
  }

  /** By others than replays. */
  #isWanted(): boolean {
    return this.#isAskedFor || this.#waiting.first.size > 0 || this.#waiting.retry.size > 0;
  }

  /** Whether anything but a slot is missing; if so, it is noted who is to be told. */
  #isOpen(): boolean {
    const opensAtMs = Math.max(this.#hold.opensAtMs, this.#hold.pacesAtMs, this.#rate?.opensAtMs ?? 0);
    if (opensAtMs > 0) {
      const waitMs = opensAtMs - this.#ambient.elapsedMs();
      if (waitMs > 0) {
        this.#openIn(waitMs, opensAtMs);
        return false;
      }
    }
    return this.#share.hasRoom();
  }

  #openIn(waitMs: number, atMs: number): void {
    if (atMs === Infinity || this.#isClosed) return;
    if (this.#timer !== null && this.#timerAtMs <= atMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#ambient.after(waitMs, () => {
      this.#timer = null;
      this.#open();
    });
  }

  #open(): void {
    if (this.#isClosed) return;
    this.#tell();
    this.#admit();
    this.#tellPassers();
  }

  #tellPassers(): void {
    this.#isAskedFor = false;
    for (const passer of this.#passers) passer.onOpen();
  }

  /** A slot is free that somebody else may want: not at once, since what ended has not been told to its lane yet. */
  #tellPassersSoon(): void {
    if (this.#willTell) return;
    this.#willTell = true;
    this.#ambient.soon(() => {
      this.#willTell = false;
      if (!this.#isClosed) this.#tellPassers();
    });
  }

  /** In turn, so that neither kind takes all that a rate allows. Where the gate is shut, who waits is told. */
  #admit(): void {
    while (
      this.#admitOne(this.#lastWasRetry ? 'first' : 'retry') ||
      this.#admitOne(this.#lastWasRetry ? 'retry' : 'first') ||
      this.#admitOne('replay')
    );
    if (!this.isShut) return;
    const { first, retry, replay } = this.#waiting;
    for (const ticket of [...retry, ...first, ...replay]) ticket.shut();
  }

  #admitOne(kind: AttemptKind): boolean {
    for (const ticket of this.#waiting[kind]) {
      if (!this.hasRoom(kind, false)) return false;
      this.withdraw(ticket);
      this.#enter(ticket);
      return true;
    }
    return false;
  }

  #enter(ticket: Ticket): void {
    this.#entered[ticket.kind] += 1;
    if (ticket.kind !== 'replay') this.#lastWasRetry = ticket.kind === 'retry';
    this.#rate?.take();
    this.#share.enter(ticket.chars);
    const beginning = this.#hold.begin();
    if (beginning !== 'usual') this.#slots.beginAnew();
    if (beginning === 'probe') this.#probe = ticket;
    if (this.#told !== 'open') this.#tell();
    ticket.start();
  }

  #learn(exchange: Exchange, isProbe: boolean): void {
    if (signOf(exchange) === 'alive') this.#slots.answered();
    else if (exchange.error?.code === 'timeout') this.#slots.timedOut();
    this.#hold.ended(exchange, isProbe);
  }

  #tell(): void {
    const { standing } = this;
    if (standing.state === this.#told || this.#isNoNews(standing)) return;
    this.#told = standing.state;
    this.#onStanding(standing);
  }

  #isNoNews({ reason }: EndpointStanding): boolean {
    return reason === RETRY_AFTER && this.#hold.opensAtMs - this.#ambient.elapsedMs() < NEWS_MS;
  }
}

/** An attempt that asks for a slot. */
export interface Ticket {
  readonly kind: AttemptKind;
  /** Characters of the body that it holds. */
  readonly chars: number;
  /** Called once, when the slot is its own. Must not call the gate. */
  start(): void;
  /** The gate at which it waits is shut. It may withdraw, or wait on. */
  shut(): void;
}
