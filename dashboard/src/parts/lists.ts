import { type InfiniteData, useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { queries } from '../api.ts';

interface PageOf<Entry> {
  readonly data: readonly Entry[];
  readonly next: string | null;
}

export interface PagesOptions {
  /** How long until it asks again by itself, as long as little is shown. Without it, it does not. */
  readonly everyMs?: number;
}

/** What changes all the time is seen to change. */
export const LIVELY_MS = 5_000;

/** Asking again asks for every page that is shown: whoever went further down reads, and asks when they want to. */
const PAGES_ASKED_AGAIN = 3;

/**
 * A list page by page: `entries` so far, `more` for the next page, which asks for nothing where there is none, and `renew`,
 * which begins again at the first.
 */
export function usePages<Entry>(
  queryKey: QueryKey,
  ask: (cursor: { readonly cursor?: string }, signal: AbortSignal) => Promise<PageOf<Entry>>,
  { everyMs }: PagesOptions = {},
) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => ask(pageParam === null ? {} : { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }: PageOf<Entry>) => next,
    refetchInterval: ({ state }) =>
      everyMs === undefined || (state.data?.pages.length ?? 0) > PAGES_ASKED_AGAIN ? false : everyMs,
  });
  const { data, hasNextPage, isFetching, isError, fetchNextPage, refetch } = query;
  const entries = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const renew = (): void => {
    queries.setQueryData<InfiniteData<PageOf<Entry>>>(queryKey, (known) => known && firstOf(known));
    void refetch();
  };
  return { ...query, entries, more, renew };
}

function firstOf<Page>({ pages, pageParams }: InfiniteData<Page>): InfiniteData<Page> {
  return { pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) };
}
