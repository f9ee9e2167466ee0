import { useQuery } from '@tanstack/react-query';
import { firstDestinations, oneDestination } from '../questions.ts';

/** A destination by its name; by its id while that is not known, and once it was deleted. */
export function DestinationName({ id }: { readonly id: string }) {
  const { data: first } = useQuery(firstDestinations);
  const among = first?.data.find((each) => each.id === id);
  const isBeyond = first !== undefined && among === undefined && first.next !== null;
  const { data: one } = useQuery({ ...oneDestination(id), enabled: isBeyond });
  return <>{(among ?? one)?.name ?? id}</>;
}
