import { SluiceError } from '../domain/errors.ts';
import type { Position } from '../domain/event.ts';
import type { Horizon, Kept } from '../domain/retention.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { EventKeeper, EventReader } from '../ports/event-log.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/**
 * How often the log is looked at: at 100 MB/s it grows by a GB meanwhile. Looking costs a `stat` for each segment.
 */
const LOOK_MS = 10_000;
/** How often everything else is, which grows slowly and costs more to look at; and again after something went wrong. */
const OTHERS_MS = 60_000;
/** How soon again while lanes still have to let go. */
const AGAIN_MS = 1_000;
/**
 * How long the wall clock has to have been right, as far as one can tell, before anything goes by age. A machine that
 * starts with a wrong clock is set right within minutes, and an hour's jump must cost nobody a day's events.
 */
const STEADY_MS = 10 * 60_000;
/** A difference between wall clock and elapsed time that is no correction any more, but a jump. */
const JUMP_MS = 60_000;

export interface PrunerOptions {
  readonly log: Pick<EventReader, 'extent'> & Pick<EventKeeper, 'horizon' | 'prune'>;
  readonly lanes: {
    /** See `Dispatcher.expire`. */
    expire(before: Position): Promise<Position>;
  };
  /** Of the log. */
  readonly retention: Kept;
  /** What else is kept: what became of events, and refused calls. */
  readonly others: readonly Other[];
  readonly ambient: Ambient;
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}

export interface Other extends Kept {
  /** Forgets what is beyond. May reject with a `SluiceError`: it is asked again. */
  readonly prune: (horizon: Horizon) => Promise<void>;
}

/**
 * Keeps everything within its retention. Of the log it forgets whole segments, after the lanes have given up what they
 * still waited for in them. Nothing else in Sluice forgets anything by age.
 */
export class Pruner {
  readonly #options: PrunerOptions;
  readonly #clock: SteadyClock;
  #othersAtMs: number;
  #timer: { cancel(): void } | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: PrunerOptions) {
    this.#options = options;
    this.#clock = new SteadyClock(options.ambient);
    this.#othersAtMs = options.ambient.elapsedMs() + OTHERS_MS;
  }

  start(): void {
    this.#look(LOOK_MS);
  }

  /** Resolves when nothing is being pruned any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  #look(inMs: number): void {
    this.#timer = this.#options.ambient.after(inMs, () => {
      this.#looking = this.#prune()
        .then((againMs) => {
          if (!this.#isStopped) this.#look(againMs);
        })
        .catch(this.#options.onFailure);
    });
  }

  /** Answers when to look again. */
  async #prune(): Promise<number> {
    const { telemetry } = this.#options;
    try {
      return (await this.#pruneOnce()) ? LOOK_MS : AGAIN_MS;
    } catch (error) {
      // A disk without any room: what is forgotten has to be noted as well.
      if (!(error instanceof SluiceError)) throw error;
      telemetry.trouble('cannot prune; trying again in a minute', { reason: error.message });
      return OTHERS_MS;
    }
  }

  /** Answers whether all of the log is gone that should be. */
  async #pruneOnce(): Promise<boolean> {
    const { ambient, retention, telemetry } = this.#options;
    const jumpedMs = this.#clock.look();
    if (jumpedMs !== 0) telemetry.trouble('the clock was set; nothing is forgotten by age for a while', { jumpedMs });
    // By size at once; by age only what a clock says that has been right for a while.
    const nowMs = this.#clock.isSteady ? ambient.nowMs() : -Infinity;
    const isDone = await this.#pruneLog({ beforeMs: nowMs - retention.ageMs, bytesMax: retention.bytes });
    if (ambient.elapsedMs() >= this.#othersAtMs) await this.#pruneOthers(nowMs);
    return isDone;
  }

  async #pruneOthers(nowMs: number): Promise<void> {
    const { ambient, others } = this.#options;
    this.#othersAtMs = ambient.elapsedMs() + OTHERS_MS;
    for (const { ageMs, bytes: bytesMax, prune } of others) {
      const beforeMs = nowMs - ageMs;
      if (beforeMs > -Infinity || bytesMax !== null) await prune({ beforeMs, bytesMax });
    }
  }

  async #pruneLog(ask: Horizon): Promise<boolean> {
    const { log, lanes } = this.#options;
    const horizon = await log.horizon(ask);
    if (horizon <= (await log.extent()).first) return true;
    const allowed = await lanes.expire(horizon);
    await log.prune(allowed);
    return allowed >= horizon;
  }
}

/** Knows since when the wall clock has gone on as time has. */
class SteadyClock {
  readonly #ambient: Ambient;
  #sinceMs: number;
  #offsetMs: number;

  constructor(ambient: Ambient) {
    this.#ambient = ambient;
    this.#sinceMs = ambient.elapsedMs();
    this.#offsetMs = ambient.nowMs() - this.#sinceMs;
  }

  get isSteady(): boolean {
    return this.#ambient.elapsedMs() - this.#sinceMs >= STEADY_MS;
  }

  /** Answers by how much it has jumped since the last look; 0 for what may be a correction. */
  look(): number {
    const elapsedMs = this.#ambient.elapsedMs();
    const offsetMs = this.#ambient.nowMs() - elapsedMs;
    const jumpedMs = offsetMs - this.#offsetMs;
    this.#offsetMs = offsetMs;
    if (Math.abs(jumpedMs) < JUMP_MS) return 0;
    this.#sinceMs = elapsedMs;
    return Math.round(jumpedMs);
  }
}
