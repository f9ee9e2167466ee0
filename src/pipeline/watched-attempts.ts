import type { AttemptReport } from '../ports/telemetry.ts';

/** An attempt that is to be shown, and for which filters. */
export interface WatchedAttempt {
  readonly report: AttemptReport;
  readonly keys: readonly number[];
  /** When the newest of its events was received. */
  readonly toMs: number;
}

/** Attempts of a filter that are not shown, by when their events were received. */
export interface LeftOutAttempts {
  readonly key: number;
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What goes to whoever watches, of a few milliseconds. Attempts are in the order in which they ended. */
export interface WatchedAttempts {
  readonly attempts: readonly WatchedAttempt[];
  readonly leftOut: readonly LeftOutAttempts[];
}
