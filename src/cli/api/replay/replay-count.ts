import type { Client } from '../../../contract/client.ts';
import type { DeliveryState } from '../../../contract/vocabulary.ts';
import { countText } from '../../printable.ts';
import { type EventFilters, eventQuery } from '../events/event-filters.ts';

/** Beyond so many it is only said that there are more: they are counted by being listed. */
const COUNTED_MAX = 10_000;

/** Events that a replay is about to send, as far as they can be counted beforehand. */
export interface Foreseen {
  readonly count: number;
  readonly hasMore: boolean;
}

/**
 * Counts beforehand what a replay would send: what is in the log and is so. The destination's filter may keep some of it
 * away, which Sluice itself counts once the replay is begun.
 */
export async function countBefore(
  client: Client,
  destination: string,
  { state, ...filters }: EventFilters & { readonly state?: DeliveryState },
): Promise<Foreseen> {
  const query = { ...eventQuery(filters), limit: 200 };
  if (state !== undefined) {
    return counted(client.pages.listDeliveries({ query: { ...query, destination, state } }));
  }
  const { sources } = await client.getDestination({ params: { id: destination } });
  const from = filters.source === undefined ? sources : [filters.source];
  let all: Foreseen = { count: 0, hasMore: false };
  for (const source of from) {
    const { count, hasMore } = await counted(client.pages.listEvents({ query: { ...query, source } }));
    all = { count: all.count + count, hasMore: all.hasMore || hasMore };
    if (all.hasMore) break;
  }
  return all;
}

/** Rows are events, or deliveries, of which an event may have several. */
async function counted(
  pages: AsyncIterable<{ readonly data: readonly { readonly id: string; readonly event?: string }[] }>,
): Promise<Foreseen> {
  const ids = new Set<string>();
  for await (const { data } of pages) {
    for (const { id, event } of data) ids.add(event ?? id);
    if (ids.size > COUNTED_MAX) return { count: COUNTED_MAX, hasMore: true };
  }
  return { count: ids.size, hasMore: false };
}

export function foreseenText({ count, hasMore }: Foreseen): string {
  return `${hasMore ? 'more than ' : ''}${countText(count)} event${count === 1 ? '' : 's'}`;
}
