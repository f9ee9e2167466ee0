import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { client, queries } from '../../api.ts';
import { type BinMessage, type LiveState, useLiveBin } from '../../live.ts';
import { type Captured, merged } from './captured.ts';

export interface BinRequests {
  /** Newest first; undefined before they are known. */
  readonly requests: readonly Captured[] | undefined;
  readonly error: Error | null;
  readonly state: LiveState;
  readonly retry: () => void;
}

/** All that a bin holds, and what comes. */
export function useBinRequests(id: string): BinRequests {
  const queryKey = useMemo(() => ['bins', 'requests', id], [id]);
  const [came, setCame] = useState<readonly Captured[]>([]);
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }) => allOf(id, signal),
    staleTime: Infinity,
    gcTime: 0,
  });
  const onMessages = useCallback(
    (messages: readonly BinMessage[]) => {
      const news = newsOf(messages);
      if (news.isAnew) {
        queries.setQueryData(queryKey, []);
        void refetch();
      }
      queries.setQueryData<readonly Captured[]>(queryKey, (before) => before?.map((each) => withEnd(each, news.ends)));
      setCame((before) => merged(news.requests, news.isAnew ? [] : before).map((each) => withEnd(each, news.ends)));
    },
    [queryKey, refetch],
  );
  const state = useLiveBin(id, onMessages);
  // What came between the two answers, when the page was opened or while the connection was lost, is in neither.
  useEffect(() => {
    if (state === 'live') void refetch();
  }, [state, refetch]);
  const requests = useMemo(() => (data === undefined ? undefined : merged(data, came)), [data, came]);
  return { requests, error, state, retry: () => void refetch() };
}

async function allOf(id: string, signal: AbortSignal): Promise<readonly Captured[]> {
  const all: Captured[] = [];
  for await (const { data } of client.pages.listBinRequests({ params: { id }, query: { limit: 500 }, signal }))
    all.push(...data);
  return all;
}

type End = Pick<Captured, 'answeredMs' | 'gaveUp'>;

interface News {
  /** Nothing of what there was is there any more. */
  readonly isAnew: boolean;
  readonly requests: readonly Captured[];
  /** By the ids of requests. */
  readonly ends: ReadonlyMap<string, End>;
}

/** What several messages come to. */
function newsOf(messages: readonly BinMessage[]): News {
  // What a bin lost because more came than it keeps, is in no list either; without a count it is another process.
  const anew = messages.findLastIndex(
    ({ kind, data }) => kind === 'emptied' || (kind === 'gap' && data.count === null),
  );
  const since = messages.slice(anew + 1);
  return {
    isAnew: anew !== -1,
    requests: since.flatMap((message) => (message.kind === 'request' ? [message.data] : [])),
    ends: new Map(since.flatMap(({ kind, data }) => (kind === 'answered' ? [[data.id, data] as const] : []))),
  };
}

function withEnd(request: Captured, ends: ReadonlyMap<string, End>): Captured {
  const end = ends.get(request.id);
  return end === undefined ? request : { ...request, answeredMs: end.answeredMs, gaveUp: end.gaveUp };
}
