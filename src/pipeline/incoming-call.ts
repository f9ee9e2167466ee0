import { SluiceError } from '../domain/errors.ts';
import type { CallType } from '../domain/event.ts';
import { batchBytesMax, callBytesMax, jsonDepthMax } from '../domain/limits.ts';
import type { Arrival, Channel } from '../domain/normalise.ts';
import { isDeeperThan } from '../lib/json-depth.ts';
import { isJsonObject } from '../lib/json-object.ts';

/** What is known of a call before its body is read. */
export interface Entrance {
  readonly route: CallType | 'batch';
  readonly channel: Channel;
  readonly receivedAtMs: number;
  /** From the header, where one was sent: it goes before those in the body. */
  readonly writeKey: string | null;
}

/** What a library sent, read and parsed. */
export interface IncomingCall extends Entrance {
  readonly body: unknown;
  /** Of the body's JSON text, after decompression. */
  readonly bodyBytes: number;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** A call whose outer form is right. */
export interface Opened {
  readonly arrival: Arrival;
  readonly calls: readonly unknown[];
  /** One that goes for all, or one per call. */
  readonly writeKeys: readonly string[];
}

/** @throws SluiceError when not even the outer form is right */
export function open(call: IncomingCall): Opened {
  const { route, body, bodyBytes } = call;
  const isBatch = route === 'batch';
  const bytesMax = isBatch ? batchBytesMax : callBytesMax;
  if (bodyBytes > bytesMax) throw new SluiceError(isBatch ? 'batch_too_large' : 'call_too_large', { bytesMax });
  if (!isJsonObject(body)) throw new SluiceError('not_an_object');
  // Each level takes two characters at least, so most calls are too short to be too deep.
  if (bodyBytes > 2 * jsonDepthMax && isDeeperThan(jsonDepthMax, body)) {
    throw new SluiceError('too_deep', { depthMax: jsonDepthMax });
  }
  const calls: unknown = isBatch ? body.batch : [body];
  if (!Array.isArray(calls)) throw new SluiceError('batch_not_array');
  const envelope = isBatch ? { sentAt: body.sentAt, context: body.context, integrations: body.integrations } : null;
  return { arrival: { ...call, envelope }, calls, writeKeys: writeKeysOf(call.writeKey ?? writeKeyIn(body), calls) };
}

/** The header's or the envelope's key goes for all; without it each item has its own, or else the first one's. */
function writeKeysOf(forAll: string | null, calls: readonly unknown[]): readonly string[] {
  if (forAll !== null) return [forAll];
  const own = calls.map(writeKeyIn);
  const first = own.find((key) => key !== null);
  if (first === undefined && calls.length > 0) throw new SluiceError('write_key_missing');
  const each = own.map((key) => key ?? first ?? '');
  return each.every((key) => key === first) ? each.slice(0, 1) : each;
}

/** The write key that stands in a call, or in the envelope of a batch. */
export function writeKeyIn(value: unknown): string | null {
  if (!isJsonObject(value)) return null;
  return typeof value.writeKey === 'string' && value.writeKey !== '' ? value.writeKey : null;
}
