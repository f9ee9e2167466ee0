import type { DatabaseSync } from 'node:sqlite';
import type { Position } from '../../domain/event.ts';
import type { SegmentStamp } from './segment-reader.ts';

/** A log as it was left, ready to be continued. */
export interface RecoveredLog {
  /** Of the newest segment. */
  readonly stamp: SegmentStamp;
  /** The connection to the newest segment. */
  readonly db: DatabaseSync;
  /** The newest position. */
  readonly end: Position;
  /** The latest time at which an event was received; 0 when nobody knows. */
  readonly receivedAtMs: number;
  readonly lost: readonly LostEvents[];
  /** Positions beyond its end may have been given. */
  readonly hasLostEnd: boolean;
}

/** Events that the log held and nobody pruned: a file was taken away, or has lost its end. */
export interface LostEvents {
  /** The last position before them. */
  readonly after: Position;
  /** How many at least. */
  readonly count: number;
}
