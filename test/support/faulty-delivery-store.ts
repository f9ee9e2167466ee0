import { SluiceError } from '../../src/domain/errors.ts';
import type { Ambient } from '../../src/ports/ambient.ts';
import type { DeliveryStore, Settlement } from '../../src/ports/delivery-store.ts';
import { waitFor } from './faulty-event-log.ts';
import { withReplaced } from './mortal.ts';

/** What goes wrong with the next thing that is asked of a delivery store, all of it within what the port allows. */
export interface StoreFaults {
  /** The disk has no room: settlements, and pauses by hand, are rejected with `store_full`. */
  isFull(): boolean;
  /** How long an answer takes; 0 is at once. */
  delayMs(): number;
}

export interface StoreObserver {
  /** A batch was written: its store has it, whether who settled it hears of that or not. */
  onSettled(batch: readonly Settlement[]): void;
  /** One was refused, for want of room. */
  onRefused(): void;
}

/** A store that is slow and gets full as its faults say. */
export function makeFaultyDeliveryStore(
  store: DeliveryStore,
  ambient: Ambient,
  faults: StoreFaults,
  observer: StoreObserver,
): DeliveryStore {
  const late = async <T>(answer: () => Promise<T>): Promise<T> => {
    await waitFor(ambient, faults.delayMs());
    const answered = await answer();
    await waitFor(ambient, faults.delayMs());
    return answered;
  };
  return withReplaced<DeliveryStore>(store, {
    settle: async (batch) =>
      late(async () => {
        if (faults.isFull()) {
          observer.onRefused();
          throw new SluiceError('store_full');
        }
        const over = await store.settle(batch);
        observer.onSettled(batch);
        return over;
      }),
    pause: async (endpoints) =>
      late(async () => {
        if (faults.isFull()) throw new SluiceError('store_full');
        return store.pause(endpoints);
      }),
    due: async (lane, term, untilMs, max) => late(async () => store.due(lane, term, untilMs, max)),
    begin: async (lane, term, positions) => late(async () => store.begin(lane, term, positions)),
    hold: async (node, lanes, forMs) => late(async () => store.hold(node, lanes, forMs)),
  });
}
