import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CALL_TYPES, limits } from '../../../contract/vocabulary.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json-object.ts';
import { CommandFailure, EXIT_CODES } from '../../exit-codes.ts';
import { note, outliveReaders, print, printJson } from '../../output.ts';
import { counted, countText, printable } from '../../printable.ts';
import { Pace, ProgressLine } from '../../progress.ts';
import type { Remote } from '../api-command.ts';
import { valueOf } from '../given-settings.ts';
import { postCalls } from './tracking.ts';

/** Calls of one request, and their size: a batch may have more of both, and its envelope needs room. */
const BATCH_CALLS_MAX = 500;
const BATCH_BYTES_MAX = limits.batchBytesMax - 8_192;

/** So many message ids are kept to tell one's own calls among those that were refused. */
const IDS_MAX = 200_000;

interface Progress {
  sent: number;
  readonly ids: Set<unknown>;
  readonly pace: Pace;
  readonly line: ProgressLine;
}

/**
 * Sends the calls of a file, a batch at a time and in order. What cannot be a call ends it, and says in which line; what
 * came before was sent, and may be sent again where it has message ids of its own.
 */
export async function sendFile({ target, client, isJson }: Remote, file: string, writeKey: string): Promise<void> {
  outliveReaders();
  const from = new Date().toISOString();
  const progress: Progress = { sent: 0, ids: new Set(), pace: new Pace(), line: new ProgressLine() };
  try {
    for await (const batch of batchesOf(callsIn(file))) {
      await postCalls(target, 'batch', { batch }, writeKey);
      progress.sent += batch.length;
      for (const { messageId } of batch) if (progress.ids.size < IDS_MAX) progress.ids.add(messageId);
      progress.pace.mark(progress.sent, performance.now());
      progress.line.show(null, progressText(progress));
    }
  } catch (error) {
    progress.line.clear();
    if (progress.sent > 0) note(`${counted(progress.sent, 'call')} before that were sent`);
    throw error;
  }
  progress.line.clear();
  const refused = await refusedSince(client, from, { ids: progress.ids, writeKey });
  if (isJson) printJson({ sent: progress.sent, refused });
  else print(`${counted(progress.sent, 'call was', 'calls were')} taken`);
  if (refused === null || refused === 0) return;
  note(`${countText(refused)} or more of them were refused: sluice events list --refused --from ${from}`);
  process.exitCode = EXIT_CODES.failed.code;
}

function progressText({ sent, pace }: Progress): string {
  const perSecond = pace.perSecond;
  return `${counted(sent, 'call')} sent${perSecond === null ? '' : `  ${countText(Math.round(perSecond))}/s`}`;
}

/** @throws CommandFailure with its line for what is no call */
async function* callsIn(file: string): AsyncGenerator<JsonObject, void> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let number = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      number += 1;
      if (line.trim() !== '') yield callIn(line, number);
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new CommandFailure('usage', `cannot read ${printable(file, 200)}: ${printable(error.message, 200)}`);
  }
}

function callIn(line: string, number: number): JsonObject {
  const call = valueOf(line);
  if (!isJsonObject(call)) throw new CommandFailure('usage', `line ${number} is no JSON object: a call on each line`);
  const { type } = call;
  if (!CALL_TYPES.some((each) => each === type)) {
    throw new CommandFailure('usage', `line ${number} has no \`type\` that is one of ${CALL_TYPES.join(', ')}`);
  }
  // Sent a second time after a broken connection, it must be known again.
  return typeof call['messageId'] === 'string' ? call : { ...call, messageId: `sluice-cli-${randomUUID()}` };
}

async function* batchesOf(calls: AsyncIterable<JsonObject>): AsyncGenerator<readonly JsonObject[], void> {
  let batch: JsonObject[] = [];
  let bytes = 0;
  for await (const call of calls) {
    const size = Buffer.byteLength(JSON.stringify(call)) + 1;
    if (batch.length > 0 && (batch.length >= BATCH_CALLS_MAX || bytes + size > BATCH_BYTES_MAX)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(call);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/**
 * How many of these calls were refused, as far as they were sampled; null for who may not look. Of a batch that was
 * refused whole, the beginning of its write key is what is known. Refused calls are written once a second.
 */
async function refusedSince(
  { listEvents }: Remote['client'],
  from: string,
  { ids, writeKey }: { readonly ids: ReadonlySet<unknown>; readonly writeKey: string },
): Promise<number | null> {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const { data } = await listEvents({ query: { refused: true, from, limit: 200 } }).catch(() => ({ data: null }));
  if (data === null) return null;
  const own = data.filter((call) => {
    if (!('reason' in call)) return false;
    return call.messageId === null ? isBegunBy(writeKey, call.writeKey) : ids.has(call.messageId);
  });
  return own.reduce((sum, call) => sum + ('count' in call ? call.count : 0), 0);
}

function isBegunBy(key: string, shown: string | null): boolean {
  return shown !== null && key.startsWith(shown.replace(/…$/, ''));
}
