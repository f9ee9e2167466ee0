import { useQuery } from '@tanstack/react-query';
import { client } from '../../api.ts';

/** Events a second of each source, over the last ten seconds; null while that is not known. */
export function useRates(): (source: string) => number | null {
  const { data } = useQuery({
    queryKey: ['accepted'],
    queryFn: async ({ signal }) => client.countAccepted({ signal }),
    refetchInterval: 2_000,
  });
  // A source that has sent nothing since the start is not among them.
  return (source) => (data === undefined ? null : (data.data.find((each) => each.source === source)?.perSecond ?? 0));
}
