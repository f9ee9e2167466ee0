import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';

const GUESSES_MAX = 10;
const MINUTE_MS = 60_000;
/** Addresses that are remembered; beyond it the one that began first is forgotten. About a MiB. */
const ADDRESSES_MAX = 10_000;

/**
 * Counts wrong tokens by who sent them. An address that sent ten within a minute is not listened to until that minute
 * is over, so that a weak one cannot be guessed; a request without any is no guess. Of IPv6 it is the /64, within which
 * whoever has one address has all. Behind a reverse proxy that is not trusted all requests have one address.
 */
export class WrongTokens {
  readonly #ambient: Pick<Ambient, 'elapsedMs'>;
  /** In the order of their first wrong token. */
  readonly #addresses = new Map<string, { readonly sinceMs: number; count: number }>();

  constructor(ambient: Pick<Ambient, 'elapsedMs'>) {
    this.#ambient = ambient;
  }

  /** @param client as `Forwarding` spells it. @throws SluiceError `too_many_wrong_tokens` */
  check(client: string | null): void {
    const address = guesserOf(client);
    const known = this.#known(address);
    if (known === undefined || known.count < GUESSES_MAX) return;
    const leftMs = known.sinceMs + MINUTE_MS - this.#ambient.elapsedMs();
    throw new SluiceError('too_many_wrong_tokens', { address, retryAfterS: Math.ceil(leftMs / 1_000) });
  }

  add(client: string | null): void {
    const address = guesserOf(client);
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
