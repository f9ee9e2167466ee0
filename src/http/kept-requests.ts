import { isUtf8 } from 'node:buffer';
import type { BinAnswer } from '../domain/bin-script.ts';
import { binPageBytesMax } from '../domain/limits.ts';

/** One request as it came. */
export interface CapturedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case, one value each. */
  readonly headers: Readonly<Record<string, string>>;
  /** As they came: in order, each as often as it was there. */
  readonly rawHeaders: readonly { readonly name: string; readonly value: string }[];
  readonly body: Buffer;
  /** Who sent it; null where nobody knows any more. */
  readonly from: string | null;
}

/** The same as a bin shows it. */
export interface BinRequest extends Omit<CapturedRequest, 'body'> {
  readonly id: string;
  /** As text: bytes that are not UTF-8 are replaced. */
  readonly body: string;
  /** The bytes, where they are not UTF-8; null where `body` has them. */
  readonly bodyBase64: string | null;
  /** Of the body. */
  readonly bytes: number;
  /** ISO 8601. */
  readonly at: string;
  /** A status, or what became of it in place of an answer. */
  readonly answer: number | 'hang' | 'reset';
  /** Until it was answered, or ended; null while it waits. */
  readonly answeredMs: number | null;
  /** Its sender left before that. */
  readonly gaveUp: boolean;
}

/** How waiting for an answer ended. */
export interface BinEnd {
  readonly answeredMs: number;
  readonly gaveUp: boolean;
}

/** A request in memory. */
export interface Kept extends CapturedRequest {
  /** Rises by one with each request of its bin. */
  readonly order: number;
  /** Rises over all bins. */
  readonly rank: number;
  readonly atMs: number;
  readonly heldBytes: number;
  readonly answer: BinAnswer;
  /** Null while it waits. */
  end: BinEnd | null;
}

/** Objects and texts that each request has besides. */
const BYTES_EACH = 512;

/** What a request takes of memory, where a character takes up to two bytes. */
export function heldBytesOf({ path, headers, rawHeaders, body }: CapturedRequest): number {
  const joined = Object.entries(headers).reduce((chars, [name, value]) => chars + name.length + value.length, 0);
  const raw = rawHeaders.reduce((chars, { name, value }) => chars + name.length + value.length, 0);
  return BYTES_EACH + 2 * (path.length + joined + raw) + body.length;
}

export function requestIdOf(order: number): string {
  return `req_${order}`;
}

/** Null for what is no id of a request. */
export function orderOf(id: string): number | null {
  const [, order] = /^req_(\d{1,15})$/.exec(id) ?? [];
  return order === undefined ? null : Number(order);
}

export function shownRequest({ order, atMs, answer, end, ...kept }: Kept): BinRequest {
  const { method, path, headers, rawHeaders, body, from } = kept;
  return {
    ...{ id: requestIdOf(order), method, path, headers, rawHeaders, from },
    body: body.toString(),
    bodyBase64: isUtf8(body) ? null : body.toString('base64'),
    bytes: body.length,
    at: new Date(atMs).toISOString(),
    answer: answer.kind === 'answer' ? answer.status : answer.kind,
    answeredMs: end?.answeredMs ?? null,
    gaveUp: end?.gaveUp ?? false,
  };
}

export interface BinPage {
  readonly data: readonly BinRequest[];
  /** Asks for what is older, or null when there is none. */
  readonly next: string | null;
}

/** Newest first, those before `cursor` where one is given: at most `limit`, and fewer where their bodies are large. */
export function pageOf(
  kept: readonly Kept[],
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
): BinPage {
  const before = cursor === null ? Infinity : Number(cursor);
  const older = kept.filter(({ order }) => order < before).reverse();
  const page: Kept[] = [];
  let bytes = 0;
  for (const each of older.slice(0, limit)) {
    bytes += each.body.length;
    if (bytes > binPageBytesMax && page.length > 0) break;
    page.push(each);
  }
  const last = page.at(-1);
  return {
    data: page.map(shownRequest),
    next: last === undefined || page.length === older.length ? null : String(last.order),
  };
}
