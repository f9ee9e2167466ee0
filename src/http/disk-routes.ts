import type { FastifyInstance } from 'fastify';
import { DAY_MS } from '../domain/disk.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { DiskReport } from '../pipeline/measure-disk.ts';
import { parametersOf } from './parameters.ts';

export interface DiskRouteParts {
  readonly measureDisk: () => Promise<DiskReport>;
}

/** What the data takes on disk: by day, by part, and what is left. */
export function registerDisk(api: FastifyInstance, { measureDisk }: DiskRouteParts): void {
  api.get('/stats/disk', async (request, reply) => {
    parametersOf(request, []);
    const { disk, parts, indexBytes, expired, days } = await measureDisk();
    return reply.send({
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
    });
  });
}

function shownPart({ bytes, unusedBytes, limit }: DiskReport['parts']['log']) {
  return { bytes, unusedBytes, bytesMax: limit.bytes, ageMsMax: limit.ageMs };
}
