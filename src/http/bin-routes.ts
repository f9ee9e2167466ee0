import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { binOperations } from '../contract/bins.ts';
import { SluiceError } from '../domain/errors.ts';
import { binRequestBytesMax } from '../domain/limits.ts';
import { joinedHeaders } from '../lib/joined-headers.ts';
import type { Bins } from './bins.ts';
import type { Forwarding } from './client-address.ts';
import { readBytes } from './decode-body.ts';
import type { HandlersOf } from './handlers.ts';
import { invalidCursor } from './parameters.ts';

const LIMIT = { bytesMax: binRequestBytesMax, code: 'bin_request_too_large' } as const;

export interface BinRouteParts {
  readonly bins: Bins;
  readonly forwarding: Pick<Forwarding, 'originOf' | 'publicOrigin'>;
}

export interface BinCaptureParts extends Pick<BinRouteParts, 'bins'> {
  readonly succeed: (reply: FastifyReply) => void;
}

/** Request bins: any request to `/bins/:id` is kept. */
export function registerBins(app: FastifyInstance, { bins, succeed }: BinCaptureParts): void {
  app.all('/bins/:id', async (request, reply) => {
    const id = binIn(request, bins);
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
export function binHandlers({ bins, forwarding }: BinRouteParts): HandlersOf<typeof binOperations> {
  return {
    createBin: (_asked, { request }) => {
      const id = bins.create();
      const { scheme, host } = forwarding.publicOrigin ?? forwarding.originOf(request.raw);
      return { id, url: `${scheme}://${host}/bins/${id}` };
    },
    listBinRequests: ({ query: { limit, cursor } }, { request }) => {
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw invalidCursor();
      const id = binIn(request, bins);
      return bins.list(id, { limit, cursor: cursor ?? null });
    },
  };
}

/** @throws SluiceError `bin_not_found`, before anything of a body was read */
function binIn({ params }: FastifyRequest, bins: Bins): string {
  const { id } = params as { readonly id: string };
  if (!bins.has(id)) throw new SluiceError('bin_not_found', { id: id.slice(0, 200) });
  return id;
}
