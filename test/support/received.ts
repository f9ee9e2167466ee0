import type { ReceivedRequest, Receiver } from './receiver.ts';

/** What came at a path, in the order in which it came. */
export function requestsAt({ requests }: Pick<Receiver, 'requests'>, path: string): readonly ReceivedRequest[] {
  return requests.filter(({ url }) => url === path);
}

export function messageIdOf({ body }: Pick<ReceivedRequest, 'body'>): string {
  return (JSON.parse(body) as { readonly messageId: string }).messageId;
}

export function messageIdsOf(...requests: readonly (readonly ReceivedRequest[])[]): ReadonlySet<string> {
  return new Set(requests.flat().map(messageIdOf));
}

/** Resolves when an event with this message id has come at a path. */
export async function cameAt(receiver: Receiver, path: string, messageId: string): Promise<void> {
  while (!messageIdsOf(requestsAt(receiver, path)).has(messageId)) await receiver.count(receiver.requests.length + 1);
}
