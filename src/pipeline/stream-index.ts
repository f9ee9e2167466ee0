import { isErased } from '../domain/event-query.ts';
import type { NewEvent, Position } from '../domain/event.ts';
import { isEventOf, type StreamQuery } from '../domain/stream-query.ts';

/** Who wants what is as the query says. */
export interface Wanting {
  readonly query: StreamQuery;
}

/** Of those that want events of one source and type, the ones that ask for nothing else, or for a name. */
interface OfClass<Target> {
  readonly plain: readonly Target[];
  readonly byName: ReadonlyMap<string, readonly Target[]>;
}

/**
 * Finds out who wants an event, of many who do not: what is asked for most, or chosen by few events, is looked up, and
 * not compared with each. So an event costs what it costs for those who want it, and little more.
 */
export class StreamIndex<Target extends Wanting> {
  readonly #targets: readonly Target[];
  readonly #classes = new Map<string, Map<string, OfClass<Target>>>();
  readonly #byMessageId: ReadonlyMap<string, readonly Target[]>;
  readonly #byEvent: ReadonlyMap<Position, readonly Target[]>;
  readonly #byUser: readonly Target[];
  readonly #others: readonly Target[];

  constructor(targets: readonly Target[]) {
    this.#targets = targets;
    // Each stands where it is looked for by what fewest events have.
    const byMessageId = targets.filter(({ query }) => query.of.messageId !== undefined);
    const byEvent = targets.filter(({ query: { of, event } }) => of.messageId === undefined && event !== undefined);
    const left = targets.filter(({ query: { of, event } }) => of.messageId === undefined && event === undefined);
    this.#byMessageId = grouped(byMessageId, ({ query }) => query.of.messageId ?? '');
    this.#byEvent = grouped(byEvent, ({ query }) => query.event ?? 0);
    this.#byUser = left.filter(({ query }) => query.of.user !== undefined);
    this.#others = left.filter(({ query }) => query.of.user === undefined);
  }

  get isEmpty(): boolean {
    return this.#targets.length === 0;
  }

  /** Calls `visit` with each that wants this event, and with what is to be handed on. */
  visit<Handed>(
    event: NewEvent,
    position: Position,
    handed: Handed,
    visit: (target: Target, handed: Handed) => void,
  ): void {
    if (isErased(event)) return;
    const { plain, byName } = this.#classOf(event);
    for (const target of plain) visit(target, handed);
    if (byName.size > 0 && event.name !== null)
      for (const target of byName.get(event.name) ?? NONE) visit(target, handed);
    if (this.#byMessageId.size > 0)
      for (const target of this.#byMessageId.get(event.messageId) ?? NONE)
        if (isEventOf(event, position, target.query)) visit(target, handed);
    if (this.#byEvent.size > 0)
      for (const target of this.#byEvent.get(position) ?? NONE)
        if (isEventOf(event, position, target.query)) visit(target, handed);
    for (const target of this.#byUser) if (isEventOf(event, position, target.query)) visit(target, handed);
  }

  #classOf({ source, type }: NewEvent): OfClass<Target> {
    let ofSource = this.#classes.get(source);
    if (ofSource === undefined) {
      ofSource = new Map();
      this.#classes.set(source, ofSource);
    }
    let ofClass = ofSource.get(type);
    if (ofClass === undefined) {
      const wanting = this.#others.filter(
        ({ query: { of } }) => (of.source ?? source) === source && (of.type ?? type) === type,
      );
      ofClass = {
        plain: wanting.filter(({ query }) => query.of.name === undefined),
        byName: grouped(
          wanting.filter(({ query }) => query.of.name !== undefined),
          ({ query }) => query.of.name ?? '',
        ),
      };
      ofSource.set(type, ofClass);
    }
    return ofClass;
  }
}

const NONE: readonly never[] = [];

function grouped<Target, Key>(
  targets: readonly Target[],
  keyOf: (target: Target) => Key,
): ReadonlyMap<Key, readonly Target[]> {
  return Map.groupBy(targets, keyOf);
}
