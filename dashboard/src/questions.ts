import { queryOptions } from '@tanstack/react-query';
import { client } from './api.ts';

/** What several pages ask: under one key each, so that they share the answer. */

/** The first 200, as many as one chooses from. */
export const firstSources = queryOptions({
  queryKey: ['sources', 'first'],
  queryFn: async ({ signal }) => client.listSources({ query: { limit: 200 }, signal }),
});

export const firstDestinations = queryOptions({
  queryKey: ['destinations', 'first'],
  queryFn: async ({ signal }) => client.listDestinations({ query: { limit: 200 }, signal }),
});

export function oneDestination(id: string) {
  return queryOptions({
    queryKey: ['destinations', 'one', id],
    queryFn: async ({ signal }) => client.getDestination({ params: { id }, signal }),
  });
}

export function oneEvent(id: string) {
  return queryOptions({
    queryKey: ['events', 'one', id],
    queryFn: async ({ signal }) => client.getEvent({ params: { id }, signal }),
  });
}
