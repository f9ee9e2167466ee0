import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { binRequestBytesMax, binRequestsMax } from '../domain/limits.ts';
import { joinedHeaders } from '../lib/joined-headers.ts';
import type { Bins } from './bins.ts';
import { readBytes } from './decode-body.ts';

const LIMIT = { bytesMax: binRequestBytesMax, code: 'bin_request_too_large' } as const;
const BIN_ID = /^[A-Za-z0-9_-]{1,64}$/;
const PAGE = 50;

export interface BinRouteParts {
  readonly bins: Bins;
  readonly succeed: (reply: FastifyReply) => void;
}

/** Request bins: any request to `/bins/:id` is kept, and the management API shows what came. */
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
  app.post('/api/v1/bins', async (request, reply) => {
    const id = bins.create();
    return reply.code(201).send({ id, url: `http://${request.host}/bins/${id}` });
  });
  app.get('/api/v1/bins/:id/requests', async (request, reply) => {
    const id = binIdOf(request);
    const page = bins.list(id, pageOf(request.query as Record<string, unknown>));
    if (page === null) throw new SluiceError('bin_not_found', { id });
    return reply.send(page);
  });
}

function binIdOf({ params, method, url }: FastifyRequest): string {
  const { id } = params as { id: string };
  if (!BIN_ID.test(id)) throw new SluiceError('not_found', { method, path: url });
  return id;
}

/** What is no number counts as not given. */
function pageOf({ limit, cursor }: Record<string, unknown>): { limit: number; cursor: string | null } {
  const asked = typeof limit === 'string' && /^\d+$/.test(limit) ? Number(limit) : PAGE;
  return {
    limit: Math.min(Math.max(asked, 1), binRequestsMax),
    cursor: typeof cursor === 'string' && /^\d+$/.test(cursor) ? cursor : null,
  };
}
