import { useNavigate, useSearch } from '@tanstack/react-router';
import type { client } from '../../api.ts';
import { type FilterName, type Filters, narrowed } from '../../search.ts';

export type Change = (changed: Readonly<Partial<Record<FilterName, string | null>>>) => void;

/** What the page of a destination is narrowed to, as its URL says. */
export function useFilters(): readonly [Filters, Change] {
  const filters = useSearch({ from: '/destinations/$destination/{-$tab}' });
  const navigate = useNavigate();
  return [
    filters,
    (changed) => {
      void navigate({ to: '.', search: narrowed(filters, changed), replace: true });
    },
  ];
}

export type DeliveriesAsked = NonNullable<NonNullable<Parameters<typeof client.listDeliveries>[0]>['query']>;

/** What narrows deliveries. Sluice says what is wrong with a value that somebody wrote into the URL. */
const OF_DELIVERIES = [
  ...(['state', 'outcome', 'error', 'endpoint', 'type', 'name', 'user', 'source', 'from', 'to'] as const),
];

export function deliveriesAsked(filters: Filters): DeliveriesAsked {
  const asked = OF_DELIVERIES.flatMap((name) => (filters[name] === undefined ? [] : [[name, filters[name]]]));
  return Object.fromEntries(asked) as DeliveriesAsked;
}

/** How many of them a tab is narrowed by. */
export function narrowedBy(filters: Filters): number {
  return OF_DELIVERIES.filter((name) => filters[name] !== undefined).length;
}
