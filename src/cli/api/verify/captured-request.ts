import { isJsonObject, type JsonObject } from '../../../lib/json-object.ts';
import { CommandFailure } from '../../exit-codes.ts';

/** A request as somebody has kept it. */
export interface CapturedRequest {
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** When it was received; null where nobody said. */
  readonly atMs: number | null;
  /** What is to be known of how it was kept; null for nothing. */
  readonly remark: string | null;
}

const REQUEST_LINE = /^[A-Z]+ \S+ HTTP\/[\d.]+\r?\n/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/;
/** So much of a file is looked at for its headers. */
const HEAD_BYTES_MAX = 256 * 1024;

/**
 * A request that was kept in a file: as it went over the wire, or as JSON with `headers` and `body`, which is what request
 * bins answer, also as the first of a list.
 *
 * @throws CommandFailure for anything else
 */
export function requestIn(bytes: Buffer): CapturedRequest {
  const json = jsonIn(bytes);
  const kept = isJsonObject(json) && Array.isArray(json.data) ? (json.data as readonly unknown[])[0] : json;
  if (isJsonObject(kept) && 'headers' in kept) return requestOfJson(kept);
  const request = requestOfText(bytes);
  if (request !== null) return request;
  throw new CommandFailure('usage', 'what was captured is neither an HTTP request nor JSON with `headers` and `body`', [
    'give headers and body apart: --header "webhook-id: evt_…" --header "…" --body FILE',
  ]);
}

/** @throws CommandFailure */
export function headersIn(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = HEADER_LINE.exec(line) ?? [];
      if (name === undefined || value === undefined) {
        throw new CommandFailure('usage', 'a header is given as it is sent: --header "X-Signature: 5f4d…"');
      }
      return [name.toLowerCase(), value];
    }),
  );
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return null;
  }
}

function requestOfJson(kept: JsonObject): CapturedRequest {
  const { body, at, isBase64Encoded } = kept;
  const atMs = typeof at === 'string' ? Date.parse(at) : NaN;
  const shared = { headers: headersOf(kept.headers), atMs: Number.isNaN(atMs) ? null : atMs };
  if (typeof body === 'string') {
    return { ...shared, body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'), remark: null };
  }
  const remark = 'the capture holds the body parsed, and not as it came; it is taken as JSON.stringify writes it';
  return { ...shared, body: Buffer.from(JSON.stringify(body ?? '')), remark };
}

/** An object of names, with one value each or several; or a list of pairs. */
function headersOf(headers: unknown): Readonly<Record<string, string>> {
  const pairs: readonly unknown[] = Array.isArray(headers) ? headers : Object.entries(headers ?? {});
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, value] = isJsonObject(pair) ? [pair.name, pair.value] : (pair as readonly unknown[]);
      return [String(name).toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value)];
    }),
  );
}

function requestOfText(bytes: Buffer): CapturedRequest | null {
  const head = bytes
    .subarray(0, HEAD_BYTES_MAX)
    .toString('latin1')
    .replace(/^[\r\n]+/, '');
  const skipped = Math.min(bytes.length, HEAD_BYTES_MAX) - head.length;
  const start = REQUEST_LINE.exec(head)?.[0].length ?? 0;
  const headers: Record<string, string> = {};
  for (let at = start; at < head.length;) {
    const end = head.indexOf('\n', at);
    const line = (end === -1 ? head.slice(at) : head.slice(at, end)).replace(/\r$/, '');
    at = end === -1 ? head.length : end + 1;
    if (line === '') {
      if (Object.keys(headers).length === 0) return null;
      return { headers, body: bytes.subarray(skipped + at), atMs: null, remark: null };
    }
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    headers[name.toLowerCase()] = value;
  }
  return null;
}
