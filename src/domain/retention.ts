import { bytesByDay, type DayBytes } from './disk.ts';

/** How long something is kept, and how much of it. */
export interface Kept {
  readonly ageMs: number;
  /** Null: no limit. */
  readonly bytes: number | null;
}

/** What is to go of what is kept: all that is older, and of the oldest so much more that the rest is within a size. */
export interface Horizon {
  readonly beforeMs: number;
  /** Null: any size will do. */
  readonly bytesMax: number | null;
}

/** What was kept in one minute, and what it takes on disk. */
export interface MinuteBytes {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly bytes: number;
}

const MINUTE_MS = 60_000;

/** What each day has of these. */
export function daysOf(minutes: readonly MinuteBytes[]): readonly DayBytes[] {
  return bytesByDay(
    minutes.map(({ minute, bytes }) => ({ fromMs: minute * MINUTE_MS, toMs: minute * MINUTE_MS, bytes })),
  );
}

/**
 * The time before which all has to go, so that what goes takes at least that much: the end of a minute, since nothing
 * tells what a part of one takes. `-Infinity` when nothing has to go.
 *
 * @param minutes oldest first, asked for no more of them than go
 */
export function beforeBySize(minutes: Iterable<MinuteBytes>, excessBytes: number): number {
  let left = excessBytes;
  if (left <= 0) return -Infinity;
  for (const { minute, bytes } of minutes) {
    left -= bytes;
    if (left <= 0) return (minute + 1) * MINUTE_MS;
  }
  return -Infinity;
}
