import type { FastifyRequest } from 'fastify';
import type { CallType } from '../domain/event.ts';
import type { Channel } from '../domain/normalise.ts';
import type { Entrance } from '../pipeline/incoming-call.ts';
import type { Ingest } from '../pipeline/ingest.ts';
import type { Ambient } from '../ports/ambient.ts';
import { writeKeyOf } from './authenticate.ts';
import type { Forwarding } from './client-address.ts';
import { BodyHead, readJson } from './decode-body.ts';
import type { BodyLimit } from './decode-body.ts';
import { bytesInData, callInBytes, callInKeys, firstOf } from './query-call.ts';
import type { Query } from './query-call.ts';

export interface TakingParts {
  readonly ingest: Ingest;
  readonly forwarding: Pick<Forwarding, 'clientAddressOf'>;
  readonly ambient: Pick<Ambient, 'nowMs'>;
}

export interface CallRoute {
  readonly name: CallType | 'batch';
  readonly channel: Channel;
  readonly limit: BodyLimit;
}

/**
 * Takes the call in a request's body. Resolves when it can be answered with success: what was accepted is durable.
 *
 * @throws SluiceError as `Ingest`
 */
export async function takeBody(route: CallRoute, request: FastifyRequest, parts: TakingParts): Promise<void> {
  const entrance = entranceOf(route, request, parts);
  const head = new BodyHead();
  const json = await readJson(request.raw, route.limit, head).catch((error: unknown) => {
    parts.ingest.refuse(entrance, error, head.bytes);
    return null;
  });
  if (json === null) return undefined;
  // Not awaited here: a function that waits keeps what it has, and that is the parsed body, ten thousand objects.
  return parts.ingest.accept({ ...entrance, ...senderOf(request, parts), body: json.value, bodyBytes: json.bytes });
}

/**
 * The same for a call in the query (protocol sections 1.4 and 1.5): as JSON in `data`, or spelled by the keys where
 * that is allowed and there is no `data`. The write key may stand in the query, after the header and before the call.
 */
export async function takeQuery(
  route: CallRoute,
  request: FastifyRequest,
  parts: TakingParts,
  { isSpelled }: { readonly isSpelled: boolean },
): Promise<void> {
  const query = request.query as Query;
  const entrance = entranceOf(route, request, parts);
  const authorized = { ...entrance, writeKey: entrance.writeKey ?? firstOf(query.writeKey) };
  const data = firstOf(query.data);
  const call = data === null && isSpelled ? spelledCall(request.url, query) : callInData(data ?? '', authorized, parts);
  if (call === null) return;
  await parts.ingest.accept({ ...authorized, ...senderOf(request, parts), ...call });
}

interface QueryCall {
  readonly body: unknown;
  readonly bodyBytes: number;
}

function spelledCall(url: string, query: Query): QueryCall {
  return { body: callInKeys(query), bodyBytes: url.length };
}

/** Null when it was refused, and that is forgiven. */
function callInData(data: string, entrance: Entrance, { ingest }: TakingParts): QueryCall | null {
  const bytes = bytesInData(data);
  try {
    return { body: callInBytes(bytes), bodyBytes: bytes?.length ?? 0 };
  } catch (error) {
    // Of what is no base64 as much as can be read, so that the sample shows what was meant, and its write key masked.
    ingest.refuse(entrance, error, bytes ?? Buffer.from(data, 'base64'));
    return null;
  }
}

function entranceOf({ name, channel }: CallRoute, { raw }: FastifyRequest, { ambient }: TakingParts): Entrance {
  return { route: name, channel, receivedAtMs: ambient.nowMs(), writeKey: writeKeyOf(raw.headers.authorization) };
}

function senderOf({ raw }: FastifyRequest, { forwarding }: TakingParts) {
  return { ip: forwarding.clientAddressOf(raw), userAgent: raw.headers['user-agent'] ?? null };
}
