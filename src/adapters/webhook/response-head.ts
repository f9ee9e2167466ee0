import { isField } from '../../domain/endpoint-headers.ts';
import { responseHeaderBytesMax } from '../../domain/limits.ts';

/** The head of a response: its status, and how what follows is to be read (RFC 9112, section 6.3). */
export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; values of a repeated one joined by commas (RFC 9110, section 5.3). */
  readonly headers: Readonly<Record<string, string>>;
  /** How long the body is, in bytes; or by what its end is known. */
  readonly body: number | 'chunked' | 'until close';
  /** Another request may follow on the connection. */
  readonly isPersistent: boolean;
  /** How long the other side keeps an idle connection, by its own word; null where it does not say. */
  readonly keepAliveMs: number | null;
}

/** What came back is not HTTP/1.1. The message says why, as the rest of a sentence. */
export class BadResponse extends Error {
  override readonly name = 'BadResponse';
}

/** The reason may be anything but control characters, and may be absent with the space before it. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const LENGTH = /^\d{1,15}$/;
const KEEP_ALIVE_S = /(?:^|[,;\s])timeout=(\d{1,9})/i;
/** Statuses without a body, whatever their headers say. */
const EMPTY = new Set([204, 304]);

/**
 * Reads heads. One that is the same as the one before is not read again: most endpoints answer alike for a second at a
 * time, until their `Date` changes.
 */
export class HeadReader {
  #text = '';
  #head: ResponseHead | null = null;

  /**
   * @param text in ISO 8859-1, without the empty line at its end
   * @throws BadResponse
   */
  read(text: string): ResponseHead {
    if (this.#head !== null && text === this.#text) return this.#head;
    const head = headOf(text);
    this.#text = text;
    this.#head = head;
    return head;
  }
}

function headOf(text: string): ResponseHead {
  if (text.length > responseHeaderBytesMax) throw tooLargeHead();
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, minor, digits] = STATUS_LINE.exec(statusLine) ?? [];
  if (digits === undefined) throw new BadResponse('it does not begin with a status line of HTTP/1.1');
  const status = Number(digits);
  if (status === 101) throw new BadResponse('a change of protocol that no request asked for');
  const fields = fieldsIn(lines);
  const body = bodyOf(status, fields);
  const keepAlive = KEEP_ALIVE_S.exec(fields.get('keep-alive') ?? '')?.[1];
  return {
    status,
    // `fromEntries` takes `__proto__` for the name of a header, which an assignment would not.
    headers: Object.fromEntries(fields),
    body,
    isPersistent: body !== 'until close' && isPersistent(minor === '1', fields.get('connection') ?? ''),
    keepAliveMs: keepAlive === undefined ? null : Number(keepAlive) * 1_000,
  };
}

export function tooLargeHead(): BadResponse {
  return new BadResponse('its headers are too large');
}

function fieldsIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let last = '';
  for (const line of lines) {
    // A value that goes on in the next line, as it did in HTTP/1.0 (RFC 9112, section 5.2).
    const isContinued = line.startsWith(' ') || line.startsWith('\t');
    const colon = isContinued ? -1 : line.indexOf(':');
    const name: string = isContinued ? last : line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = line.slice(colon + 1);
    if (!isField(name, value)) throw new BadResponse('a line of its head is no header');
    const before = fields.get(name);
    const joint = isContinued ? ' ' : ', ';
    fields.set(name, before === undefined ? withoutSpaces(value) : `${before}${joint}${withoutSpaces(value)}`);
    last = name;
  }
  return fields;
}

/** By hand, because what `trim` takes for white space is more, and a pattern could be led astray by a long one. */
function withoutSpaces(value: string): string {
  let [start, end] = [0, value.length];
  while (start < end && isSpace(value.charCodeAt(start))) start += 1;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function bodyOf(status: number, fields: ReadonlyMap<string, string>): ResponseHead['body'] {
  const [coding, length] = [fields.get('transfer-encoding'), fields.get('content-length')];
  if (coding !== undefined && length !== undefined) throw new BadResponse('it has a length beside chunks');
  if (length !== undefined && !LENGTH.test(length)) throw new BadResponse('its Content-Length is not one number');
  if (status < 200 || EMPTY.has(status)) return 0;
  if (coding !== undefined) return /(?:^|[,\s])chunked$/i.test(coding) ? 'chunked' : 'until close';
  return length === undefined ? 'until close' : Number(length);
}

function isPersistent(isNew: boolean, connection: string): boolean {
  const options = connection.toLowerCase().split(/[\s,]+/);
  return isNew ? !options.includes('close') : options.includes('keep-alive');
}
