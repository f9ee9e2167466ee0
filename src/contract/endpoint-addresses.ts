import type { AddressJudge } from '../domain/address-policy.ts';
import { literalAddressOf } from '../domain/ip-address.ts';
import type { Path, Problem } from './problems.ts';

/** A URL that is delivered to, and where it stands. */
export interface PlacedUrl {
  readonly path: Path;
  readonly url: string | undefined;
}

/**
 * URLs that hold an address that is not dialled, told when they are written rather than with the first event. What a
 * name resolves to is judged when it is dialled, and these addresses once more.
 */
export function addressProblems(urls: readonly PlacedUrl[], judge: AddressJudge): readonly Problem[] {
  return urls.flatMap(({ path, url = '' }) => {
    const parsed = URL.parse(url);
    const address = parsed === null ? null : literalAddressOf(parsed);
    const reason = address === null ? null : judge(address);
    return reason === null ? [] : [{ path, message: `is ${address}, ${reason}` }];
  });
}

/** The URLs in a destination's settings. */
export function urlsIn(
  settings: { readonly webhookUrl?: string | undefined; readonly webhooks: readonly { readonly url: string }[] },
  path: Path,
): readonly PlacedUrl[] {
  return [
    { path: [...path, 'webhookUrl'], url: settings.webhookUrl },
    ...settings.webhooks.map(({ url }, place) => ({ path: [...path, 'webhooks', place, 'url'], url })),
  ];
}
