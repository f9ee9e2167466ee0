import { isErased } from '../domain/event-query.ts';
import type { NewEvent, Position } from '../domain/event.ts';
import { isEventOf, type StreamQuery } from '../domain/stream-query.ts';
import type { Gap } from './stream-gap.ts';

/** Who wants what is as the query says. */
export interface Wanting {
  readonly query: StreamQuery;
}

/** Those that want the same of the events of one source and type. */
export interface Alike<Target> {
  readonly targets: readonly Target[];
  /** For whoever visits them: events that were left out of what all of these are told, counted once for all of them. */
  leftOut: Gap | null;
}

interface Asked<Target extends Wanting> extends Alike<Target> {
  /** Of the first, which is as that of the others once source and type are known. */
  readonly query: StreamQuery;
}

/** Those that want events of one source and type, by what else they ask. */
interface OfClass<Target extends Wanting> {
  readonly plain: readonly Asked<Target>[];
  readonly byName: ReadonlyMap<string, readonly Asked<Target>[]>;
  readonly byUser: readonly Asked<Target>[];
}

/**
 * Finds out who wants an event, of many who do not: what few events have is looked up, and those that want the same are
 * asked once. So an event costs little more than what it costs those who want it.
 */
export class StreamIndex<Target extends Wanting> {
  readonly #targets: readonly Target[];
  readonly #classes = new Map<string, Map<string, OfClass<Target>>>();
  readonly #byMessageId: ReadonlyMap<string, readonly Asked<Target>[]>;
  readonly #byEvent: ReadonlyMap<Position, readonly Asked<Target>[]>;
  /** All others. */
  readonly #ofClasses: readonly Target[];

  constructor(targets: readonly Target[]) {
    this.#targets = targets;
    const byMessageId = targets.filter(({ query }) => query.of.messageId !== undefined);
    const byEvent = targets.filter(({ query: { of, event } }) => of.messageId === undefined && event !== undefined);
    this.#byMessageId = grouped(byMessageId.map(asked), ({ query }) => query.of.messageId ?? '');
    this.#byEvent = grouped(byEvent.map(asked), ({ query }) => query.event ?? 0);
    this.#ofClasses = targets.filter(({ query: { of, event } }) => of.messageId === undefined && event === undefined);
  }

  get isEmpty(): boolean {
    return this.#targets.length === 0;
  }

  /** Calls `visit` with those that want this event, alike ones at once, and with what is to be handed on. */
  visit<Handed>(
    event: NewEvent,
    position: Position,
    handed: Handed,
    visit: (alike: Alike<Target>, handed: Handed) => void,
  ): void {
    if (isErased(event)) return;
    const { plain, byName, byUser } = this.#classOf(event);
    for (const each of plain) visit(each, handed);
    if (byName.size > 0 && event.name !== null) for (const each of byName.get(event.name) ?? NONE) visit(each, handed);
    for (const each of byUser) if (isEventOf(event, position, each.query)) visit(each, handed);
    if (this.#byMessageId.size > 0)
      for (const each of this.#byMessageId.get(event.messageId) ?? NONE)
        if (isEventOf(event, position, each.query)) visit(each, handed);
    if (this.#byEvent.size > 0)
      for (const each of this.#byEvent.get(position) ?? NONE)
        if (isEventOf(event, position, each.query)) visit(each, handed);
  }

  #classOf({ source, type }: NewEvent): OfClass<Target> {
    let ofSource = this.#classes.get(source);
    if (ofSource === undefined) {
      ofSource = new Map();
      this.#classes.set(source, ofSource);
    }
    let ofClass = ofSource.get(type);
    if (ofClass === undefined) {
      const wanting = this.#ofClasses.filter(
        ({ query: { of } }) => (of.source ?? source) === source && (of.type ?? type) === type,
      );
      ofClass = classOf(wanting);
      ofSource.set(type, ofClass);
    }
    return ofClass;
  }
}

const NONE: readonly never[] = [];

function classOf<Target extends Wanting>(wanting: readonly Target[]): OfClass<Target> {
  const alike = Map.groupBy(wanting, ({ query: { of } }) => JSON.stringify([of.name, of.user]));
  const all = [...alike.values()].flatMap((targets) => {
    const [first] = targets;
    return first === undefined ? [] : [{ targets, leftOut: null, query: first.query }];
  });
  const byUser = all.filter(({ query }) => query.of.user !== undefined);
  const others = all.filter(({ query }) => query.of.user === undefined);
  return {
    plain: others.filter(({ query }) => query.of.name === undefined),
    byName: grouped(
      others.filter(({ query }) => query.of.name !== undefined),
      ({ query }) => query.of.name ?? '',
    ),
    byUser,
  };
}

function asked<Target extends Wanting>(target: Target): Asked<Target> {
  return { targets: [target], leftOut: null, query: target.query };
}

function grouped<Entry, Key>(entries: readonly Entry[], keyOf: (entry: Entry) => Key): Map<Key, readonly Entry[]> {
  return Map.groupBy(entries, keyOf);
}
