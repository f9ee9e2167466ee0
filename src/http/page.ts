import { invalidCursor } from './parameters.ts';

/**
 * A page of what is in memory in an order of its own, by the ids of its entries. What is deleted meanwhile shifts
 * nothing, except the one that the page before ended with: then whoever asks has to begin anew.
 *
 * @throws SluiceError `invalid_parameter`
 */
export function pageOf<Entry extends { readonly id: string }>(
  all: readonly Entry[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly data: readonly Entry[]; readonly next: string | null } {
  const start = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
  if (cursor !== undefined && start === 0) throw invalidCursor();
  const data = all.slice(start, start + limit);
  const last = data.at(-1);
  return { data, next: start + data.length < all.length && last !== undefined ? last.id : null };
}
