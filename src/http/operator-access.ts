import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Forwarding } from './client-address.ts';
import { isHostAllowed } from './host-check.ts';

export interface OperatorAccessOptions {
  /** The API token; null where there is none, so that whoever is not let in without one is not let in. */
  readonly token: string | null;
  /** Whether this machine itself needs none: what `sluice dev` offers. */
  readonly isOpenOnLoopback: boolean;
  /** A write key may be public, so none is ever a token, not even when somebody made it both. */
  readonly isWriteKey: (text: string) => boolean;
  readonly forwarding: Pick<Forwarding, 'isProxied' | 'clientAddressOf'>;
  readonly ambient: Ambient;
}

export interface OperatorAccess {
  /** Whether this machine itself is let in without a token. */
  readonly isOpenOnLoopback: boolean;
  /** @throws SluiceError `api_token_required`, `too_many_wrong_tokens` */
  requireOperator(request: IncomingMessage): void;
}

/** Scheme in any case, then the token (RFC 6750). */
const BEARER = /^\s*bearer\s+([\x21-\x7e]+)\s*$/i;

/**
 * The check of the API token. An address that sent ten wrong ones within a minute is not listened to until that minute
 * is over, so that a weak one cannot be guessed; a request without any is no guess. Of IPv6 it is the /64, within which
 * whoever has one address has all. Behind a reverse proxy that is not trusted all requests have one address.
 */
export function makeOperatorAccess({
  token,
  isOpenOnLoopback,
  isWriteKey,
  forwarding,
  ambient,
}: OperatorAccessOptions): OperatorAccess {
  const wanted = token === null ? null : digestOf(token);
  const guesses = new WrongTokens(ambient);
  return {
    isOpenOnLoopback,
    requireOperator: (request) => {
      if (isOpenOnLoopback && isLoopback(request, forwarding)) return;
      const sent = BEARER.exec(request.headers.authorization ?? '')?.[1];
      if (sent === undefined) throw new SluiceError('api_token_required');
      const address = guesserOf(forwarding.clientAddressOf(request));
      guesses.check(address);
      const isRight = wanted !== null && timingSafeEqual(digestOf(sent), wanted) && !isWriteKey(sent);
      if (isRight) return;
      guesses.add(address);
      throw new SluiceError('api_token_required');
    },
  };
}

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/i;
/** A proxy passed the request on, for somebody else. Those that begin with `x-forwarded-` mean the same. */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-original-forwarded-for',
  'true-client-ip',
  'cf-connecting-ip',
];

/**
 * Whether a request comes from this machine, for itself. A loopback peer is not enough: it may be a reverse proxy that
 * passes on anybody's request, or a browser here that runs somebody's page, under a name that was made to resolve to
 * this machine (the `Host` is another) or under its own (the `Origin` is). A trusted proxy here is never taken for this
 * machine, whatever headers it sets: by default nginx sets none, and its own address as the `Host`.
 */
export function isLoopback(request: IncomingMessage, forwarding: Pick<Forwarding, 'isProxied'>): boolean {
  const { socket, headers } = request;
  if (forwarding.isProxied(request)) return false;
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '')) return false;
  if (!isHostAllowed(headers.host, LOOPBACK_NAMES)) return false;
  if (headers.origin !== undefined && !isHostAllowed(URL.parse(headers.origin)?.host, LOOPBACK_NAMES)) return false;
  return !Object.keys(headers).some((name) => PROXY_HEADERS.includes(name) || name.startsWith('x-forwarded-'));
}

/** What wrong tokens count for: an IPv4 address, or the /64 of an IPv6 one, as `Forwarding` spells them. */
function guesserOf(address: string | null): string {
  if (address === null) return 'an unknown address';
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.split('::');
  const left = groupsOf(head);
  const zeros = Array<string>(Math.max(8 - left.length - groupsOf(tail).length, 0)).fill('0');
  const network = [...left, ...zeros, ...groupsOf(tail)].slice(0, 4);
  return `${new URL(`http://[${network.join(':')}::]`).hostname.slice(1, -1)}/64`;
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

/** Of one length whatever was sent, so that the comparison tells nothing, not even that. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const GUESSES_MAX = 10;
const MINUTE_MS = 60_000;
/** Addresses that are remembered; beyond it the one that began first is forgotten. About a MiB. */
const ADDRESSES_MAX = 10_000;

class WrongTokens {
  readonly #ambient: Ambient;
  /** In the order of their first wrong token. */
  readonly #addresses = new Map<string, { readonly sinceMs: number; count: number }>();

  constructor(ambient: Ambient) {
    this.#ambient = ambient;
  }

  /** @throws SluiceError `too_many_wrong_tokens` */
  check(address: string): void {
    const known = this.#known(address);
    if (known === undefined || known.count < GUESSES_MAX) return;
    const leftMs = known.sinceMs + MINUTE_MS - this.#ambient.elapsedMs();
    throw new SluiceError('too_many_wrong_tokens', { address, retryAfterS: Math.ceil(leftMs / 1_000) });
  }

  add(address: string): void {
    const known = this.#known(address);
    if (known !== undefined) {
      known.count++;
      return;
    }
    this.#addresses.set(address, { sinceMs: this.#ambient.elapsedMs(), count: 1 });
    if (this.#addresses.size > ADDRESSES_MAX) this.#forgetFirst();
  }

  #known(address: string): { readonly sinceMs: number; count: number } | undefined {
    const known = this.#addresses.get(address);
    if (known === undefined || this.#ambient.elapsedMs() - known.sinceMs < MINUTE_MS) return known;
    this.#addresses.delete(address);
    return undefined;
  }

  #forgetFirst(): void {
    for (const address of this.#addresses.keys()) {
      this.#addresses.delete(address);
      return;
    }
  }
}
