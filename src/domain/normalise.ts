import { isJsonObject, mergedOver } from '../lib/json-object.ts';
import type { JsonObject } from '../lib/json-object.ts';
import type { CallType, NewEvent } from './event.ts';
import type { Source } from './source.ts';
import { correctedMs, isoOf } from './timestamp.ts';

/** `client` on the short and pixel routes, which libraries on devices use; `server` on the others. */
export type Channel = 'client' | 'server';

/** What all calls of one request share. */
export interface Arrival {
  readonly channel: Channel;
  readonly receivedAtMs: number;
  /** The address of who sent it, proxies left out. */
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** Of a batch: what its items inherit. An item's own values win. */
  readonly envelope: Envelope | null;
}

export interface Envelope {
  readonly sentAt: unknown;
  readonly context: unknown;
  readonly integrations: unknown;
}

/** What the reference shows (Webhooks integration, "Request"). */
const VERSION = 1;

/**
 * Makes a valid call the event that is stored and delivered (protocol section 4): everything the sender sent, in its
 * order and unknown keys included, without the write key, and with the fields that the server sets.
 *
 * `JSON.stringify(JSON.parse(body)) === body`, for whatever JSON was sent: receivers check signatures that way
 * (Webhooks integration, fact 9). The call may be nested as deep as `jsonDepthMax` allows.
 */
export function normalised(
  call: JsonObject,
  type: CallType,
  source: Pick<Source, 'id' | 'kind'>,
  arrival: Arrival,
  uuid: () => string,
): NewEvent {
  const messageId = messageIdOf(call.messageId, uuid);
  const original = call.timestamp ?? call.originalTimestamp;
  const sentAt = call.sentAt ?? arrival.envelope?.sentAt ?? undefined;
  const integrations = inherited(call.integrations, arrival.envelope?.integrations);
  // A spread keeps an own `__proto__` an ordinary key, where assigning it would set the prototype.
  const body: Record<string, unknown> = { version: VERSION, type, ...call };
  Object.assign(body, {
    version: VERSION,
    type,
    messageId,
    timestamp: isoOf(correctedMs(original, sentAt, arrival.receivedAtMs)),
    originalTimestamp: original,
    sentAt: sentAt ?? call.sentAt,
    receivedAt: isoOf(arrival.receivedAtMs),
    channel: call.channel ?? arrival.channel,
    projectId: source.id,
    context: contextOf(call.context, arrival, source.kind),
    integrations,
    // JSON has no undefined, so the key is left out.
    writeKey: undefined,
  });
  return {
    source: source.id,
    type,
    messageId: messageId.toWellFormed(),
    name: nameOf(call, type),
    user: userOf(call),
    receivedAtMs: arrival.receivedAtMs,
    integrations: isEmpty(integrations) ? null : JSON.stringify(integrations),
    body: JSON.stringify(body),
  };
}

function messageIdOf(sent: unknown, uuid: () => string): string {
  if (typeof sent === 'number') return String(sent);
  return typeof sent === 'string' && sent !== '' ? sent : uuid();
}

/** An item's own value with what the envelope adds to it; absent and `null` are `{}`. */
function inherited(own: unknown, envelopes: unknown): unknown {
  const value = own ?? {};
  if (!isJsonObject(envelopes) || !isJsonObject(value)) return value;
  return mergedOver(envelopes, value);
}

/**
 * The address and the user agent are filled in only for devices, where the peer is the user and not the customer's
 * server, and never over a value that was sent: `0.0.0.0` is how a sender asks for none (section 4.1). Devices use the
 * short routes, or are known by their source's kind: the older mobile libraries share a route with servers.
 */
function contextOf(own: unknown, { channel, envelope, ip, userAgent }: Arrival, kind: Source['kind']): unknown {
  const context = inherited(own, envelope?.context);
  if (!isJsonObject(context)) return context;
  const isDevice = channel === 'client' || kind === 'web' || kind === 'mobile';
  const address = isDevice || context.direct === true ? ipv4Of(ip) : null;
  const added: Record<string, string> = {};
  if (address !== null && context.ip === undefined) added.ip = address;
  if (isDevice && userAgent !== null && context.userAgent === undefined) added.userAgent = userAgent;
  return { ...context, ...added };
}

const IPV4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i;

function ipv4Of(ip: string | null): string | null {
  return ip === null ? null : (IPV4.exec(ip)?.[1] ?? null);
}

function nameOf(call: JsonObject, type: CallType): string | null {
  switch (type) {
    case 'track':
      return wellFormed(call.event);
    case 'page':
    case 'screen':
      return wellFormed(call.name);
    case 'identify':
    case 'group':
    case 'alias':
      return null;
  }
}

function userOf(call: JsonObject): string | null {
  return wellFormed(call.userId) ?? wellFormed(call.anonymousId);
}

function wellFormed(text: unknown): string | null {
  return typeof text === 'string' && text !== '' ? text.toWellFormed() : null;
}

function isEmpty(integrations: unknown): boolean {
  return !isJsonObject(integrations) || Object.keys(integrations).length === 0;
}
