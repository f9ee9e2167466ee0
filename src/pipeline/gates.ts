import type { Ambient } from '../ports/ambient.ts';
import type { LaneEndpoint } from './deliver.ts';
import type { AttemptKind, Gate, Passer } from './gate.ts';
import { RateLimit } from './rate-limit.ts';

export interface GatesOptions {
  readonly endpoints: readonly LaneEndpoint[];
  readonly isReplay: boolean;
  /** Of this lane alone, beside what each endpoint may be sent; null is none. */
  readonly ratePerSecond: number | null;
  readonly ambient: Ambient;
  /** There may be room again. */
  readonly onOpen: () => void;
}

/**
 * The gates of a lane's endpoints, asked as one: of several it is enough that one has room. Other lanes of its
 * destination may go through them too.
 */
export class Gates implements Passer {
  readonly isReplay: boolean;
  readonly #gates: readonly Gate[];
  readonly #byUrl: ReadonlyMap<string, Gate>;
  readonly #rate: RateLimit | null;
  readonly #ambient: Ambient;
  readonly #onOpen: () => void;
  #inFlight = 0;
  #timer: { cancel(): void } | null = null;
  #isClosed = false;

  constructor({ endpoints, isReplay, ratePerSecond, ambient, onOpen }: GatesOptions) {
    this.isReplay = isReplay;
    this.#gates = endpoints.map(({ gate }) => gate);
    this.#byUrl = new Map(endpoints.map(({ url, gate }) => [url, gate]));
    this.#rate = ratePerSecond === null ? null : new RateLimit(ratePerSecond, ambient);
    this.#ambient = ambient;
    this.#onOpen = onOpen;
    for (const gate of this.#gates) gate.join(this);
  }

  onOpen(): void {
    this.#onOpen();
  }

  /** None lets anything in, for a while that may be long. */
  get isShut(): boolean {
    return this.#gates.every((gate) => gate.isShut);
  }

  /** All that is let in anywhere are probes. */
  get isProbing(): boolean {
    return this.#gates.every((gate) => gate.isProbing);
  }

  /** Attempts of this lane that have been let in. */
  get inFlight(): number {
    return this.#inFlight;
  }

  hasRoom(isRetry: boolean, retriesWait: boolean): boolean {
    if (!this.#mayBegin()) return false;
    const kind = this.#kindOf(isRetry);
    for (const gate of this.#gates) if (gate.hasRoom(kind, retriesWait)) return true;
    return false;
  }

  /** An attempt has been let in. */
  began(): void {
    this.#inFlight += 1;
    this.#rate?.take();
  }

  ended(): void {
    this.#inFlight -= 1;
  }

  /** That of an endpoint; null when it is not one of these. */
  of(url: string): Gate | null {
    return this.#byUrl.get(url) ?? null;
  }

  /** Has itself told when they open. */
  expectOpening(): void {
    for (const gate of this.#gates) gate.expectOpening();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const gate of this.#gates) gate.part(this);
  }

  /** By the rate of this lane. */
  #mayBegin(): boolean {
    const opensAtMs = this.#rate?.opensAtMs ?? 0;
    if (opensAtMs === 0) return true;
    if (this.#isClosed) return false;
    this.#timer ??= this.#ambient.after(Math.max(1, opensAtMs - this.#ambient.elapsedMs()), () => {
      this.#timer = null;
      this.#onOpen();
    });
    return false;
  }

  #kindOf(isRetry: boolean): AttemptKind {
    if (this.isReplay) return 'replay';
    return isRetry ? 'retry' : 'first';
  }
}
