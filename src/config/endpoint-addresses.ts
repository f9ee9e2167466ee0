import { makeAddressJudge } from '../domain/address-policy.ts';
import { literalAddressOf } from '../domain/ip-address.ts';
import { type Path, pathText } from '../contract/problems.ts';

interface Reach {
  readonly network: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly alerts: { readonly webhookUrl?: string | undefined };
  readonly destinations: readonly {
    readonly settings: { readonly webhookUrl?: string | undefined; readonly webhooks: readonly { url: string }[] };
  }[];
}

/**
 * Endpoints whose URL holds an address that is not dialled, told when it is written rather than with the first event.
 * What a name resolves to is judged when it is dialled, and these addresses once more.
 *
 * @param alsoAllowed addresses and ranges besides those of `network.allow`
 */
export function addressMistakes(
  { network: { allow, deny }, alerts, destinations }: Reach,
  alsoAllowed: readonly string[],
  originOf: (path: Path) => string,
): readonly string[] {
  const reasonOf = makeAddressJudge({ allow: [...allow, ...alsoAllowed], deny });
  const urls = [{ path: ['alerts', 'webhookUrl'], url: alerts.webhookUrl }, ...destinations.flatMap(urlsOf)];
  return urls.flatMap(({ path, url = '' }) => {
    const parsed = URL.parse(url);
    const address = parsed === null ? null : literalAddressOf(parsed);
    const reason = address === null ? null : reasonOf(address);
    return reason === null ? [] : [`${originOf(path)}: ${pathText(path)}: is ${address}, ${reason}`];
  });
}

function urlsOf({ settings: { webhookUrl, webhooks } }: Reach['destinations'][number], index: number) {
  const settings = ['destinations', index, 'settings'];
  return [
    { path: [...settings, 'webhookUrl'], url: webhookUrl },
    ...webhooks.map(({ url }, place) => ({ path: [...settings, 'webhooks', place, 'url'], url })),
  ];
}
