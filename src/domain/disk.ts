/** How the disk of the log stands. */
export interface DiskState {
  /** What Sluice may still write to it; null where the file system cannot tell, and then no reserve is kept. */
  readonly freeBytes: number | null;
  /** Of free disk that is left to deliveries, retries and pruning: `storage.reserve`. */
  readonly reserveBytes: number;
  /** Calls are refused with `log_full` until there is room again. */
  readonly isFull: boolean;
}

/** As a message says it: 3.5 MiB. */
export function mebibytes(bytes: number | null): string {
  return bytes === null ? 'an unknown amount' : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** What a part of the data takes on disk. */
export interface DiskUse {
  /** Of its files. */
  readonly bytes: number;
  /** Of these, what holds nothing now: it is written to before the files grow, and is never given back. */
  readonly unusedBytes: number;
  /** What the things of each day take, oldest day first; days without any are left out. An estimate. */
  readonly days: readonly DayBytes[];
}

export interface DayBytes {
  /** Days since 1970, in UTC. */
  readonly day: number;
  readonly bytes: number;
}

/** So much was written between these times. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: number;
}

export const DAY_MS = 24 * 60 * 60 * 1000;

/** What each day has of these, as if it had come evenly between their two times. */
export function bytesByDay(stretches: readonly Stretch[]): readonly DayBytes[] {
  const bytesOf = new Map<number, number>();
  for (const { fromMs, toMs, bytes } of stretches) {
    const last = Math.floor(toMs / DAY_MS);
    for (let day = Math.min(last, Math.floor(fromMs / DAY_MS)); day <= last; day++) {
      const withinMs = Math.min(toMs, (day + 1) * DAY_MS) - Math.max(fromMs, day * DAY_MS);
      const share = toMs > fromMs ? withinMs / (toMs - fromMs) : 1;
      bytesOf.set(day, (bytesOf.get(day) ?? 0) + bytes * share);
    }
  }
  const days = [...bytesOf].map(([day, bytes]) => ({ day, bytes: Math.round(bytes) }));
  return days.sort((a, b) => a.day - b.day);
}
