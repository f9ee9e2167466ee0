import type { diskOperations } from '../contract/disk.ts';
import { DAY_MS } from '../domain/disk.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { DiskReport } from '../pipeline/measure-disk.ts';
import type { HandlersOf } from './handlers.ts';

export interface DiskRouteParts {
  readonly measureDisk: () => Promise<DiskReport>;
}

/** What the data takes on disk: by day, by part, and what is left. */
export function diskHandlers({ measureDisk }: DiskRouteParts): HandlersOf<typeof diskOperations> {
  return {
    measureDisk: async () => {
      const { disk, parts, indexBytes, expired, days } = await measureDisk();
      return {
        data: days.map(({ day, ...bytes }) => ({ at: isoOf(day * DAY_MS), ...bytes })),
        next: null,
        parts: {
          log: shownPart(parts.log),
          history: shownPart(parts.history),
          refused: shownPart(parts.refused),
          index: { bytes: indexBytes },
        },
        expired,
        disk: { freeBytes: disk.freeBytes, reserveBytes: disk.reserveBytes, isFull: disk.isFull },
      };
    },
  };
}

function shownPart({ bytes, unusedBytes, limit }: DiskReport['parts']['log']) {
  return { bytes, unusedBytes, bytesMax: limit.bytes, ageMsMax: limit.ageMs };
}
