import type { CallType, NewEvent } from './event.ts';

/** Some values alone (`include`), or all but some (`exclude`). Exactly one of the two. */
export interface Selection<Value extends string> {
  readonly include?: readonly Value[] | undefined;
  readonly exclude?: readonly Value[] | undefined;
}

/**
 * Which events a destination gets: those that both selections take. A selection that is absent takes all. That somebody
 * is to be deleted (`delete`) is told to every destination, whatever else it gets.
 */
export interface Filter {
  readonly types?: Selection<CallType> | undefined;
  /** Names of track events, pages and screens, compared exactly. No other event has a name. */
  readonly names?: Selection<string> | undefined;
}

/** Whether a filter lets an event pass. */
export type Passes = (event: Pick<NewEvent, 'type' | 'name'>) => boolean;

/**
 * Prepares a filter for being asked about each event: a look into a set or two. Null when it takes all, so that nobody
 * asks.
 *
 * An event without a name is none of those that `names.include` names, and so does not pass it: who names the events
 * that leave the house must not find that others left too. `names.exclude` has nothing against it.
 */
export function makeFilter({ types, names }: Filter): Passes | null {
  const takesType = types === undefined ? null : selects(types);
  const takesName = names === undefined ? null : selects(names);
  if (takesType === null && takesName === null) return null;
  return ({ type, name }) => type === 'delete' || (takesType?.(type) !== false && takesName?.(name) !== false);
}

function selects({ include, exclude }: Selection<string>): (value: string | null) => boolean {
  const named = new Set<string | null>(include ?? exclude);
  return include === undefined ? (value) => !named.has(value) : (value) => named.has(value);
}
