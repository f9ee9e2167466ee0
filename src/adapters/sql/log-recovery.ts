import { SluiceError } from '../../domain/errors.ts';
import type { Position } from '../../domain/event.ts';
import type { LostEvents, RecoveredLog } from './recovered-log.ts';
import { farAhead } from './restored-log.ts';
import type { DedupeWindow } from './dedupe-window.ts';
import type { SegmentFolder } from './segment-folder.ts';
import { hasLostCommits } from './wal-end.ts';
import { type Commit, SegmentReader, type SegmentStamp } from './segment-reader.ts';

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
  let later: SegmentStamp | null = null;
  const lost: LostEvents[] = [];
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
    const last = segment.last();
    if (last !== null && later !== null) lost.push(...lostBetween(last, later));
    if (newest === null) {
      const end = last ?? first - 1;
      const hasLostEnd = hasLostCommits(segment.db, segment.file);
      if (hasLostEnd) lost.push({ after: end, count: 1 });
      newest = { stamp, db: segment.db, end, receivedAtMs, lost: [], hasLostEnd };
    } else {
      releaseOlder(folder, segment, first);
    }
    later = last !== null || later === null ? stamp : later;
  }
  window.reserve(keys);
  for (const { first, hashes, receivedAtMs: atMs } of newestOf(remembered.reverse().flat(), keys - dedupeKeysMax))
    window.add(first, hashes, atMs);
  window.expire(receivedAtMs);
  return newest === null ? null : { ...newest, receivedAtMs, lost: lost.reverse() };
}

/** Without the oldest ones that have no more than so many keys. */
function newestOf(commits: readonly Commit[], surplus: number): readonly Commit[] {
  let left = surplus;
  const from = commits.findIndex(({ hashes }) => (left -= hashes.length) < 0);
  return commits.slice(Math.max(from, 0));
}

/** Segments follow one on the other, save where a log went on far ahead. */
function lostBetween(last: Position, { first, createdAtMs }: SegmentStamp): readonly LostEvents[] {
  const isWhole = first === last + 1 || first === farAhead(last, createdAtMs);
  return isWhole ? [] : [{ after: last, count: first - last - 1 }];
}

/** Only the newest segment may be empty: an older one was left by a kill while a restored log went on elsewhere. */
function releaseOlder(folder: SegmentFolder, segment: SegmentReader, first: Position): void {
  const isEmpty = segment.last() === null;
  folder.release(segment.db);
  if (isEmpty) folder.remove(first);
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
