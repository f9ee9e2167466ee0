import type { Replay, ReplayId } from '../domain/replay.ts';

/**
 * The replays that there are and were, each as it was asked for and as far as it has come.
 *
 * Every implementation promises, and `test/conformance/replay-store.test.ts` checks:
 *
 * 1. **Durable.** What resolved is there after a power cut.
 * 2. **Bounded.** Of those that ended, the oldest are forgotten beyond `max`; those that have not ended never are.
 */
export interface ReplayStore {
  /** All, newest first. */
  all(): Promise<readonly Replay[]>;
  /** The events that were kept for it, rising; null when there are none. */
  positions(id: ReplayId): Promise<Float64Array | null>;
  /**
   * Writes one anew, or as it is now. `positions` are kept when they are given. Rejects `disk_full`.
   */
  put(replay: Replay, positions?: Float64Array | null): Promise<void>;
  /**
   * No file has anything any more of what replays were before they were written anew. Rejects `file_pinned`: to be
   * asked for again.
   */
  forgetWhatWas(): Promise<void>;
  close(): Promise<void>;
}
