import { useQuery } from '@tanstack/react-query';
import { session } from '../api.ts';

/** Whether who looks may change things too. */
export function useIsAdmin(): boolean {
  return useQuery(session).data?.role === 'admin';
}
