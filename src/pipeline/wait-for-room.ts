import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** How long to wait after the delivery store had no room, before it is asked again. */
const RETRY_MS = 1_000;

/**
 * Repeats what the delivery store has no room for until it has: a full disk is expected, and recovered from without a
 * restart. Tells once when it begins and once when it is over, however many wait.
 */
export class RoomWaiter {
  readonly #ambient: Ambient;
  readonly #telemetry: Telemetry;
  #isFull = false;
  #isClosed = false;
  readonly #onFull: (() => void)[] = [];
  readonly #timers = new Set<{ cancel(): void }>();

  constructor(ambient: Ambient, telemetry: Telemetry) {
    this.#ambient = ambient;
    this.#telemetry = telemetry;
  }

  /** Rejects with any error but `store_full`. */
  async until<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await write();
        this.#hasRoom();
        return result;
      } catch (error) {
        if (!(error instanceof SluiceError && error.code === 'store_full')) throw error;
        this.#hasNone(error);
        await this.#pause();
      }
    }
  }

  /** Resolves while there is no room, or as soon as there is none. */
  async whenFull(): Promise<void> {
    if (this.#isFull) return;
    await new Promise<void>((resolve) => this.#onFull.push(resolve));
  }

  /** What waits is not tried again, and never resolves. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#isClosed) return;
      const timer = this.#ambient.after(RETRY_MS, () => {
        this.#timers.delete(timer);
        resolve();
      });
      this.#timers.add(timer);
    });
  }

  #hasNone({ message }: SluiceError): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#telemetry.trouble('no room to note what became of deliveries; trying again each second', { reason: message });
    for (const resolve of this.#onFull.splice(0)) resolve();
  }

  #hasRoom(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#telemetry.trouble('what became of deliveries is noted again', {});
  }
}

/**
 * A delivery store whose writes wait for room instead of rejecting `store_full`. Pruning does not: it is repeated
 * anyway, and so is erasing; a sample is left out. Nor does a retry or a pause by hand: whoever asked for it is told.
 */
export function waitingForRoom(store: DeliveryStore, room: RoomWaiter): DeliveryStore {
  return {
    hold: async (...asked) => room.until(async () => store.hold(...asked)),
    settle: async (batch) => room.until(async () => store.settle(batch)),
    begin: async (...asked) => room.until(async () => store.begin(...asked)),
    drop: async (...asked) => room.until(async () => store.drop(...asked)),
    handOver: async (...asked) => room.until(async () => store.handOver(...asked)),
    dissolveOrder: async (...asked) => room.until(async () => store.dissolveOrder(...asked)),
    pause: async (endpoints) => store.pause(endpoints),
    resume: async (endpoints) => room.until(async () => store.resume(endpoints)),
    paused: async () => store.paused(),
    batch: async (...asked) => store.batch(...asked),
    due: async (...asked) => store.due(...asked),
    retryNow: async (...asked) => store.retryNow(...asked),
    progress: async (lanes) => store.progress(lanes),
    floors: async () => store.floors(),
    oldestParked: async () => store.oldestParked(),
    erase: async (...asked) => store.erase(...asked),
    noteOwed: async (...asked) => store.noteOwed(...asked),
    prune: async (...asked) => store.prune(...asked),
    sync: async () => store.sync(),
    close: async () => store.close(),
  };
}
