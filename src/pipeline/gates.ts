import type { LaneEndpoint } from './deliver.ts';
import type { Gate } from './gate.ts';

/** The gates of a lane's endpoints, asked as one: of several it is enough that one has room. */
export class Gates {
  readonly #gates: readonly Gate[];
  readonly #byUrl: ReadonlyMap<string, Gate>;

  /** @param onOpen there may be room again */
  constructor(endpoints: readonly LaneEndpoint[], onOpen: () => void) {
    this.#gates = endpoints.map(({ gate }) => gate);
    this.#byUrl = new Map(endpoints.map(({ url, gate }) => [url, gate]));
    for (const gate of this.#gates) gate.onOpen = onOpen;
  }

  /** None lets anything in, for a while that may be long. */
  get isShut(): boolean {
    return this.#gates.every((gate) => gate.isShut);
  }

  /** All that is let in anywhere are probes. */
  get isProbing(): boolean {
    return this.#gates.every((gate) => gate.isProbing);
  }

  /** Attempts that have been let in. */
  get inFlight(): number {
    return this.#gates.reduce((sum, gate) => sum + gate.inFlight, 0);
  }

  hasRoom(isRetry: boolean, retriesWait: boolean): boolean {
    for (const gate of this.#gates) if (gate.hasRoom(isRetry, retriesWait)) return true;
    return false;
  }

  /** That of an endpoint; null when it is not one of these. */
  of(url: string): Gate | null {
    return this.#byUrl.get(url) ?? null;
  }

  /** Has itself told when they open. */
  expectOpening(): void {
    for (const gate of this.#gates) gate.expectOpening();
  }

  resume(): void {
    for (const gate of this.#gates) gate.resume();
  }

  close(): void {
    for (const gate of this.#gates) gate.close();
  }
}
