import type { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../../domain/errors.ts';
import type { Position } from '../../domain/event.ts';
import type { DedupeWindow } from './dedupe-window.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { type Commit, SegmentReader, type SegmentStamp } from './segment-reader.ts';

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
}

/**
 * Finds the log in its folder, fills the dedupe window, and answers how it goes on; null when there is none yet.
 *
 * Every segment is opened once for writing: what a kill left in a write-ahead log is replayed, an old schema
 * upgraded, and a file that is newer than this program or damaged refused at start rather than in the midst of a
 * delivery. That costs about half a millisecond each.
 *
 * @throws SluiceError `folder_too_new`, `file_corrupt`
 */
export function recoverLog(
  folder: SegmentFolder,
  window: DedupeWindow,
  { dedupeMs, dedupeKeysMax }: { readonly dedupeMs: number; readonly dedupeKeysMax: number },
): RecoveredLog | null {
  let newest: RecoveredLog | null = null;
  let receivedAtMs = 0;
  let keys = 0;
  const remembered: (readonly Commit[])[] = [];
  for (const first of folder.firsts().toReversed()) {
    const segment = new SegmentReader(folder.openForWriting(first), folder.fileOf(first));
    const stamp = checkedStamp(segment, first, newest);
    const latestAtMs = segment.latestAtMs() ?? 0;
    receivedAtMs = Math.max(receivedAtMs, latestAtMs);
    if (keys < dedupeKeysMax && latestAtMs > receivedAtMs - dedupeMs) {
      const commits = segment.commits();
      keys += commits.reduce((sum, { hashes }) => sum + hashes.length, 0);
      remembered.push(commits);
    }
    if (newest === null) newest = { stamp, db: segment.db, end: segment.last() ?? first - 1, receivedAtMs };
    else folder.release(segment.db);
  }
  for (const commits of remembered.reverse()) {
    for (const { first, hashes, receivedAtMs: atMs } of commits) window.add(first, hashes, atMs);
  }
  window.expire(receivedAtMs);
  return newest === null ? null : { ...newest, receivedAtMs };
}

function checkedStamp(segment: SegmentReader, first: Position, newest: RecoveredLog | null): SegmentStamp {
  const stamp = segment.stamp();
  const refuse = (reason: string): never => {
    throw new SluiceError('file_corrupt', { file: segment.file, reason });
  };
  if (stamp.first !== first) refuse(`its name says that it begins at ${first}, and it begins at ${stamp.first}`);
  if (newest !== null && stamp.epoch !== newest.stamp.epoch) refuse('it belongs to another log');
  return stamp;
}
