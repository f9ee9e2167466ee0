import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressJudge, type AddressPolicy, makeAddressJudge } from '../../domain/address-policy.ts';

/** Where an endpoint would lead, or leads, is neither public nor allowed, or denied: it is not connected to. */
export class AddressForbidden extends Error {
  override readonly name = 'AddressForbidden';
}

/**
 * Keeps requests off addresses that are not public, so that whoever may configure an endpoint cannot reach into the
 * network that Sluice runs in. Judges what is dialled and at the moment of dialling: a name that pointed elsewhere when
 * it was looked at before gains nothing.
 *
 * A connection that is open is not judged again: it stays with the address that was judged when it was dialled, wherever
 * its name points by now, and ends when it idles.
 */
export interface AddressGuard {
  /** Why a host that is a literal address is not dialled, as a sentence; null for one that may be, and for a name. */
  problemOf(host: string): string | null;
  /**
   * For `node:net`: resolves a name anew and hands out only the addresses that may be dialled. With none left it fails
   * with `AddressForbidden`.
   */
  readonly lookup: LookupFunction;
}

export function makeAddressGuard(policy: AddressPolicy, resolver: Resolver = makeSharedResolver()): AddressGuard {
  const reasonOf = makeAddressJudge(policy);
  return {
    problemOf(host) {
      const reason = isIP(host) === 0 ? null : reasonOf(host);
      return reason === null ? null : `the URL leads to ${host}, ${reason}`;
    },
    lookup(host, options, callback) {
      resolver(host, (error, addresses) => {
        if (error !== null) {
          callback(error, []);
          return;
        }
        const dialled = addresses.filter(({ address }) => reasonOf(address) === null);
        const [first] = dialled;
        if (first === undefined) callback(forbidden(host, addresses, reasonOf), []);
        else if (options.all === true) callback(null, dialled);
        else callback(null, first.address, first.family);
      });
    },
  };
}

function forbidden(host: string, addresses: readonly LookupAddress[], reasonOf: AddressJudge): AddressForbidden {
  const address = addresses[0]?.address ?? '';
  return new AddressForbidden(`${host} resolves to ${address}, ${reasonOf(address) ?? 'which is forbidden'}`);
}

/** Asks for all addresses of a name, with a list of at least one or an error. */
export type Resolver = (
  host: string,
  answer: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/**
 * Resolves as the machine does (hosts file included), and asks once for all who want the same name at the same time:
 * the system's resolver runs on a few threads that every endpoint shares, and hundreds of connections to one name whose
 * server is silent would hold all of them. Nothing is kept beyond the answer.
 */
export function makeSharedResolver(ask: typeof resolve = resolve): Resolver {
  const waiting = new Map<string, Parameters<Resolver>[1][]>();
  return (host, answer) => {
    const others = waiting.get(host);
    if (others !== undefined) {
      others.push(answer);
      return;
    }
    const answers = [answer];
    waiting.set(host, answers);
    ask(host, { all: true }, (error, addresses) => {
      waiting.delete(host);
      for (const tell of answers) tell(error, error === null ? addresses : []);
    });
  };
}
