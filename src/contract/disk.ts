import { z } from 'zod';
import { defineOperations } from './operation.ts';
import { instant } from './parts.ts';

const part = z.strictObject({
  bytes: z.number().describe('What it takes on disk.'),
  unusedBytes: z.number().describe('What of that is empty, and written to before the file grows.'),
  bytesMax: z.number().nullable().describe('What it may take; null for no limit.'),
  ageMsMax: z.number().describe('How long it is kept.'),
});

export const diskUse = z
  .strictObject({
    data: z.array(z.strictObject({ at: instant, log: z.number(), history: z.number(), refused: z.number() })),
    next: z.null(),
    parts: z.strictObject({
      log: part,
      history: part,
      refused: part,
      index: z.strictObject({ bytes: z.number() }),
    }),
    expired: z
      .array(z.strictObject({ destination: z.string(), events: z.number() }))
      .describe('Events that retention took while a destination still waited for them.'),
    disk: z.strictObject({
      freeBytes: z.number().nullable().describe('Null where the system does not tell.'),
      reserveBytes: z.number(),
      isFull: z.boolean(),
    }),
  })
  .meta({ id: 'DiskUse' });

export const diskOperations = defineOperations({
  measureDisk: {
    method: 'GET',
    path: '/stats/disk',
    tag: 'Statistics',
    summary: 'What the data takes on disk, by day and by part',
    role: 'viewer',
    status: 200,
    answer: diskUse,
    errors: [],
  },
});
