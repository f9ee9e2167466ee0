import type { Erasure, ErasureRequest, Notice, Notified, OpenErasure } from '../domain/erasure.ts';
import type { Position } from '../domain/event.ts';

/**
 * Whose events were asked to be erased, how far that has come, and who is suppressed.
 *
 * Every implementation promises, and `test/conformance/erasure-store.suite.ts` checks:
 *
 * 1. **Durable before done**: what was asked for survives a power cut once `add`, `finish` or `unsuppress` resolves.
 * 2. **Forgets whom it was about**: once `finish` resolves, no file has the person's id in clear. What is left is a
 *    fingerprint made with a key of this store, which says nothing to whoever does not know the id.
 * 3. **Bounded**: `erasuresOpenMax` that are not finished, `erasuresKeptMax` in all, `suppressedMax` people.
 *
 * All methods reject `store_full` when the disk has no room: nothing was changed.
 */
export interface ErasureStore {
  /**
   * The number of one that is about to be added, which no other gets. When that one is not added, the next process may give it again.
   *
   * @throws SluiceError `too_many_erasures`, `too_many_suppressions`
   */
  reserve(request: ErasureRequest): number;
  /** Suppresses in the same moment where that is asked for. Rejects as `reserve` throws. @param number that it reserved */
  add(request: ErasureRequest, nowMs: number, number?: number): Promise<Erasure>;
  get(number: number): Promise<Erasure | null>;
  /** Newest first: all, or those of one person, and only those below a number. */
  list(ask: { readonly person?: string; readonly before?: number; readonly max: number }): Promise<readonly Erasure[]>;
  /** The oldest that has something left to erase: neither finished nor notifying. */
  next(): Promise<OpenErasure | null>;
  /** Those that are notifying, above a number, oldest first. */
  notifying(ask: { readonly after: number; readonly max: number }): Promise<readonly OpenErasure[]>;
  /** How far it has come: what is to be looked at is below `downTo`. */
  advance(number: number, progress: ErasureProgress): Promise<void>;
  /** Makes it one that is notifying. */
  notify(number: number, plan: { readonly notices: readonly Notice[]; readonly refused: number }): Promise<void>;
  /** Notes where the notices are. */
  placed(number: number, notices: readonly Notice[]): Promise<void>;
  /** No destination waits to be told any more. */
  notified(number: number, notified: Notified): Promise<void>;
  /** Rejects `file_pinned` while somebody reads in its files: to be asked for again. */
  finish(number: number, end: { readonly refused: number; readonly atMs: number }): Promise<void>;
  readonly suppressed: Suppressed;
  /** Takes events of this person again. Answers whether they were suppressed. */
  unsuppress(person: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface ErasureProgress {
  readonly downTo: Position;
  readonly found: number;
  readonly erased: number;
}

/** Who is suppressed, answered at once from memory. */
export interface Suppressed {
  readonly count: number;
  has(person: string): boolean;
}
