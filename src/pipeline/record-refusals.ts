import { ERRORS, SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { RefusalStore, RefusedCount, RefusedSample } from '../ports/refusal-store.ts';
import type { Refusal, Telemetry } from '../ports/telemetry.ts';
import { sampleOf } from './sample-refusal.ts';

/** Between two writes. */
const WRITE_MS = 1_000;
const MINUTE_MS = 60_000;

/** Samples between two writes: of one source and reason, of one source, and altogether. Unknown sources are one. */
const SAMPLES_PER_REASON = 3;
const SAMPLES_PER_SOURCE = 10;
const SAMPLES = 20;
/** Different counts that wait at most, for when they cannot be written: there are a few dozen in a minute of a flood. */
const COUNTS_MAX = 10_000;

export interface RefusalRecorderOptions {
  readonly store: Pick<RefusalStore, 'record'>;
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
  /** Told when the store fails in a way that no waiting helps against. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Keeps what was refused: counts all of it, takes a few samples, and writes both once a second, so that garbage at full
 * speed costs a count each and a bounded rest. No call ever waits for it or fails because of it: while the store is
 * slow or the disk full, counts add up here and samples are left out. The last second is lost if the process dies.
 *
 *     idle ──refused──▶ gathering ──a second later──▶ writing ──▶ idle
 *                           ▲                            │
 *                           └── more was refused, or the disk is full
 */
export class RefusalRecorder {
  readonly #options: RefusalRecorderOptions;
  #gathered = new Gathered();
  #timer: { cancel(): void } | null = null;
  #writing: Promise<void> | null = null;
  #isStopped = false;
  /** Since the disk is full; null while it isn't. */
  #lost: { samples: number; calls: number } | null = null;

  constructor(options: RefusalRecorderOptions) {
    this.#options = options;
  }

  refused(refusal: Refusal): void {
    this.#gathered.add(refusal);
    this.#plan();
  }

  /** Writes what was refused by now; samples are left out where the disk is full. */
  async flush(): Promise<void> {
    await this.#writing;
    await this.#write();
  }

  /** Writes what is left. Nothing may be refused any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.flush();
  }

  #plan(): void {
    if (this.#timer !== null || this.#writing !== null || this.#isStopped) return;
    this.#timer = this.#options.ambient.after(WRITE_MS, () => {
      this.#timer = null;
      this.#writing = this.#write()
        .catch(this.#options.onFailure)
        .finally(() => {
          this.#writing = null;
          if (!this.#gathered.isEmpty) this.#plan();
        });
    });
  }

  async #write(): Promise<void> {
    if (this.#gathered.isEmpty) return;
    const { counts, samples, callsLeftOut } = this.#gathered;
    this.#gathered = new Gathered();
    try {
      await this.#options.store.record([...counts.values()], samples);
      this.#wrote(callsLeftOut);
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'store_full') throw error;
      this.#failed(error, samples.length);
      this.#gathered.giveBack(counts.values(), callsLeftOut);
    }
  }

  #failed({ message }: SluiceError, samples: number): void {
    if (this.#lost === null) this.#options.telemetry.trouble('refused calls cannot be kept', { reason: message });
    this.#lost ??= { samples: 0, calls: 0 };
    this.#lost.samples += samples;
  }

  #wrote(callsLeftOut: number): void {
    if (this.#lost === null) return;
    const { samples } = this.#lost;
    this.#lost = null;
    this.#options.telemetry.trouble('refused calls are kept again', { samplesLost: samples, callsLost: callsLeftOut });
  }
}

type GatheredCount = { -readonly [Key in keyof RefusedCount]: RefusedCount[Key] };

/** What was refused between two writes. */
class Gathered {
  readonly counts = new Map<string, GatheredCount>();
  readonly samples: RefusedSample[] = [];
  /** Calls for whose count there was no room. */
  callsLeftOut = 0;
  readonly #samplesOf = new Map<string, number>();

  get isEmpty(): boolean {
    return this.counts.size === 0 && this.callsLeftOut === 0;
  }

  add(refusal: Refusal): void {
    const { atMs, source, reason, type, count } = refusal;
    this.#count({ minute: Math.floor(atMs / MINUTE_MS), source, reason, type, count });
    if (this.samples.length < SAMPLES && !isOurs(reason) && this.#isWanted(source ?? '', reason)) {
      this.samples.push(sampleOf(refusal));
    }
  }

  giveBack(counts: Iterable<RefusedCount>, callsLeftOut: number): void {
    for (const count of counts) this.#count(count);
    this.callsLeftOut += callsLeftOut;
  }

  #count(added: RefusedCount): void {
    const key = `${added.minute} ${added.source ?? ''} ${added.reason} ${added.type ?? ''}`;
    const there = this.counts.get(key);
    if (there !== undefined) there.count += added.count;
    else if (this.counts.size < COUNTS_MAX) this.counts.set(key, { ...added });
    else this.callsLeftOut += added.count;
  }

  /** Counts it when it is. No source has an empty id, and none a blank in it. */
  #isWanted(source: string, reason: string): boolean {
    const both = `${source} ${reason}`;
    const ofSource = this.#samplesOf.get(source) ?? 0;
    const ofBoth = this.#samplesOf.get(both) ?? 0;
    if (ofSource >= SAMPLES_PER_SOURCE || ofBoth >= SAMPLES_PER_REASON) return false;
    this.#samplesOf.set(source, ofSource + 1).set(both, ofBoth + 1);
    return true;
  }
}

/** Nothing is wrong with such a call, and it comes again: there is nothing to look at. */
function isOurs(reason: string): boolean {
  return reason in ERRORS && ERRORS[reason as keyof typeof ERRORS].status >= 500;
}
