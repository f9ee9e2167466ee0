import { addressProblems, urlsIn } from '../contract/endpoint-addresses.ts';
import { type Path, pathText } from '../contract/problems.ts';
import { makeAddressJudge } from '../domain/address-policy.ts';

interface Reach {
  readonly network: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly alerts: { readonly webhookUrl?: string | undefined };
  readonly destinations: readonly { readonly settings: unknown }[];
}

/**
 * URLs of the whole file that hold an address that is not dialled.
 *
 * @param alsoAllowed addresses and ranges besides those of `network.allow`
 */
export function addressMistakes(
  { network: { allow, deny }, alerts, destinations }: Reach,
  alsoAllowed: readonly string[],
  originOf: (path: Path) => string,
): readonly string[] {
  const urls = [
    { path: ['alerts', 'webhookUrl'], text: alerts.webhookUrl ?? '' },
    ...destinations.flatMap(({ settings }, index) => urlsIn(settings, ['destinations', index, 'settings'])),
  ];
  const problems = addressProblems(urls, makeAddressJudge({ allow: [...allow, ...alsoAllowed], deny }));
  return problems.map(({ path, message }) => `${originOf(path)}: ${pathText(path)}: ${message}`);
}
