import { CALL_TYPES } from '../domain/event.ts';
import type { CallType, NewEvent } from '../domain/event.ts';
import { batchItemsMax, callBytesMax } from '../domain/limits.ts';
import { normalised } from '../domain/normalise.ts';
import type { Arrival } from '../domain/normalise.ts';
import { REFUSALS } from '../domain/refusal.ts';
import type { RefusalReason } from '../domain/refusal.ts';
import type { Source } from '../domain/source.ts';
import { mistakeIn } from '../domain/validate.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { utf8BytesMostOf, utf8BytesOf } from '../lib/utf8.ts';
import type { Refusal } from '../ports/telemetry.ts';
import type { Entrance, Opened } from './incoming-call.ts';

export interface Judged {
  readonly events: readonly NewEvent[];
  readonly refusals: readonly Refusal[];
}

/** Sorts a request into what is accepted and what is not: as a whole where that is clear, then call by call. */
export function judge(
  entrance: Entrance,
  { arrival, calls, writeKeys }: Opened,
  sources: ReadonlyMap<string, Source>,
  uuid: () => string,
): Judged {
  const [firstKey = ''] = writeKeys;
  const whole = writeKeys.length <= 1 ? sources.get(firstKey) : undefined;
  const wholeReason = reasonAgainst(calls, writeKeys, whole);
  if (wholeReason !== null) {
    const writeKey = writeKeys.length === 1 ? firstKey : null;
    return { events: [], refusals: [wholeRefusal(entrance, calls, { reason: wholeReason, source: whole, writeKey })] };
  }

  const events: NewEvent[] = [];
  const refusals: Refusal[] = [];
  for (const [index, call] of calls.entries()) {
    const writeKey = writeKeys[index] ?? firstKey;
    const source = whole ?? sources.get(writeKey);
    const type = entrance.route === 'batch' ? typeIn(call) : entrance.route;
    const result = judgeOne(call, type, source, arrival, uuid);
    if (typeof result === 'string')
      refusals.push(refusalOf(entrance, call, { reason: result, source, writeKey, type }));
    else events.push(result);
  }
  return { events, refusals };
}

function reasonAgainst(
  calls: readonly unknown[],
  writeKeys: readonly string[],
  whole: Source | undefined,
): RefusalReason | null {
  if (calls.length === 0) return 'empty_batch';
  if (calls.length > batchItemsMax) return 'too_many_items';
  return writeKeys.length === 1 ? reasonAgainstSource(whole) : null;
}

function reasonAgainstSource(source: Source | undefined): RefusalReason | null {
  if (source === undefined) return 'unknown_source';
  return source.enabled ? null : 'source_disabled';
}

function judgeOne(
  call: unknown,
  type: CallType | null,
  source: Source | undefined,
  arrival: Arrival,
  uuid: () => string,
): NewEvent | RefusalReason {
  if (source === undefined) return 'unknown_source';
  if (!source.enabled) return 'source_disabled';
  if (!isJsonObject(call)) return 'item_not_object';
  if (type === null) return 'type_unknown';
  const mistake = mistakeIn(call, type, arrival.envelope?.context);
  if (mistake !== null) return mistake;
  const event = normalised(call, type, source, arrival, uuid);
  return arrival.envelope !== null && isItemTooLarge(call, event) ? 'item_too_large' : event;
}

function typeIn(call: unknown): CallType | null {
  return isJsonObject(call) ? (CALL_TYPES.find((type) => type === call.type) ?? null) : null;
}

/**
 * The limit is the item's own (protocol section 3.3). The event's body, which is there already, holds all of it but
 * what is not kept, so only an event that is over the limit has its item measured.
 */
function isItemTooLarge(item: JsonObject, { body }: NewEvent): boolean {
  if (utf8BytesMostOf(body) <= callBytesMax || utf8BytesOf(body) <= callBytesMax) return false;
  return utf8BytesOf(JSON.stringify(item)) > callBytesMax;
}

interface Verdict {
  readonly reason: RefusalReason;
  readonly source: Source | undefined;
  readonly writeKey: string | null;
}

/** One refusal for all calls, however many there are. */
function wholeRefusal(entrance: Entrance, calls: readonly unknown[], verdict: Verdict): Refusal {
  const { route } = entrance;
  if (route !== 'batch') return refusalOf(entrance, calls[0], { ...verdict, type: route });
  return { ...refusalOf(entrance, calls, { ...verdict, type: null }), count: Math.max(calls.length, 1) };
}

function refusalOf(
  { receivedAtMs, route }: Entrance,
  subject: unknown,
  { reason, source, writeKey, type }: Verdict & { readonly type: CallType | null },
): Refusal {
  const message = REFUSALS[reason];
  return { atMs: receivedAtMs, source: source?.id ?? null, reason, type, message, count: 1, route, writeKey, subject };
}
