import { isUtf8 } from 'node:buffer';

/** Scheme in any case, then optionally the colon that the Roku library puts there, then base64 in either alphabet. */
const BASIC = /^\s*basic(?::\s*|\s+)([A-Za-z0-9+/_-]+={0,2})\s*$/i;

/** What no write key contains, and what decoding something that is not base64 makes. */
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Headers that had a write key, and the key: reading one takes 0.8 µs and looking it up 0.1, and most calls are of a few
 * sources. Nothing is forgotten one by one: who makes up keys has all of them read again.
 */
const keptKeys = new Map<string, string>();
const KEPT_MAX = 64;
const KEPT_CHARS_MAX = 512;

/**
 * The write key of an `Authorization` header, or `null` where it has none: it is the user name of Basic, with the colon
 * behind it or without (protocol section 1.2). Other schemes and what cannot be decoded count as absent, because the
 * body may still have the key.
 */
export function writeKeyOf(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const kept = keptKeys.get(authorization);
  if (kept !== undefined) return kept;
  const writeKey = writeKeyIn(authorization);
  if (writeKey !== null && authorization.length <= KEPT_CHARS_MAX) {
    if (keptKeys.size >= KEPT_MAX) keptKeys.clear();
    keptKeys.set(authorization, writeKey);
  }
  return writeKey;
}

function writeKeyIn(authorization: string): string | null {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return null;
  const bytes = Buffer.from(encoded, 'base64');
  if (!isUtf8(bytes)) return null;
  const text = bytes.toString();
  const colon = text.indexOf(':');
  const writeKey = colon === -1 ? text : text.slice(0, colon);
  return writeKey === '' || CONTROL.test(writeKey) ? null : writeKey;
}
