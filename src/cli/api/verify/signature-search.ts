import { createHmac } from 'node:crypto';
import { STANDARD_PREFIX } from '../../../domain/shared-secret.ts';

/** A way in which what was captured could differ from what was signed; null for none. */
interface Variant<T> {
  readonly value: T;
  /** What was done to it, and what to do about that, as whole sentences. */
  readonly because: string | null;
}

export interface Searched {
  /** What the signature is over, before the body. */
  readonly prefixes: readonly Variant<string>[];
  readonly body: Buffer;
  readonly secret: string;
  readonly hash: 'sha1' | 'sha256';
  /** As the header has it, without what marks a version. */
  readonly given: string;
}

/**
 * What has to be taken differently for a signature to hold: tries what usually goes wrong, one thing at a time and then two.
 * Null where none of it does; an empty list where nothing has to.
 */
export function differencesFor({ prefixes, body, secret, hash, given }: Searched): readonly string[] | null {
  const expected = encoding(given, hash);
  let best: readonly string[] | null = null;
  for (const key of keysOf(secret, hash)) {
    for (const prefix of prefixes) {
      for (const variant of bodiesOf(body)) {
        const digest = createHmac(hash, key.value).update(prefix.value).update(variant.value).digest();
        const written = expected(digest);
        if (written === undefined) continue;
        const found = [key.because, prefix.because, variant.because, written].filter((each) => each !== null);
        if (best === null || found.length < best.length) best = found;
      }
    }
  }
  return best;
}

/** How the signature is written if it is this digest: null as it has to be, undefined when it is none of it. */
function encoding(given: string, hash: Searched['hash']): (digest: Buffer) => string | null | undefined {
  const isHexScheme = hash === 'sha1';
  const plain = given.replace(/^sha(?:1|256)=/, '');
  return (digest) => {
    const [hex, base64] = [digest.toString('hex'), digest.toString('base64')];
    if (given === (isHexScheme ? hex : base64)) return null;
    if (plain === hex && isHexScheme) return 'It begins with `sha1=`, which Sluice does not write: something added it.';
    if (plain.toLowerCase() === hex) {
      return isHexScheme
        ? 'It is written in capitals: Sluice writes hex in small letters.'
        : 'It is written in hex, where Standard Webhooks has base64.';
    }
    if (plain === base64 || plain.replace(/=+$/, '') === base64.replace(/=+$/, '')) {
      return isHexScheme
        ? 'It is written in base64, where X-Signature is hex.'
        : 'Its base64 has lost the `=` at its end.';
    }
    return plain === digest.toString('base64url')
      ? 'It is written in base64url, where the scheme has base64.'
      : undefined;
  };
}

function keysOf(secret: string, hash: Searched['hash']): readonly Variant<Buffer>[] {
  const isPrefixed = secret.startsWith(STANDARD_PREFIX);
  const rest = secret.slice(STANDARD_PREFIX.length);
  const literal = Buffer.from(secret);
  const decoded = Buffer.from(isPrefixed ? rest : secret, 'base64');
  const right = isPrefixed && hash === 'sha256' ? decoded : literal;
  const all: readonly (readonly [Buffer, string])[] = [
    [literal, 'The secret was taken literally, where `whsec_` says that base64 follows: decode it for the key.'],
    [
      decoded,
      isPrefixed
        ? 'The secret was decoded from base64; X-Signature is keyed with it as it is written, `whsec_` included.'
        : 'The secret was decoded from base64, which only one that begins with `whsec_` is.',
    ],
    [Buffer.from(rest), 'The secret was taken without `whsec_`, and what follows was not decoded from base64.'],
    [Buffer.from(secret, 'hex'), 'The secret was decoded from hex; it has to be taken as it is written.'],
    [Buffer.from(`${secret}\n`), 'The secret was taken with a newline at its end: it was read from a file or `echo`.'],
    [Buffer.from(secret.trim()), 'The secret that you gave has white space around it that does not belong to it.'],
    [Buffer.from(`"${secret}"`), 'The secret was taken with quotation marks around it.'],
  ];
  const others = all.filter(
    ([value], index) => !value.equals(right) && (index !== 2 || isPrefixed) && value.length > 0,
  );
  return [{ value: right, because: null }, ...others.map(([value, because]) => ({ value, because }))];
}

/** What captures and frameworks do to bodies. The reason says what undoes it. */
function bodiesOf(body: Buffer): readonly Variant<Buffer>[] {
  const text = body.toString();
  const reserialised = again(text);
  const all: readonly (readonly [Buffer | string, string])[] = [
    [body.subarray(0, -1), 'It verifies without the newline at its end: your capture added one.'],
    [body.subarray(0, -2), 'It verifies without the line end (CRLF) at its end: your capture added one.'],
    [`${text}\n`, 'It verifies with a newline at its end: your capture took one away.'],
    [text.replaceAll('\r\n', '\n'), 'It verifies with LF in place of CRLF: your capture changed the line ends.'],
    [text.replace(/^\ufeff/, ''), 'It verifies without the byte order mark at its beginning: your capture added one.'],
    [
      reserialised ?? '',
      'It verifies as JSON without white space: the body was parsed and written again, indented or with other escapes. Sign over the bytes that came, before anything parses them.',
    ],
    [
      Buffer.from(text, 'latin1'),
      'It verifies once its letters are read as UTF-8: your capture took the bytes for Latin-1.',
    ],
  ];
  const isNewline = (index: number): boolean => index > 1 || text.endsWith(index === 0 ? '\n' : '\r\n');
  return [
    { value: body, because: null },
    ...all.flatMap(([changed, because], index) => {
      const value = typeof changed === 'string' ? Buffer.from(changed) : changed;
      return isNewline(index) && value.length > 0 && !value.equals(body) ? [{ value, because }] : [];
    }),
  ];
}

function again(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text.replace(/^\ufeff/, '')));
  } catch {
    return null;
  }
}
