import { isUtf8 } from 'node:buffer';
import { CALL_TYPES, type CallType } from '../../../domain/event.ts';
import { callBytesMax, jsonDepthMax } from '../../../domain/limits.ts';
import { REFUSALS } from '../../../domain/refusal.ts';
import { correctedMs, isoOf, parseTimestamp } from '../../../domain/timestamp.ts';
import { mistakeIn } from '../../../domain/validate.ts';
import { isDeeperThan } from '../../../lib/json-depth.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json-object.ts';
import { lineBytesMax } from './lines.ts';

/** A call as it is sent. */
export interface SentCall {
  /** JSON, on one line. */
  readonly text: string;
  /** Whether it says when it happened: otherwise that is when it is imported. */
  readonly isDated: boolean;
}

/** Why a line is not sent. The code is that of the refusal where Sluice would have refused it as well. */
export interface RefusedLine {
  readonly reason: string;
  readonly message: string;
}

export interface CallOptions {
  /** An id for a call that has none, the same for this line whenever it is imported. */
  readonly idOf: () => string;
  /** Whether Sluice would take the address of who imports for the address of a user. */
  readonly isOfDevices: boolean;
}

/** What is said otherwise of a line than of the item of a batch, and what no batch that Sluice can read has. */
const MESSAGES = {
  ...REFUSALS,
  item_not_object: 'the line is no JSON object',
  type_unknown: 'it has no `type`, or none of identify, track, page, screen, group and alias',
  item_too_large: `the call is larger than ${callBytesMax.toLocaleString('en')} bytes`,
  line_too_long: `the line is longer than ${lineBytesMax.toLocaleString('en')} bytes`,
  malformed_json: 'the line is no JSON',
  not_utf8: 'the line is not UTF-8',
  too_deep: `it is nested deeper than ${jsonDepthMax - 2} levels`,
  is_batch: 'it is a batch: each of its calls needs a line of its own (`jq -c ".batch[]"`)',
};

/** The levels that a batch adds. */
const BATCH_LEVELS = 2;
/** As Segment has it of a call that is to have no address (protocol section 4.1). */
const NO_ADDRESS = '0.0.0.0';

/** What is sent for a line, by the rules that Sluice accepts by; null for a line with nothing on it. */
export function callOn(bytes: Buffer | null, options: CallOptions): SentCall | RefusedLine | null {
  if (bytes === null) return refused('line_too_long');
  if (!isUtf8(bytes)) return refused('not_utf8');
  const text = bytes.toString();
  const call = parsed(text);
  if (call === undefined) return text.trim() === '' ? null : refused('malformed_json');
  if (!isJsonObject(call)) return refused('item_not_object');
  // Each level takes two characters at least.
  if (text.length > jsonDepthMax && isDeeperThan(jsonDepthMax - BATCH_LEVELS, call)) return refused('too_deep');
  const type = CALL_TYPES.find((each) => each === call.type);
  if (type === undefined) return refused(Array.isArray(call.batch) ? 'is_batch' : 'type_unknown');
  const mistake = mistakeIn(call, type);
  if (mistake !== null) return refused(mistake);
  return sentCall(call, type, options);
}

function sentCall(call: JsonObject, type: CallType, { idOf, isOfDevices }: CallOptions): SentCall | RefusedLine {
  const timestamp = timeOf(call);
  const text = JSON.stringify({
    ...call,
    type,
    messageId: hasId(call) ? call.messageId : idOf(),
    timestamp,
    // With it, Sluice would take today for the moment that it was sent at, and move the event's time by years.
    sentAt: undefined,
    writeKey: undefined,
    context: contextOf(call.context, isOfDevices),
  });
  if (Buffer.byteLength(text) > callBytesMax) return refused('item_too_large');
  return { text, isDated: parseTimestamp(timestamp) !== null };
}

function refused(reason: keyof typeof MESSAGES): RefusedLine {
  return { reason, message: MESSAGES[reason] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function hasId({ messageId }: JsonObject): boolean {
  return typeof messageId === 'number' || (typeof messageId === 'string' && messageId !== '');
}

/**
 * When it happened: what `timestamp` says, which archives have corrected already. Without one it is found as Sluice would
 * have done it when the call came, from what the archive kept of that.
 */
function timeOf({ timestamp, originalTimestamp, sentAt, receivedAt }: JsonObject): unknown {
  if (parseTimestamp(timestamp) !== null) return timestamp;
  const receivedAtMs = parseTimestamp(receivedAt);
  if (parseTimestamp(originalTimestamp) !== null) {
    return receivedAtMs === null ? originalTimestamp : isoOf(correctedMs(originalTimestamp, sentAt, receivedAtMs));
  }
  if (receivedAtMs !== null) return receivedAt;
  return parseTimestamp(sentAt) === null ? timestamp : sentAt;
}

/** Where Sluice would fill in who sent it, that is said to be nobody: it is not the user. */
function contextOf(context: unknown, isOfDevices: boolean): unknown {
  const own = context ?? {};
  if (!isJsonObject(own) || own.ip !== undefined) return context;
  return isOfDevices || own.direct === true ? { ...own, ip: NO_ADDRESS } : context;
}
