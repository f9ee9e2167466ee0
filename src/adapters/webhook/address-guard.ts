import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { kindOf, listOf, familyOf, wrappedIn } from './address-kind.ts';

/** Where an endpoint would lead, or leads, is neither public nor allowed: it is not connected to. */
export class AddressForbidden extends Error {
  override readonly name = 'AddressForbidden';
}

/**
 * Keeps requests off addresses that are not public, so that whoever may configure an endpoint cannot reach into the
 * network that Sluice runs in. Judges what is dialled and at the moment of dialling: a name that pointed elsewhere when
 * it was looked at before gains nothing.
 */
export interface AddressGuard {
  /** Why a host that is a literal address is not dialled, as a sentence; null for a public or allowed one, and a name. */
  problemOf(host: string): string | null;
  /**
   * For `node:net`: resolves a name anew and hands out only the addresses that may be dialled. With none left it fails
   * with `AddressForbidden`.
   */
  readonly lookup: LookupFunction;
}

/** @param allow addresses and CIDR ranges that may be dialled although they are not public */
export function makeAddressGuard(allow: readonly string[], resolver: Resolver = makeSharedResolver()): AddressGuard {
  const allowed = listOf(allow);
  const isAllowed = (address: string): boolean => {
    if (allowed.check(address, familyOf(address))) return true;
    const inner = isIP(address) === 6 ? wrappedIn(address) : [];
    return inner.length > 0 && inner.every((one) => kindOf(one) === null || allowed.check(one, 'ipv4'));
  };
  /** Why it is not dialled, as the end of a sentence that begins with the address. */
  const reasonOf = (given: string): string | null => {
    const address = given.replace(/%.*$/, ''); // a zone id changes the interface and not what the address is for
    const kind = kindOf(address);
    if (kind === null || isAllowed(address)) return null;
    return `which is ${kind}; if requests may go there, name it in network.allow`;
  };

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

function forbidden(
  host: string,
  addresses: readonly LookupAddress[],
  reasonOf: (address: string) => string | null,
): AddressForbidden {
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
