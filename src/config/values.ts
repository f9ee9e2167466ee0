import { isIP } from 'node:net';
import { headerProblem } from '../domain/endpoint-headers.ts';
import { endpointHeaderBytesMax, endpointHeadersMax } from '../domain/limits.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { Problem } from './problems.ts';

/** An IP address, or a CIDR range of them. Zone ids mean something on one machine only, and are no range. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** A host name or an address without brackets, scheme or port. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  return text.length <= 253 && /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !/^[\d.]+$/.test(text);
}

/** Where an HTTP proxy is, and as whom to come. HTTPS to the proxy itself is not spoken. */
export function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || /[\s\p{Cc}\\]/u.test(text) || !/^http:\/\//i.test(text)) return false;
  // RFC 7617: the first colon ends the user name.
  if (!isDecodable(url.username) || !isDecodable(url.password) || /%3a/i.test(url.username)) return false;
  return url.hostname !== '' && `${url.pathname}${url.search}${url.hash}` === '/' && url.port !== '0';
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Something that the paths of Sluice can be put behind. */
export function isPublicUrl(text: string): boolean {
  const url = /^https?:\/\/[^\s\\?#@]+$/i.test(text) ? URL.parse(text) : null;
  return url !== null && url.hostname !== '';
}

/** What is wrong with the static headers of an endpoint: each for itself, their number, and their size together. */
export function headersProblems(headers: unknown): readonly Problem[] {
  if (!isJsonObject(headers)) return [];
  const entries = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return [...entries.flatMap(headerProblems), ...repeatedNames(entries), ...sizeProblems(entries)];
}

type Header = readonly [name: string, value: string];

function headerProblems([name, value]: Header): Problem[] {
  const message = headerProblem(name, value);
  return message === null ? [] : [{ path: [name], message, atKey: true }];
}

function repeatedNames(headers: readonly Header[]): Problem[] {
  const seen = new Set<string>();
  return headers.flatMap(([name]) => {
    const isRepeated = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    return isRepeated ? [{ path: [name], message: 'is there twice: header names ignore case', atKey: true }] : [];
  });
}

function sizeProblems(headers: readonly Header[]): Problem[] {
  // A character is a byte, and each line adds ": " and its end.
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return [
    ...(headers.length > endpointHeadersMax ? [`has ${headers.length} headers; at most ${endpointHeadersMax}`] : []),
    ...(bytes > endpointHeaderBytesMax ? [`has ${bytes} bytes of headers; at most ${endpointHeaderBytesMax}`] : []),
  ].map((message) => ({ path: [], message: `${message} are allowed` }));
}
