import type { Position } from '../../domain/event.ts';
import type { EventKeeper } from '../../ports/event-log.ts';
import type { SegmentFolder } from './segment-folder.ts';
import type { SegmentShelf } from './segment-shelf.ts';

/** See `EventKeeper.horizon`. `end` is the newest position. */
export function horizonOf(
  shelf: SegmentShelf,
  folder: Pick<SegmentFolder, 'bytesOf'>,
  end: Position,
  { beforeMs, bytesMax }: Parameters<EventKeeper['horizon']>[0],
): Position {
  return Math.max(horizonByAge(shelf, end, beforeMs), bytesMax === null ? 0 : horizonBySize(shelf, folder, bytesMax));
}

/** The latest time so far never falls from one segment to the next, so the first that is too young ends it. */
function horizonByAge(shelf: SegmentShelf, end: Position, beforeMs: number): Position {
  const { firsts } = shelf;
  for (const first of firsts) {
    const latestAtMs = shelf.open(first)?.latestAtMs() ?? null;
    const isEmptyNewest = latestAtMs === null && first === firsts.at(-1);
    if (isEmptyNewest || (latestAtMs !== null && latestAtMs >= beforeMs)) return first;
  }
  return end + 1;
}

function horizonBySize(shelf: SegmentShelf, folder: Pick<SegmentFolder, 'bytesOf'>, bytesMax: number): Position {
  const [newest = 1, ...older] = shelf.firsts.toReversed();
  let left = bytesMax - folder.bytesOf(newest);
  let kept = newest;
  for (const first of older) {
    left -= folder.bytesOf(first);
    if (left < 0) return kept;
    kept = first;
  }
  return kept;
}
