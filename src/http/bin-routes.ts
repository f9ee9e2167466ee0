import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { binOperations } from '../contract/bins.ts';
import { SluiceError } from '../domain/errors.ts';
import { binRequestBytesMax } from '../domain/limits.ts';
import { joinedHeaders } from '../lib/joined-headers.ts';
import type { Bins } from './bins.ts';
import { readBytes } from './decode-body.ts';
import type { HandlersOf } from './handlers.ts';
import { invalidCursor } from './parameters.ts';

const LIMIT = { bytesMax: binRequestBytesMax, code: 'bin_request_too_large' } as const;
const BIN_ID = /^[A-Za-z0-9_-]{1,64}$/;

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

/** What the management API shows of them. Where there are none, nothing is at these paths. */
export function binHandlers(bins: Bins | null): HandlersOf<typeof binOperations> {
  return {
    createBin: (_asked, { request }) => {
      if (bins === null) throw nothingAt(request);
      const id = bins.create();
      return { id, url: `http://${request.host}/bins/${id}` };
    },
    listBinRequests: ({ query: { limit, cursor } }, { request }) => {
      if (bins === null) throw nothingAt(request);
      const id = binIdOf(request);
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw invalidCursor();
      const page = bins.list(id, { limit, cursor: cursor ?? null });
      if (page === null) throw new SluiceError('bin_not_found', { id });
      return page;
    },
  };
}

function binIdOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  if (!BIN_ID.test(id)) throw nothingAt(request);
  return id;
}

function nothingAt({ method, url }: FastifyRequest): SluiceError {
  return new SluiceError('not_found', { method, path: url.slice(0, 200) });
}
