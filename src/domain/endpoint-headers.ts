/** Names that Sluice writes itself, and those that belong to the connection and not to the request (RFC 9110, 7.6.1). */
const FORBIDDEN = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-signature',
  'x-signature-next',
  'x-sluice-replay',
]);

/** What speaks to a proxy, and the names of Standard Webhooks, those to come included. */
const FORBIDDEN_BEGINNINGS = ['proxy-', 'webhook-'];

/** Whether no static header of an endpoint may have this name. Case does not matter. */
export function isForbiddenHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return FORBIDDEN.has(lower) || FORBIDDEN_BEGINNINGS.some((beginning) => lower.startsWith(beginning));
}

/** `token` of RFC 9110, section 5.6.2. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** `field-value` of RFC 9110, section 5.5: each character is one byte, no control characters but tabs inside. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * What is wrong with one static header, as the rest of a sentence that begins with its name; null when nothing is.
 * Never repeats the value, which is a secret. How many there may be, and of which size together, is in `limits.ts`.
 */
export function headerProblem(name: string, value: string): string | null {
  if (isForbiddenHeader(name)) return 'is written by Sluice itself and cannot be replaced';
  return fieldProblem(name, value);
}

/** Whether this is how any header is written, spaces around its value included. */
export function isField(name: string, value: string): boolean {
  return NAME.test(name) && VALUE.test(value);
}

/** The same of any header, whoever writes it. */
export function fieldProblem(name: string, value: string): string | null {
  if (!NAME.test(name)) return 'is not the name of a header';
  if (!VALUE.test(value)) return 'has a value with a line break, a control character or one outside ISO 8859-1';
  if (value !== value.trim()) return 'has a value that begins or ends with white space';
  return null;
}
