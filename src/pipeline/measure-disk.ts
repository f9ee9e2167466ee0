import type { DayBytes, DiskState, DiskUse } from '../domain/disk.ts';
import type { Kept } from '../domain/retention.ts';
import type { LaneStatus } from './lane-status.ts';

/** What is asked for what it takes, each part where it is. */
export interface DiskParts {
  readonly retention: Readonly<Record<PartName, Kept>>;
  disk(): Promise<DiskState>;
  past(): Promise<{ readonly log: DiskUse; readonly history: DiskUse; readonly indexBytes: number }>;
  refused(): Promise<DiskUse>;
  lanes(): Promise<readonly Pick<LaneStatus, 'destination' | 'expired'>[]>;
}

/** What has a retention of its own. The event index goes with the log. */
export type PartName = 'log' | 'history' | 'refused';

/** What the data takes on disk, and what it may take. */
export interface DiskReport {
  readonly disk: DiskState;
  readonly parts: Readonly<Record<PartName, Omit<DiskUse, 'days'> & { readonly limit: Kept }>>;
  readonly indexBytes: number;
  /** What the log forgot of events that a destination still waited for. Only destinations that lost any. */
  readonly expired: readonly { readonly destination: string; readonly events: number }[];
  /** Oldest first; days on which nothing is left are left out. */
  readonly days: readonly (Readonly<Record<PartName, number>> & Pick<DayBytes, 'day'>)[];
}

export async function measureDisk(parts: DiskParts): Promise<DiskReport> {
  const [disk, { log, history, indexBytes }, refused, lanes] = await Promise.all([
    parts.disk(),
    parts.past(),
    parts.refused(),
    parts.lanes(),
  ]);
  const { retention } = parts;
  const part = ({ bytes, unusedBytes }: DiskUse, limit: Kept) => ({ bytes, unusedBytes, limit });
  return {
    disk,
    parts: {
      log: part(log, retention.log),
      history: part(history, retention.history),
      refused: part(refused, retention.refused),
    },
    indexBytes,
    expired: lanes.flatMap(({ destination, expired }) => (expired === 0 ? [] : [{ destination, events: expired }])),
    days: daysOf({ log, history, refused }),
  };
}

function daysOf(uses: Readonly<Record<PartName, DiskUse>>): DiskReport['days'] {
  const bytesOf = (name: PartName) => new Map(uses[name].days.map(({ day, bytes }) => [day, bytes]));
  const [log, history, refused] = [bytesOf('log'), bytesOf('history'), bytesOf('refused')];
  const days = [...new Set([...log.keys(), ...history.keys(), ...refused.keys()])].sort((a, b) => a - b);
  return days.map((day) => ({
    day,
    log: log.get(day) ?? 0,
    history: history.get(day) ?? 0,
    refused: refused.get(day) ?? 0,
  }));
}
