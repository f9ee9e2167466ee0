import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { rangesOf, wordsOf } from '../domain/ip-address.ts';
import { forwardedHopsMax } from '../domain/limits.ts';

/** What a request is like before it came to the nearest proxy. */
export interface Forwarding {
  /** Whether the peer is one of the trusted proxies, so that its address says nothing of who asks. */
  readonly isProxied: (request: IncomingMessage) => boolean;
  /**
   * The address of who sent the request, IPv4 wherever it is one; null on a connection that is gone. Behind trusted
   * proxies it is the last in `X-Forwarded-For` that is not itself trusted: what stands before it is anybody's claim.
   */
  readonly clientAddressOf: (request: IncomingMessage) => string | null;
  /** Where the request was sent to, as its sender knows it: by what the nearest trusted proxy says, or else as it came. */
  readonly originOf: (request: IncomingMessage) => Origin;
  /** Where everybody is to send, whatever a request says; null where nobody has said it. */
  readonly publicOrigin: Origin | null;
}

export interface Origin {
  readonly scheme: 'http' | 'https';
  /** What follows `https://`: a name or an address, in lower case, a port where one was said, and of `publicOrigin` its path. */
  readonly host: string;
}

/**
 * Reads `X-Forwarded-For`, `-Proto` and `-Host`, of trusted proxies alone. `Forwarded` (RFC 7239) is not read: no usual
 * proxy sets it unasked, and most pass on what a client wrote in headers that they don't set. With two sets of headers
 * that count, whoever sends the one that the proxy leaves alone would have a say.
 *
 * What is malformed ends the reading there: the address that was reached is the last one that somebody vouches for.
 *
 * @param trustedProxies addresses and CIDR ranges
 * @param publicUrl where Sluice is reached from outside, when that is known
 */
export function makeForwarding(trustedProxies: readonly string[], publicUrl: string | null = null): Forwarding {
  const isAmong = rangesOf(trustedProxies);
  const isTrusted = (address: string | null): boolean =>
    address !== null && trustedProxies.length > 0 && isAmong(wordsOf(address));
  const isProxied = ({ socket }: IncomingMessage): boolean => isTrusted(peerOf(socket));

  return {
    publicOrigin: publicUrl === null ? null : originIn(publicUrl),
    isProxied,
    clientAddressOf({ socket, headers }) {
      const peer = peerOf(socket);
      return isTrusted(peer) ? clientBehind(peer, textOf(headers['x-forwarded-for']), isTrusted) : peer;
    },
    originOf(request) {
      const { socket, headers } = request;
      const isBehind = isProxied(request);
      const forwarded = (name: string): string | null => (isBehind ? lastOf(textOf(headers[name])) : null);
      return {
        scheme: schemeOf(forwarded('x-forwarded-proto')) ?? ('encrypted' in socket ? 'https' : 'http'),
        host: hostOf(forwarded('x-forwarded-host')) ?? hostOf(headers.host ?? null) ?? ownHost(socket),
      };
    },
  };
}

function originIn(url: string): Origin {
  const { protocol, host, pathname } = new URL(url);
  return { scheme: protocol === 'https:' ? 'https' : 'http', host: `${host}${pathname.replace(/\/+$/, '')}` };
}

/** From the end, where the nearest proxy wrote, to the first address that is not a proxy's. */
function clientBehind(peer: string | null, text: string, isTrusted: (address: string) => boolean): string | null {
  let client = peer;
  let end = text.length;
  for (let hops = 0; hops < forwardedHopsMax && end > 0; hops++) {
    const comma = text.lastIndexOf(',', end - 1);
    const address = addressOf(text.slice(comma + 1, end));
    if (address === null) return client;
    client = address;
    if (!isTrusted(address)) return client;
    end = comma;
  }
  return client;
}

/** The longest address, with brackets and a port, is well below it. */
const ENTRY_CHARS_MAX = 100;
/** Azure's gateways add the port. */
const WITH_PORT = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i;

/** An entry's address, as `clientAddressOf` answers it; null for `unknown`, names, and whatever else is none. */
function addressOf(entry: string): string | null {
  if (entry.length > ENTRY_CHARS_MAX) return null;
  const text = entry.trim();
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? [];
  const address = bracketed ?? dotted ?? text;
  return isIP(address) === 0 || address.includes('%') ? null : canonical(address);
}

function peerOf({ remoteAddress }: IncomingMessage['socket']): string | null {
  // A zone says by which interface, and not who.
  return remoteAddress === undefined ? null : canonical(remoteAddress.replace(/%.*$/, ''));
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** IPv6 in the one way that WHATWG's URLs write it would be, and an IPv4-mapped address as the IPv4 that it is. */
function canonical(address: string): string {
  if (isIP(address) !== 6) return address;
  const mapped = MAPPED.exec(address.toLowerCase())?.[1];
  if (mapped !== undefined) return mapped;
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(normal) ?? [];
  return high === undefined || low === undefined ? normal : dottedOf(parseInt(high, 16), parseInt(low, 16));
}

function dottedOf(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function schemeOf(text: string | null): Origin['scheme'] | null {
  const scheme = text?.toLowerCase();
  return scheme === 'http' || scheme === 'https' ? scheme : null;
}

/** A name has 253 characters at most (RFC 1035), and a port five digits. */
const HOST_CHARS_MAX = 260;
/** What can be written into a URL as it is: no path, no user, nothing that a page could be made to run. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?)(?::\d{1,5})?$/;

function hostOf(text: string | null): string | null {
  const host = text?.toLowerCase() ?? '';
  return host.length <= HOST_CHARS_MAX && HOST.test(host) ? host : null;
}

/** What a request without a usable Host header came to. */
function ownHost({ localAddress = '', localPort = 0 }: IncomingMessage['socket']): string {
  const address = canonical(localAddress.replace(/%.*$/, ''));
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}

/** The one that the nearest proxy wrote, where each adds its own. */
function lastOf(text: string): string | null {
  const last = text.slice(text.lastIndexOf(',') + 1).trim();
  return last === '' ? null : last;
}

/** Node joins the lines of a header with commas, except a few. */
function textOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.join(',') ?? '');
}
