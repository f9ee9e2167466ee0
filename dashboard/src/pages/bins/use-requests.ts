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
      for (const { kind, data: told } of messages) {
        if (kind === 'request') setCame((before) => merged([told], before));
        if (kind === 'answered') {
          queries.setQueryData<readonly Captured[]>(queryKey, (before) => before?.map((each) => withEnd(each, told)));
          setCame((before) => before.map((each) => withEnd(each, told)));
        }
        if (kind === 'emptied') {
          queries.setQueryData(queryKey, []);
          setCame([]);
        }
        if (kind === 'gap') void refetch();
      }
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

type End = Pick<Captured, 'id' | 'answeredMs' | 'gaveUp'>;

function withEnd(request: Captured, { id, answeredMs, gaveUp }: End): Captured {
  return request.id === id ? { ...request, answeredMs, gaveUp } : request;
}
