import { SluiceError } from '../../src/domain/errors.ts';
import type { NewEvent, Position, Slice } from '../../src/domain/event.ts';
import type { Ambient } from '../../src/ports/ambient.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { withReplaced } from './mortal.ts';

/** What goes wrong with the next thing that is asked of a log, all of it within what the port allows. */
export interface LogFaults {
  /** `partly`: a part of the call is stored, and then it is rejected (promise 2 of the port). */
  append(): 'none' | 'log_full' | 'log_busy' | 'partly';
  /** How long an answer takes; 0 is at once. */
  delayMs(): number;
}

/**
 * A log that is slow and fails as its faults say: appends and reads are answered late and out of order, slices of the
 * tail come late, in order, and appends are refused, or stored in part and then refused.
 *
 * @param onStored told of each event once it is durable, whether its sender hears of it or not, and perhaps twice
 */
export function makeFaultyEventLog<Log extends EventLog>(
  log: Log,
  ambient: Ambient,
  faults: LogFaults,
  onStored: (events: readonly NewEvent[], positions: Float64Array | readonly Position[]) => void,
): Log {
  const wait = async (): Promise<void> => waitFor(ambient, faults.delayMs());
  const late = async <T>(answer: () => Promise<T>): Promise<T> => {
    await wait();
    const answered = await answer();
    await wait();
    return answered;
  };
  const store = async (events: readonly NewEvent[]): Promise<Float64Array> => {
    const positions = await log.append(events);
    onStored(events, positions);
    return positions;
  };
  const faulty: Partial<EventLog> = {
    append: async (events) =>
      late(async () => {
        const fault = faults.append();
        if (fault === 'none') return store(events);
        if (fault === 'partly') await store(events.slice(0, Math.ceil(events.length / 2)));
        throw new SluiceError(fault === 'partly' ? 'log_full' : fault);
      }),
    read: async (ask) => late(async () => log.read(ask)),
    get: async (positions) => late(async () => log.get(positions)),
    follow: async (onSlice, wanted) => {
      const relay = new LateSlices(ambient, faults, (slice) => {
        onSlice(wanted === undefined ? slice : withOnly(slice, wanted()));
      });
      const tail = await log.follow((slice) => {
        onStored(
          slice.events,
          slice.events.map(({ position }) => position),
        );
        relay.add(slice);
      });
      return {
        after: tail.after,
        stop: () => {
          tail.stop();
          relay.stop();
        },
      };
    },
  };
  return withReplaced<Log>(log, faulty as Partial<Log>);
}

/** Hands slices over in order, each as late as the faults say. */
class LateSlices {
  readonly #ambient: Ambient;
  readonly #faults: LogFaults;
  readonly #onSlice: (slice: Slice) => void;
  #waiting: Slice[] = [];
  #isWaiting = false;

  constructor(ambient: Ambient, faults: LogFaults, onSlice: (slice: Slice) => void) {
    this.#ambient = ambient;
    this.#faults = faults;
    this.#onSlice = onSlice;
  }

  add(slice: Slice): void {
    this.#waiting.push(slice);
    if (!this.#isWaiting) this.#next();
  }

  stop(): void {
    this.#waiting = [];
  }

  #next(): void {
    for (let slice = this.#waiting[0]; slice !== undefined; slice = this.#waiting[0]) {
      const delayMs = this.#faults.delayMs();
      if (delayMs > 0) {
        this.#isWaiting = true;
        this.#ambient.after(delayMs, () => {
          this.#isWaiting = false;
          this.#handOver();
          this.#next();
        });
        return;
      }
      this.#handOver();
    }
  }

  #handOver(): void {
    const slice = this.#waiting.shift();
    if (slice !== undefined) this.#onSlice(slice);
  }
}

/** Leaves out what nobody waits for at the moment when the slice is told, as the port allows and no more. */
function withOnly(slice: Slice, wanted: ReadonlySet<string>): Slice {
  return { ...slice, events: slice.events.filter(({ source }) => wanted.has(source)) };
}

export async function waitFor(ambient: Ambient, ms: number): Promise<void> {
  if (ms > 0) await new Promise<void>((resolve) => void ambient.after(ms, resolve));
}
