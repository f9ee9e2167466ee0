import { z } from 'zod';
import { binRequestsMax, binsBytesMax, binsMax } from '../domain/limits.ts';
import { defineOperations } from './operation.ts';
import { cursor, instant, limit, pageOf } from './parts.ts';

const bin = z
  .strictObject({ id: z.string(), url: z.url().describe('Whatever is sent here is kept.') })
  .meta({ id: 'Bin' });

const binRequest = z
  .strictObject({
    id: z.string(),
    method: z.string(),
    path: z.string().describe('With its query.'),
    headers: z.record(z.string(), z.string()).describe('Names in lower case.'),
    body: z.string(),
    at: instant,
  })
  .meta({ id: 'BinRequest' });

const tag = 'Request bins';

export const binOperations = defineOperations({
  createBin: {
    method: 'POST',
    path: '/bins',
    tag,
    summary: 'Make a request bin',
    description: `Its URL stays good over restarts. What comes is kept in memory: ${binRequestsMax} requests a bin, ${binsMax} bins and ${binsBytesMax / 2 ** 20} MiB in all, the oldest go first.`,
    role: 'admin',
    status: 201,
    answer: bin,
    errors: [],
  },
  listBinRequests: {
    method: 'GET',
    path: '/bins/{id}/requests',
    tag,
    summary: 'List what was sent to a request bin, newest first',
    role: 'viewer',
    query: z.strictObject({ limit: limit({ most: binRequestsMax, otherwise: 50 }), cursor }),
    status: 200,
    answer: pageOf(binRequest).meta({ id: 'BinRequestPage' }),
    errors: ['bin_not_found'],
  },
});
