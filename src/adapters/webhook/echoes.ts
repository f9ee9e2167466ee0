import type { Exchange } from '../../domain/attempt.ts';
import { MASK } from '../../domain/masked.ts';

/** Whatever is shorter is found in many an answer by chance, and is no credential. */
const CHARS_MIN = 6;
/** What is configured in these is none either, and would be missed in an answer: its own `Content-Type`, say. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'cache-control', 'user-agent']);

/**
 * Masks what an endpoint sends back of the headers that it was sent, as debugging proxies and misled error pages do: what
 * is kept of its answer is on disk in clear, and anybody who may look at deliveries sees it.
 *
 * It knows values as they were sent, as JSON and URLs spell them, and of `Authorization` what is behind its scheme. An
 * endpoint that spells them in another way knows them and can tell whom it likes.
 *
 * @param headers those that somebody configured, and the one that authenticates
 */
export function makeEchoMask(headers: Readonly<Record<string, string>>): (exchange: Exchange) => Exchange {
  const secrets = Object.entries(headers).flatMap(([name, value]) => secretsIn(name, value));
  // A longer one first: another may be a part of it.
  const forms = [...new Set(secrets.flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
  if (forms.length === 0) return (exchange) => exchange;
  const masked = (text: string): string => forms.reduce((left, form) => left.replaceAll(form, MASK), text);
  return (exchange) => {
    const { excerpt, isCut, responseHeaders } = exchange;
    const shown = masked(excerpt);
    return {
      ...exchange,
      excerpt: isCut ? withoutBeginning(shown, forms) : shown,
      responseHeaders: Object.fromEntries(
        Object.entries(responseHeaders).map(([name, value]) => [masked(name), masked(value)]),
      ),
    };
  };
}

function secretsIn(name: string, value: string): readonly string[] {
  if (NO_CREDENTIALS.has(name.toLowerCase())) return [];
  const [scheme = '', ...rest] = value.split(' ');
  const behind = rest.join(' ').trim();
  if (scheme.toLowerCase() !== 'basic') return [value, behind];
  const credentials = Buffer.from(behind, 'base64').toString();
  const password = credentials.slice(credentials.indexOf(':') + 1);
  return [value, behind, credentials, password];
}

function formsOf(secret: string): readonly string[] {
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
  return forms.filter((form) => form.length >= CHARS_MIN);
}

/** Where a text was cut, a secret may have been begun. */
function withoutBeginning(text: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length >= CHARS_MIN; length--) {
      if (text.endsWith(form.slice(0, length))) return `${text.slice(0, -length)}${MASK}`;
    }
  }
  return text;
}
