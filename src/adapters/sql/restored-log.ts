import type { Position } from '../../domain/event.ts';
import { assert } from '../../lib/assert.ts';
import type { RecoveredLog } from './recovered-log.ts';
import type { SegmentFolder } from './segment-folder.ts';

/** Positions set aside for each millisecond since 1970: 2^53 last for 2^43 ms, until the year 2248. */
const POSITIONS_PER_MS = 2 ** 10;
/** How far to go when the clock is no help: 19 hours at a million events per second. */
const LEAP = 2 ** 36;

/**
 * Where a log goes on that came out of a backup, so that no position which the lost installation gave after the backup
 * is given again: receivers that drop a `webhook-id` which they have seen would otherwise drop new events.
 *
 * Nothing says how far the lost one had come, but the clock bounds it. A log that takes fewer than 1,024 events per
 * millisecond, however old it is and however often it was restored, is at time t at 1,024 t or below; so what lies
 * above was never given, also not to another restored copy of the same backup. Event ids have room: 36^11 > 2^53.
 *
 * @param end the newest position of the backup. Where the clock is behind it, it was set back, or forward before
 */
export function farAhead(end: Position, nowMs: number): Position {
  const byClock = Math.floor(nowMs) * POSITIONS_PER_MS;
  const first = (byClock > end ? byClock : end + LEAP) + 1;
  assert(Number.isSafeInteger(first), 'the clock is before the year 2248');
  return first;
}

/**
 * Begins the segment in which a log goes on that was restored or has lost its end, and then takes back the mark that
 * asked for it. A kill between the two leads to another leap, which costs nothing: the segment that was begun and is
 * empty is removed.
 */
export function goOnFarAhead(folder: SegmentFolder, left: RecoveredLog, nowMs: number): RecoveredLog {
  const first = farAhead(left.end, nowMs);
  const stamp = { ...left.stamp, first, createdAtMs: nowMs };
  const db = folder.create(stamp);
  folder.release(left.db);
  const isEmpty = left.end < left.stamp.first;
  if (isEmpty) folder.remove(left.stamp.first);
  folder.clearRestored();
  return { ...left, stamp, db, end: first - 1 };
}
