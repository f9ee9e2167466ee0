import type { NewEvent } from '../domain/event.ts';
import { EVENT_VALUES, eventAt, pushEvent } from '../domain/event-values.ts';
import { assert } from '../lib/assert.ts';
import type { ErrorCodec, RemotePort } from '../lib/remote.ts';
import { TurnGathering } from '../lib/turn-gathering.ts';
import type { Entrance } from '../pipeline/incoming-call.ts';
import type { Judgement, StoreCall } from '../pipeline/store-call.ts';
import type { Ambient } from '../ports/ambient.ts';

/**
 * Calls that an HTTP thread judged, on their way to the thread that stores them: of each its number, what is known of
 * it, its refusals, how many events it has, and their values (`pushEvent`).
 */
type HandedValues = readonly unknown[];
const VALUES_BEFORE_EVENTS = 8;

/** Of each call its number, and null, or what it is refused with, packed. */
type StoredValues = readonly unknown[];

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Has another thread store what is judged here. What is judged in one turn of the event loop goes in one message.
 *
 * @param port at whose other end `storeHanded` is
 */
export function makeHandedStore(port: RemotePort, ambient: Pick<Ambient, 'soon'>, errors: ErrorCodec): StoreCall {
  const waiting = new NumberedList<Waiting>();
  const gathering = new TurnGathering<unknown>(ambient, (values) => {
    port.postMessage(values satisfies HandedValues);
  });
  port.on('message', (message) => {
    const values = message as StoredValues;
    for (let at = 0; at < values.length; at += 2) {
      const { resolve, reject } = waiting.take(values[at] as number);
      if (values[at + 1] === null) resolve();
      else reject(errors.unpack(values[at + 1]));
    }
  });
  return async (entrance, judgement) =>
    new Promise((resolve, reject) => {
      packCall(gathering.open(), waiting.add({ resolve, reject }), entrance, judgement);
    });
}

/** The other end: stores what comes in at this port, and tells of what was stored in one turn in one message. */
export function storeHanded(
  port: RemotePort,
  store: StoreCall,
  ambient: Pick<Ambient, 'soon'>,
  errors: ErrorCodec,
): void {
  const stored = new TurnGathering<unknown>(ambient, (values) => {
    port.postMessage(values satisfies StoredValues);
  });
  port.on('message', (message) => {
    unpackCalls(message as HandedValues, (number, entrance, judgement) => {
      store(entrance, judgement).then(
        () => {
          stored.open().push(number, null);
        },
        (error: unknown) => {
          stored.open().push(number, errors.pack(error));
        },
      );
    });
  });
}

function packCall(
  values: unknown[],
  number: number,
  { route, channel, receivedAtMs, writeKey: ownKey }: Entrance,
  { events, refusals, writeKey }: Judgement,
): void {
  const told = refusals.length === 0 ? null : refusals;
  values.push(number, route, channel, receivedAtMs, ownKey, writeKey, told, events.length);
  for (const event of events) pushEvent(values, event);
}

function unpackCalls(
  values: HandedValues,
  take: (number: number, entrance: Entrance, judgement: Judgement) => void,
): void {
  for (let at = 0; at < values.length;) {
    const [number, route, channel, receivedAtMs, ownKey, writeKey, told, count] = values.slice(
      at,
      (at += VALUES_BEFORE_EVENTS),
    );
    const entrance = { route, channel, receivedAtMs, writeKey: ownKey } as Entrance;
    const events: NewEvent[] = [];
    for (const end = at + (count as number) * EVENT_VALUES; at < end; at += EVENT_VALUES)
      events.push(eventAt(values, at));
    const refusals = (told ?? []) as Judgement['refusals'];
    take(number as number, entrance, { events, refusals, writeKey: writeKey as string | null });
  }
}

/**
 * What waits for an answer, by numbers that are used again. A `Map` of rising numbers would keep, by its old tables, much
 * that is over (decision 0043).
 */
class NumberedList<Item> {
  readonly #items: (Item | null)[] = [];
  readonly #free: number[] = [];

  add(item: Item): number {
    const number = this.#free.pop() ?? this.#items.length;
    this.#items[number] = item;
    return number;
  }

  take(number: number): Item {
    const item = this.#items[number] ?? null;
    assert(item !== null, 'each is answered once');
    this.#items[number] = null;
    this.#free.push(number);
    return item;
  }
}
