import type { WebhookEvent } from './event.ts';
import { WebhookError } from './webhook-error.ts';

/** The body as it came. A string is taken for the UTF-8 that it was. */
export type RawBody = ArrayBufferView | ArrayBuffer | string;

/**
 * The bytes that were signed.
 *
 * @throws WebhookError `body_parsed` for an object: what a parser made of the body has other bytes than were signed
 */
export function bytesOf(body: RawBody): Uint8Array {
  const given: unknown = body;
  // By what it is and not by whose: test runners have an `ArrayBuffer` of their own beside that of Node.js.
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (isArrayBuffer(given)) return new Uint8Array(given);
  if (typeof given === 'string') return new TextEncoder().encode(given);
  throw new WebhookError(
    'body_parsed',
    'the body is no bytes and no text: a parser has read it before. A signature is over the raw bytes: hand these over, and parse afterwards',
  );
}

function isArrayBuffer(given: unknown): given is ArrayBuffer {
  return Object.prototype.toString.call(given) === '[object ArrayBuffer]';
}

/** What a genuine body says. @throws WebhookError `body_malformed` */
export function eventsIn(bytes: Uint8Array): { readonly isBatch: boolean; readonly events: readonly WebhookEvent[] } {
  const said = parsed(bytes);
  const isBatch = Array.isArray(said);
  const events: readonly unknown[] = isBatch ? said : [said];
  if (events.length > 0 && events.every(isEvent)) return { isBatch, events };
  throw new WebhookError(
    'body_malformed',
    'the body is genuine, and neither an event nor an array of events, each with a `type` and a `messageId`: have whoever knows the secret send events alone to this address',
  );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new WebhookError('body_malformed', 'the body is genuine, and no JSON: see what signs it', { cause });
  }
}

/** It was signed by Sluice, which checked the rest: what is looked at is what is relied on here. */
function isEvent(said: unknown): said is WebhookEvent {
  if (typeof said !== 'object' || said === null) return false;
  const { type, messageId } = said as Record<string, unknown>;
  return typeof type === 'string' && typeof messageId === 'string' && messageId !== '';
}
