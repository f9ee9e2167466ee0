export interface SentRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Anything JSON; undefined for no body. */
  readonly body: unknown;
}

/** What Sluice shows in place of what was configured. */
const MASK = '***';
/** curl makes them itself, of what it sends. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/**
 * A request as a command line of curl for a POSIX shell, whoever wrote what is in it. Headers that were masked have a
 * placeholder.
 */
export function curlOf({ url, method, headers, body }: SentRequest): string {
  const sent = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()));
  return [
    // Brackets and braces in a URL are meant: curl takes them for patterns otherwise.
    `curl --globoff --request ${quoted(method)}`,
    `--url ${quoted(url)}`,
    ...sent.map(([name, value]) => `--header ${quoted(headerOf(name, value))}`),
    // With `--data`, what begins with an @ would be read from a file.
    ...(body === undefined ? [] : [`--data-raw ${quoted(jsonOf(body))}`]),
  ].join(' \\\n  ');
}

export interface CapturedRequest {
  readonly url: string;
  readonly method: string;
  /** As they came, in order. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly bytes: Uint8Array;
}

/** The same of a request that came, with the bytes of its body whatever they are. */
export function curlOfCaptured({ url, method, headers, bytes }: CapturedRequest): string {
  const sent = headers.filter(({ name }) => !OF_THE_CONNECTION.has(name.toLowerCase()));
  const hasType = sent.some(({ name }) => name.toLowerCase() === 'content-type');
  const text = plainTextOf(bytes);
  const words = [
    `curl --globoff --path-as-is ${method === 'HEAD' ? '--head' : `--request ${quoted(method)}`}`,
    `--url ${quoted(url)}`,
    ...sent.map(({ name, value }) => `--header ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
    // Which curl would add by itself.
    ...(bytes.length > 0 && !hasType ? [`--header 'Content-Type:'`] : []),
    ...(bytes.length === 0 ? [] : [text === null ? '--data-binary @-' : `--data-raw ${quoted(text)}`]),
  ].join(' \\\n  ');
  return text === null ? `printf %s ${quoted(base64Of(bytes))} | base64 -d | ${words}` : words;
}

/** Null for what a shell cannot be handed as it is. */
function plainTextOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return /(?![\n\t])\p{Cc}/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** curl drops a header that ends with its colon. */
function headerOf(name: string, value: string): string {
  if (value === '') return `${name};`;
  return `${name}: ${value.replaceAll(MASK, `<your ${name}>`)}`;
}

/**
 * One word to a shell, in which it expands nothing. Control characters go, for a terminal takes them for keys when they
 * are pasted; no URL, header or JSON text has any but for blank ones.
 */
export function quoted(text: string): string {
  return `'${text.replaceAll(/(?![\n\t])\p{Cc}/gu, '').replaceAll("'", String.raw`'\''`)}'`;
}

/** JSON escapes control characters, but for those above 0x7e. */
function jsonOf(value: unknown): string {
  const text = JSON.stringify(value);
  return text.replaceAll(/\p{Cc}/gu, (each) => String.raw`\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
