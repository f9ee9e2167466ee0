import { SluiceError } from '../domain/errors.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { parseJson } from './decode-body.ts';

/** A query as the router parsed it: a key that is given more than once has a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of a key that is to be given once: of several the first goes, as in the reference. Empty is absent. */
export function firstOf(value: string | readonly string[] | undefined): string | null {
  const first = typeof value === 'string' ? value : value?.[0];
  return first === undefined || first === '' ? null : first;
}

/**
 * Names of functions, with the objects that they stand in: all that libraries make up, and nothing that could be a
 * program. The name is written into a script, which runs in the page that asked for it.
 */
const CALLBACK = /^[A-Za-z_$][\w$.]{0,127}$/;

/** The function by which a page wants its answer (JSONP, protocol section 1.4); null when it wants none, or by no name. */
export function callbackOf({ query }: { readonly query: unknown }): string | null {
  const { callback } = query as Query;
  if (callback === undefined) return null;
  const name = firstOf(callback);
  return name !== null && CALLBACK.test(name) ? name : null;
}

/**
 * The bytes that stand in `data`: base64 in any of its four alphabets, URL-safe or not, padded or not (protocol section
 * 1.4; what two of them can read they read alike, so the order matters to none). A `+` that was not encoded arrives as
 * a blank. JSON that is not in base64 goes as it is: none begins like base64 does.
 *
 * @returns null when it is neither
 */
export function bytesInData(data: string): Buffer | null {
  const text = data.trim();
  if (text.startsWith('{') || text.startsWith('[')) return Buffer.from(text);
  const encoded = text.replaceAll(' ', '+');
  return decoded(encoded, 'base64url') ?? decoded(encoded, 'base64');
}

function decoded(text: string, alphabet: 'base64' | 'base64url'): Buffer | null {
  try {
    const { buffer, byteOffset, byteLength } = Uint8Array.fromBase64(text, { alphabet });
    return Buffer.from(buffer, byteOffset, byteLength);
  } catch {
    // It says nothing but that it could not.
    return null;
  }
}

/** @throws SluiceError `malformed_data` */
export function callInBytes(bytes: Buffer | null): unknown {
  if (bytes === null) throw new SluiceError('malformed_data');
  try {
    return parseJson(bytes);
  } catch (error) {
    throw new SluiceError('malformed_data', {}, error);
  }
}

/**
 * The call that the keys of a query spell (protocol section 1.5): `properties.page.title=x` is
 * `{"properties":{"page":{"title":"x"}}}`.
 *
 * Every value is a string, and a list of them where the key is repeated. A key with an empty part is ignored, blanks
 * around a part do not count, and where one key asks for a value and another for an object in the same place, it is the
 * object, in whichever order they come. `writeKey` is no part of the call.
 *
 * No object here has a prototype, so that `__proto__` and `constructor` are keys like any other. It does not recurse:
 * how deep a call may be is checked afterwards, and a query is no longer than the headers may be.
 */
export function callInKeys(query: Query): JsonObject {
  const call = emptyNode();
  for (const [key, value] of Object.entries(query)) {
    if (key === 'writeKey') continue;
    const parts = key.split('.').map((part) => part.trim());
    const name = parts.pop();
    if (name === undefined || name === '' || parts.includes('')) continue;
    const node = parts.reduce(nodeAt, call);
    const there = node[name];
    // The same key in another spelling is a repeated one.
    if (there === undefined) node[name] = value;
    else if (!isJsonObject(there)) node[name] = [there, value].flat();
  }
  return call;
}

type Node = Record<string, unknown>;

function emptyNode(): Node {
  return Object.create(null) as Node;
}

function nodeAt(node: Node, part: string): Node {
  const there = node[part];
  if (isJsonObject(there)) return there;
  const made = emptyNode();
  node[part] = made;
  return made;
}
