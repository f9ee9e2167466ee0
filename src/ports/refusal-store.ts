import type { DiskUse } from '../domain/disk.ts';
import type { CallType } from '../domain/event.ts';

/**
 * What was refused, for whoever asks why events are missing: counts of all, and samples of some.
 *
 * Every implementation promises, and `test/conformance/refusal-store.suite.ts` checks:
 *
 * 1. **All or nothing.** Counts and samples of one `record` are written together. What was recorded survives the
 *    process; a power cut may take the newest back.
 * 2. **Counts add up**: what is recorded for the same minute, source, reason and type is added, up to the limits of 3.
 * 3. **Bounded.** Of samples the newest stay, within a number for each source and reason, for each source, and
 *    altogether; of counts the newest minutes. The unknown source counts as one source.
 * 4. **Pages are stable.** Ids rise, and a list that goes on from an id leaves out nothing that was there and shows
 *    nothing twice, whatever is recorded or forgotten meanwhile.
 * 5. **Recorded as it was**: texts come back as they were given, any Unicode but lone surrogates in them.
 */
export interface RefusalStore {
  /** Rejects `store_full` when the disk has no room: nothing was written, and the same may be recorded again. */
  record(counts: readonly RefusedCount[], samples: readonly RefusedSample[]): Promise<void>;
  /** Samples, newest first, at most `limit` of them. */
  list(wanted: WantedSamples, limit: number): Promise<readonly StoredSample[]>;
  /** Sums per span of `stepMinutes`, oldest first, at most `limit` of them. Spans are counted from 1970. */
  counts(wanted: WantedCounts, stepMinutes: number, limit: number): Promise<readonly RefusedCount[]>;
  /**
   * Forgets samples that have this text in them, but not as a part of a longer word or number, from every file when it
   * resolves. Answers how many. Rejects `file_pinned` and `store_full`: to be asked for again.
   */
  erase(text: string): Promise<number>;
  /**
   * Forgets samples and counts that are older, and of the oldest so much more that the rest takes at most `bytesMax`, a
   * little at a time so that recording goes on.
   *
   * @param bytesMax without it, any size will do
   */
  prune(beforeMs: number, bytesMax?: number | null): Promise<void>;
  /** What samples and counts take, by the day on which calls were refused. */
  use(): Promise<DiskUse>;
  close(): Promise<void>;
}

/** So many calls were refused in this minute. */
export interface RefusedCount {
  /** Minutes since 1970; of a sum, its first. */
  readonly minute: number;
  /** Null where no source has the write key. */
  readonly source: string | null;
  readonly reason: string;
  readonly type: CallType | null;
  readonly count: number;
}

/** One refusal, with the beginning of what was refused. */
export interface RefusedSample {
  readonly atMs: number;
  readonly source: string | null;
  readonly reason: string;
  readonly type: CallType | null;
  readonly route: CallType | 'batch';
  /** How many calls were refused with it. */
  readonly count: number;
  readonly message: string;
  readonly messageId: string | null;
  /** Masked. */
  readonly writeKey: string | null;
  readonly isCut: boolean;
  /** Null where nothing was there to be read. */
  readonly sample: string | null;
}

export interface StoredSample extends RefusedSample {
  /** Rises, from 1. */
  readonly id: number;
}

export interface WantedCounts {
  /** Of this source alone; null is the unknown one. */
  readonly source?: string | null;
  readonly reason?: string;
  /** At this time or later, and before that; counts of a minute are at its beginning. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

export interface WantedSamples extends WantedCounts {
  /** Only with lower ids: what comes after the last one of a page. */
  readonly before?: number;
}
