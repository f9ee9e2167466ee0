import { kindOf, wrappedIn } from './address-kind.ts';
import { rangesOf, wordsOf } from './ip-address.ts';

/** Addresses and CIDR ranges, known to be well formed. */
export interface AddressPolicy {
  /** May be dialled although they are not public. */
  readonly allow: readonly string[];
  /** Are not dialled, whatever else is said of them. */
  readonly deny: readonly string[];
}

/** Where endpoints of one's own machine and network are: what `sluice dev` allows besides. */
export const OWN_NETWORK = ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

/** Why an address is not dialled, as the end of a sentence that begins with it; null when it may be. */
export type AddressJudge = (address: string) => string | null;

/** Public addresses may be dialled, and those that are allowed; not those that are denied. */
export function makeAddressJudge({ allow, deny }: AddressPolicy): AddressJudge {
  const [isNamedByAllow, isNamedByDeny] = [rangesOf(allow), rangesOf(deny)];
  return (given) => {
    const address = wordsOf(given.replace(/%.*$/, '')); // a zone id changes the interface and not what the address is for
    const inner = wrappedIn(address);
    if ([address, ...inner].some(isNamedByDeny)) return 'which network.deny names';
    const kind = kindOf(address);
    if (kind === null || isNamedByAllow(address)) return null;
    const isOpenedInside = inner.length > 0 && inner.every((one) => kindOf(one) === null || isNamedByAllow(one));
    return isOpenedInside ? null : `which is ${kind}; allow it with network.allow`;
  };
}
