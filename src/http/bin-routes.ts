import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { binOperations } from '../contract/bins.ts';
import type { Shown } from '../contract/operation.ts';
import type { BinStep } from '../domain/bin-script.ts';
import { SluiceError } from '../domain/errors.ts';
import { binRequestBytesMax, binScriptNotedCharsMax } from '../domain/limits.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { joinedHeaders } from '../lib/joined-headers.ts';
import type { BinAnswers } from './bin-answers.ts';
import type { Bins, BinStanding } from './bins.ts';
import type { Forwarding } from './client-address.ts';
import { readBytes } from './decode-body.ts';
import type { HandlersOf } from './handlers.ts';
import { invalidCursor } from './parameters.ts';
import { answerWithEvents, lastIdOf } from './server-sent.ts';
import type { IsStillAllowed } from './stream-routes.ts';

const LIMIT = { bytesMax: binRequestBytesMax, code: 'bin_request_too_large' } as const;

export interface BinRouteParts {
  readonly bins: Bins;
  readonly forwarding: Pick<Forwarding, 'originOf' | 'publicOrigin' | 'clientAddressOf'>;
}

export interface BinCaptureParts extends BinRouteParts {
  readonly answers: BinAnswers;
}

/** Request bins: any request to `/bins/:id`, and to what is below it, is kept, and answered by the bin's script. */
export function registerBins(app: FastifyInstance, { bins, forwarding, answers }: BinCaptureParts): void {
  for (const url of ['/bins/:id', '/bins/:id/*']) {
    app.all(url, async (request, reply) => {
      const id = binIn(request, bins);
      const { method = '', url: path = '', headers, rawHeaders } = request.raw;
      const read = await readBytes(request.raw, LIMIT);
      // What was read may be a small part of a large piece of memory, which would be kept with it.
      const body = Buffer.allocUnsafeSlow(read.length);
      read.copy(body);
      const { answer, ended } = bins.capture(id, {
        ...{ method, path, headers: joinedHeaders(headers), rawHeaders: pairsOf(rawHeaders), body },
        from: forwarding.clientAddressOf(request.raw),
      });
      void reply.hijack();
      answers.give(answer, request, reply.raw, ended);
    });
  }
}

/** Node has names and values one after the other. */
function pairsOf(rawHeaders: readonly string[]): readonly { readonly name: string; readonly value: string }[] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => ({
    name: rawHeaders[2 * index] ?? '',
    value: rawHeaders[2 * index + 1] ?? '',
  }));
}

/** What the management API shows of them. */
export function binHandlers(
  { bins, forwarding }: BinRouteParts,
  isStillAllowed: IsStillAllowed,
): HandlersOf<typeof binOperations> {
  const shown = (id: string, { raw }: FastifyRequest): ShownBin => {
    const { scheme, host } = forwarding.publicOrigin ?? forwarding.originOf(raw);
    return shownBin(bins.get(id), `${scheme}://${host}/bins/${id}`);
  };
  return {
    listBins: (_asked, { request }) => ({ data: bins.list().map(({ id }) => shown(id, request)), next: null }),
    createBin: (_asked, { request }) => shown(bins.create(), request),
    getBin: (_asked, { request }) => shown(binIn(request, bins), request),
    updateBin: async ({ body: { script } }, { request, noted }) => {
      const id = binIn(request, bins);
      if (script === undefined) return shown(id, request);
      const [before, after] = [notedScript(bins.get(id).script), notedScript(script ?? [])];
      await noted({ action: 'bin.update', subject: id, before, after }, async () => {
        bins.script(id, script ?? []);
        return Promise.resolve();
      });
      return shown(id, request);
    },
    listBinRequests: ({ query: { limit, cursor } }, { request }) => {
      if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw invalidCursor();
      return bins.requests(binIn(request, bins), { limit, cursor: cursor ?? null });
    },
    emptyBin: async (_asked, { request, noted }) => {
      const id = binIn(request, bins);
      await noted({ action: 'bin.empty', subject: id }, async () => {
        bins.empty(id);
        return Promise.resolve();
      });
      return null;
    },
    getBinRequest: ({ params }, { request }) => {
      const bin = binIn(request, bins);
      const found = bins.request(bin, params.request);
      if (found === null)
        throw new SluiceError('bin_request_not_found', { bin, request: params.request.slice(0, 200) });
      return found;
    },
    watchBin: ({ query }, { request, reply }) => {
      const bin = binIn(request, bins);
      answerWithEvents(
        request,
        reply,
        () => isStillAllowed(request.raw),
        (reader) => bins.join(bin, reader, lastIdOf(request.raw, query)),
      );
      return null;
    },
  };
}

function notedScript(script: readonly BinStep[]): JsonObject {
  const text = JSON.stringify(script);
  const isLong = text.length > binScriptNotedCharsMax;
  return { script: isLong ? `${text.slice(0, binScriptNotedCharsMax)}…` : script };
}

type ShownBin = Shown<(typeof binOperations)['getBin']['answer']>;

function shownBin({ id, script, asked, requests, bytes, lastAtMs }: BinStanding, url: string): ShownBin {
  return { id, url, script, asked, requests, bytes, lastAt: lastAtMs === null ? null : isoOf(lastAtMs) };
}

/** @throws SluiceError `bin_not_found`, before anything of a body was read */
function binIn({ params }: FastifyRequest, bins: Bins): string {
  const { id } = params as { readonly id: string };
  if (!bins.has(id)) throw new SluiceError('bin_not_found', { id: id.slice(0, 200) });
  return id;
}
