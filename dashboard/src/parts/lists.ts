import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';

interface PageOf<Entry> {
  readonly data: readonly Entry[];
  readonly next: string | null;
}

/** A list page by page: `entries` so far, and `more` for the next page, which asks for nothing where there is none. */
export function usePages<Entry>(
  queryKey: QueryKey,
  ask: (cursor: { readonly cursor?: string }, signal: AbortSignal) => Promise<PageOf<Entry>>,
) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => ask(pageParam === null ? {} : { cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }: PageOf<Entry>) => next,
  });
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const entries = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  return { ...query, entries, more };
}
