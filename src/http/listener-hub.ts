import { SluiceError } from '../domain/errors.ts';
import { listenersMax } from '../domain/limits.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { CarriedAnswer, CarriedRequest, ListenerCarrier } from '../ports/listener-carrier.ts';
import { ReaderCare } from './reader-care.ts';
import { messageText, OPENING } from './server-sent.ts';

export interface ListenerHubParts {
  readonly ambient: Pick<Ambient, 'nowMs' | 'elapsedMs' | 'after'>;
  /** Told of the names of all that listen, whenever that changes. */
  readonly onListening: (names: readonly string[]) => void;
}

export interface ListenerStanding {
  readonly name: string;
  /** By the wall clock; null while nobody listens. */
  readonly sinceMs: number | null;
  /** Requests that were told, or would be, and are not answered. */
  readonly waiting: number;
}

/** How long whoever was replaced has to hear of it. */
const REPLACED_MS = 2_000;
/** How often readers are looked after. */
const BEAT_MS = 5_000;

/** Somebody who listens under a name. */
interface Seat {
  readonly reader: StreamReader;
  readonly care: ReaderCare;
  readonly sinceMs: number;
  /** When it last said something, by an answer or by coming. */
  heardAtMs: number;
}

/** A request that waits for its answer. */
interface Carried {
  readonly request: CarriedRequest;
  readonly resolve: (answer: CarriedAnswer) => void;
  readonly atMs: number;
}

/**
 * Between attempts at listeners, and who listens: each request is told to the one that listens under its name, at once or
 * when one comes, and again to the next where the connection breaks, until it is answered or its time is up. What waits
 * here is what the delivery thread has in flight, bounded there.
 *
 * A connection may be dead without either end knowing (a laptop that sleeps): one from which nothing was heard since a
 * request was told, when the time of that is up, is ended.
 */
export class ListenerHub implements ListenerCarrier {
  readonly #ambient: ListenerHubParts['ambient'];
  readonly #onListening: ListenerHubParts['onListening'];
  readonly #seats = new Map<string, Seat>();
  readonly #carried = new Map<string, Carried>();
  #beat: { cancel(): void } | null = null;
  #isClosed = false;

  constructor({ ambient, onListening }: ListenerHubParts) {
    this.#ambient = ambient;
    this.#onListening = onListening;
  }

  async carry(request: CarriedRequest): Promise<CarriedAnswer> {
    return new Promise((resolve) => {
      this.#carried.set(request.id, { request, resolve, atMs: this.#ambient.elapsedMs() });
      const seat = this.#seats.get(request.listener);
      if (seat !== undefined) this.#tell(seat, 'request', shown(request));
    });
  }

  async withdraw(id: string): Promise<void> {
    const carried = this.#carried.get(id);
    if (carried === undefined) return Promise.resolve();
    const { request, atMs } = carried;
    const seat = this.#seats.get(request.listener);
    this.#end(id, { kind: 'withdrawn', isThere: seat !== undefined });
    if (seat === undefined) return Promise.resolve();
    if (seat.heardAtMs <= atMs) this.#leave(request.listener, seat);
    else this.#tell(seat, 'withdrawn', { id });
    return Promise.resolve();
  }

  /**
   * Somebody listens from now on.
   *
   * @returns what is to be called when they have left
   * @throws SluiceError `too_many_listeners`, `shutting_down`
   */
  join(name: string, reader: StreamReader): () => void {
    if (this.#isClosed) throw new SluiceError('shutting_down');
    const before = this.#seats.get(name);
    if (before === undefined && this.#seats.size >= listenersMax)
      throw new SluiceError('too_many_listeners', { max: listenersMax });
    if (before !== undefined) {
      this.#tell(before, 'replaced', {});
      // Ended at once, it might not have heard, and would come back in its turn.
      this.#ambient.after(REPLACED_MS, () => {
        before.reader.end();
      });
    }
    const seat: Seat = {
      ...{ reader, care: new ReaderCare(reader, this.#ambient) },
      ...{ sinceMs: this.#ambient.nowMs(), heardAtMs: this.#ambient.elapsedMs() },
    };
    this.#seats.set(name, seat);
    // Once the answer has begun.
    this.#ambient.after(0, () => {
      this.#welcome(name, seat);
    });
    this.#planBeat();
    return () => {
      this.#leave(name, seat);
    };
  }

  /** What a program answered. @throws SluiceError `exchange_not_found` */
  answer(name: string, id: string, answer: CarriedAnswer): void {
    const carried = this.#carried.get(id);
    if (carried?.request.listener !== name) throw new SluiceError('exchange_not_found', { id: id.slice(0, 100) });
    const seat = this.#seats.get(name);
    if (seat !== undefined) seat.heardAtMs = this.#ambient.elapsedMs();
    this.#end(id, answer);
  }

  /** Those who listen, and those of whom something waits. */
  list(): readonly ListenerStanding[] {
    const waiting = Map.groupBy(this.#carried.values(), ({ request }) => request.listener);
    const names = new Set([...this.#seats.keys(), ...waiting.keys()]);
    return [...names].map((name) => ({
      name,
      sinceMs: this.#seats.get(name)?.sinceMs ?? null,
      waiting: waiting.get(name)?.length ?? 0,
    }));
  }

  /** Nobody listens any more. What is in flight is withdrawn when its time is up. */
  close(): void {
    this.#isClosed = true;
    this.#beat?.cancel();
    for (const { reader } of this.#seats.values()) reader.end();
    this.#seats.clear();
  }

  #welcome(name: string, seat: Seat): void {
    if (this.#seats.get(name) !== seat) return;
    seat.care.write(OPENING);
    this.#tell(seat, 'listening', { name });
    for (const { request } of this.#carried.values()) {
      if (request.listener === name) this.#tell(seat, 'request', shown(request));
    }
    this.#listens();
  }

  #leave(name: string, seat: Seat): void {
    if (this.#seats.get(name) !== seat) return;
    this.#seats.delete(name);
    seat.reader.end();
    this.#listens();
  }

  #listens(): void {
    if (!this.#isClosed) this.#onListening([...this.#seats.keys()]);
  }

  #end(id: string, answer: CarriedAnswer): void {
    this.#carried.get(id)?.resolve(answer);
    this.#carried.delete(id);
  }

  #tell(seat: Seat, kind: string, message: object): void {
    seat.care.write(messageText(kind, '', JSON.stringify(message)));
  }

  #planBeat(): void {
    this.#beat ??= this.#ambient.after(BEAT_MS, () => {
      this.#beat = null;
      for (const [name, seat] of this.#seats) this.#lookAfter(name, seat);
      if (this.#seats.size > 0) this.#planBeat();
    });
  }

  #lookAfter(name: string, seat: Seat): void {
    seat.care.look();
    if (!seat.care.mayStay()) this.#leave(name, seat);
    // Whoever listens knows by it that they still do.
    else if (seat.care.isQuiet) this.#tell(seat, 'listening', { name });
  }
}

function shown({ id, webhookId, method, headers, body, timeoutMs }: CarriedRequest): object {
  const pairs = Array.from({ length: headers.length / 2 }, (_, index) => ({
    name: headers[2 * index],
    value: headers[2 * index + 1],
  }));
  return { id, webhookId, method, headers: pairs, body, timeoutMs };
}
