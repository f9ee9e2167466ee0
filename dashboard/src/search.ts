/** What pages can be narrowed to. */
const FILTER_NAMES = [
  'id',
  'messageId',
  'source',
  'user',
  'type',
  'name',
  'from',
  'to',
  'refused',
  'reason',
  'destination',
  'endpoint',
  'state',
  'outcome',
  'error',
  'span',
  'subject',
  'by',
  'show',
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** What a page is narrowed to, as its URL says, so that it can be sent to somebody. */
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

export function filtersOf(search: Readonly<Record<string, unknown>>): Filters {
  return Object.fromEntries(
    FILTER_NAMES.flatMap((name) => {
      const value = search[name];
      // The router reads `user=42` as a number.
      const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      return typeof text === 'string' && text !== '' ? [[name, text]] : [];
    }),
  );
}

/** With some of them changed; an empty one goes. */
export function narrowed(filters: Filters, changed: Readonly<Partial<Record<FilterName, string | null>>>): Filters {
  return filtersOf({ ...filters, ...changed });
}
