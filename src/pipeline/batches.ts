import type { LoggedEvent } from '../domain/event.ts';
import type { BatchPolicy, DeliveryPolicy } from '../domain/destination.ts';
import { assert } from '../lib/assert.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Round, Verdict } from './deliver.ts';
import { Gathering } from './gathering.ts';
import type { Intake } from './intake.ts';
import type { Subject } from './subject.ts';
import type { Waiting } from './user-order.ts';

/** A part of a batch that was split: it is tried again at once, as the same attempt. */
export interface Half {
  readonly events: readonly LoggedEvent[];
  readonly subjects: readonly Subject[];
  /** Of the attempt that was split. */
  readonly number: number;
  /** After it: two attempts of a delivery with one number are told apart by their times. */
  readonly notBeforeMs: number;
}

/**
 * What a lane with `delivery.batch` has on its way into requests: the events that gather for the next one, and the
 * halves of those whose content was to blame.
 *
 * Gathered events are past the floor and in no store: should the process stop, they are read from the log again.
 */
export class Batches {
  readonly #ambient: Ambient;
  readonly #onDue: () => void;
  readonly #gathering: Gathering<Waiting>;
  #halves: Half[] = [];
  /** Goes off when the batch that gathers has waited long enough. */
  #timer: { cancel(): void } | null = null;

  /** @param onDue what gathered has waited long enough */
  constructor(policy: BatchPolicy, ambient: Ambient, onDue: () => void) {
    this.#gathering = new Gathering(policy);
    this.#ambient = ambient;
    this.#onDue = onDue;
  }

  /** Nothing has gathered. */
  get isEmpty(): boolean {
    return this.#gathering.isEmpty;
  }

  /** Takes what has come, as far as it goes into one batch. Answers whether that is to be sent now. */
  gather(intake: Intake): boolean {
    const nowMs = this.#ambient.elapsedMs();
    for (let next = intake.next; next !== null && this.#gathering.fits(next); next = intake.next) {
      const waiting = intake.take();
      assert(waiting?.event === next, 'what is taken is what was next');
      this.#gathering.add(waiting, nowMs);
    }
    this.#arm(nowMs);
    return this.#gathering.isReady(nowMs);
  }

  /** What gathered, in the order of the log. */
  take(): readonly Waiting[] {
    this.#timer?.cancel();
    this.#timer = null;
    return this.#gathering.take().toSorted((a, b) => a.taken.position - b.taken.position);
  }

  /** The half that is tried next. */
  get nextHalf(): Half | null {
    return this.#halves[0] ?? null;
  }

  takeHalf(): void {
    this.#halves.shift();
  }

  /** Both halves in order, the first the larger by at most one. Of at least two events. */
  split({ events, subjects, ...rest }: Half): void {
    const middle = Math.ceil(events.length / 2);
    for (const [from, to] of [
      [0, middle],
      [middle, events.length],
    ])
      this.#halves.push({ events: events.slice(from, to), subjects: subjects.slice(from, to), ...rest });
  }

  /** Lets go of all that is not in flight, for a while that may be long. All of it has to be parked. */
  letGo(): { readonly gathered: readonly Waiting[]; readonly halves: readonly Half[] } {
    return { gathered: this.take(), halves: this.#halves.splice(0) };
  }

  close(): void {
    this.#timer?.cancel();
  }

  #arm(nowMs: number): void {
    if (this.#timer !== null || this.#gathering.isEmpty) return;
    this.#timer = this.#ambient.after(Math.max(0, this.#gathering.sendAtMs - nowMs), () => {
      this.#timer = null;
      this.#onDue();
    });
  }
}

/**
 * Whether a part of the batch may be taken where the whole was not: each endpoint blames what it was sent, or one of
 * them does and the others have had all their retries.
 */
export function isToBeSplit(
  { load, number }: Pick<Round, 'load' | 'number'>,
  verdict: Verdict,
  { retries }: Pick<DeliveryPolicy, 'retries'>,
): boolean {
  if (load.events.length === 1 || verdict.kind !== 'failed') return false;
  return verdict.blame === 'all' || (verdict.blame === 'some' && number > retries);
}
