import type { AddressJudge } from '../domain/address-policy.ts';
import { literalAddressOf } from '../domain/ip-address.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { entriesOf, type Text, textsAt } from './entries.ts';
import type { Path, Problem } from './problems.ts';

/**
 * URLs that hold an address that is not dialled, told when they are written rather than with the first event. What a
 * name resolves to is judged when it is dialled, and these addresses once more.
 */
export function addressProblems(urls: readonly Text[], judge: AddressJudge): readonly Problem[] {
  return urls.flatMap(({ path, text }) => {
    const parsed = URL.parse(text);
    const address = parsed === null ? null : literalAddressOf(parsed);
    const reason = address === null ? null : judge(address);
    return reason === null ? [] : [{ path, message: `is ${address}, ${reason}` }];
  });
}

/** The URLs in a destination's settings, which may have any shape. */
export function urlsIn(settings: unknown, path: Path): readonly Text[] {
  if (!isJsonObject(settings)) return [];
  return [
    ...textsAt([{ path, value: settings }], 'webhookUrl'),
    ...textsAt(entriesOf(settings['webhooks'], [...path, 'webhooks']), 'url'),
  ];
}
