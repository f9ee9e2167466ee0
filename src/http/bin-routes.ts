import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { binRequestBytesMax, binRequestsMax } from '../domain/limits.ts';
import { joinedHeaders } from '../lib/joined-headers.ts';
import type { Bins } from './bins.ts';
import { readBytes } from './decode-body.ts';
import { invalid, limitIn, parametersOf } from './parameters.ts';

const LIMIT = { bytesMax: binRequestBytesMax, code: 'bin_request_too_large' } as const;
const BIN_ID = /^[A-Za-z0-9_-]{1,64}$/;
const PAGE = { most: binRequestsMax, otherwise: 50 };

export interface BinRouteParts {
  readonly bins: Bins;
  readonly succeed: (reply: FastifyReply) => void;
}

/** Request bins: any request to `/bins/:id` is kept. */
export function registerBins(app: FastifyInstance, { bins, succeed }: BinRouteParts): void {
  app.all('/bins/:id', async (request, reply) => {
    const id = binIdOf(request);
    const { method, url: path, headers } = request.raw;
    const body = await readBytes(request.raw, LIMIT);
    bins.capture(id, {
      method: method ?? '',
      path: path ?? '',
      headers: joinedHeaders(headers),
      body: body.toString(),
    });
    succeed(reply);
  });
}

/** What the management API shows of them. */
export function registerBinLists(api: FastifyInstance, bins: Bins): void {
  api.post('/bins', async (request, reply) => {
    const id = bins.create();
    return reply.code(201).send({ id, url: `http://${request.host}/bins/${id}` });
  });
  api.get('/bins/:id/requests', async (request, reply) => {
    const id = binIdOf(request);
    const { limit, cursor } = parametersOf(request, ['limit', 'cursor']);
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
      throw invalid('cursor', 'must be the `next` of the page before');
    }
    const page = bins.list(id, { limit: limitIn(limit, PAGE), cursor: cursor ?? null });
    if (page === null) throw new SluiceError('bin_not_found', { id });
    return reply.send(page);
  });
}

function binIdOf({ params, method, url }: FastifyRequest): string {
  const { id } = params as { id: string };
  if (!BIN_ID.test(id)) throw new SluiceError('not_found', { method, path: url });
  return id;
}
