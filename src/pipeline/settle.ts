import { assert } from '../lib/assert.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore, Settlement } from '../ports/delivery-store.ts';
import type { RoomWaiter } from './wait-for-room.ts';

/** Whoever has something to settle: a lane. */
export interface Settling {
  /** Collects what there is to write, floor included, at the moment of writing. */
  takeSettlement(): Settlement;
  settled(settlement: Settlement): void;
  /** Its term is over: another node owns it. Nothing of the settlement was written. */
  lost(): void;
}

/**
 * How long outcomes wait for company. A commit of 64 costs a third per outcome of what a commit of 8 does; and what
 * is not settled when the process dies is delivered twice, so it is not long.
 */
const GATHER_MS = 5;

/**
 * Writes the outcomes of all lanes, many at a time in one transaction.
 *
 *     idle ──touch──▶ gathering ──5 ms──▶ writing ──written──▶ idle, or gathering what came meanwhile
 *                                          │   ▲
 *                                       no room └─ after 1 s, the same again: no outcome is dropped, and lanes stop
 *                                                  taking events when too much of theirs waits
 */
export class Settler {
  readonly #store: Pick<DeliveryStore, 'settle'>;
  readonly #ambient: Ambient;
  readonly #room: RoomWaiter;
  readonly #onFailure: (error: unknown) => void;
  #touched = new Set<Settling>();
  #state: 'idle' | 'gathering' | 'writing' = 'idle';
  /** Who waits for the write under way, and for the one after it. */
  #waitingNow: (() => void)[] = [];
  #waitingNext: (() => void)[] = [];

  /** @param store one that waits for room, with `room` */
  constructor(
    store: Pick<DeliveryStore, 'settle'>,
    ambient: Ambient,
    room: RoomWaiter,
    /** Told of what must not happen; the process ends. */
    onFailure: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#ambient = ambient;
    this.#room = room;
    this.#onFailure = onFailure;
  }

  /** This lane has something to settle. */
  touch(lane: Settling): void {
    this.#touched.add(lane);
    if (this.#state === 'idle') this.#gather();
  }

  /** Resolves when everything touched so far is written. */
  async flush(): Promise<void> {
    if (this.#state === 'idle') return;
    return new Promise((resolve) => {
      if (this.#touched.size > 0) this.#waitingNext.push(resolve);
      else this.#waitingNow.push(resolve);
    });
  }

  /**
   * The same at the end, and waits for no room: what finds none then is known to nobody, and delivered again after the
   * next start.
   */
  async finish(): Promise<void> {
    if (this.#state !== 'idle') await Promise.race([this.flush(), this.#room.whenFull()]);
    this.#room.close();
  }

  #gather(): void {
    this.#state = 'gathering';
    this.#ambient.after(GATHER_MS, () => {
      this.#state = 'writing';
      this.#writeAll().catch(this.#onFailure);
    });
  }

  async #writeAll(): Promise<void> {
    const lanes = [...this.#touched];
    this.#touched = new Set();
    this.#waitingNow = this.#waitingNext.splice(0);
    const batch = lanes.map((lane) => lane.takeSettlement());
    const over = new Set(await this.#store.settle(batch));
    for (const [index, lane] of lanes.entries()) {
      const settlement = batch[index];
      assert(settlement !== undefined, 'one settlement per lane');
      if (over.has(settlement.lane)) lane.lost();
      else lane.settled(settlement);
    }
    for (const resolve of this.#waitingNow.splice(0)) resolve();
    if (this.#touched.size > 0) this.#gather();
    else this.#state = 'idle';
  }
}
