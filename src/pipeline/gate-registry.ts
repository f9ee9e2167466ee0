import type { Destination } from '../domain/destination.ts';
import { listenerIn } from '../domain/listener-url.ts';
import { attemptCharsMax, attemptsInFlightMax } from '../domain/limits.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { Budget } from './budget.ts';
import { Gate } from './gate.ts';

/**
 * The gates there are: one for each endpoint of a destination, whichever of the destination's lanes go through it, so
 * that what a replay sends counts for the endpoint's slots, rate and breaker. All share the budget of the process.
 */
export class GateRegistry {
  readonly #ambient: Ambient;
  readonly #telemetry: Telemetry;
  readonly #budget: Budget;
  readonly #gates = new Map<string, Gate>();
  /** Names of listeners that are there. */
  #listening: ReadonlySet<string> = new Set();
  /** Gates of endpoints that are listeners, with their names. */
  readonly #ofListeners = new Map<Gate, string>();

  constructor(ambient: Ambient, telemetry: Telemetry) {
    this.#ambient = ambient;
    this.#telemetry = telemetry;
    this.#budget = new Budget({ attemptsMax: attemptsInFlightMax, charsMax: attemptCharsMax }, ambient);
  }

  /** The gate that is there, or a new one. It closes with the last lane that joined it, and is then forgotten. */
  open({ id: destination, delivery: policy }: Destination, endpoint: string): Gate {
    const key = `${destination} ${endpoint}`;
    const open = this.#gates.get(key);
    if (open !== undefined) return open;
    const gate = new Gate({
      ...{ policy, budget: this.#budget, ambient: this.#ambient },
      onStanding: (standing) => {
        this.#telemetry.endpointChanged({ destination, endpoint, ...standing });
      },
      onClosed: () => {
        if (this.#gates.get(key) === gate) this.#gates.delete(key);
        this.#ofListeners.delete(gate);
      },
    });
    this.#gates.set(key, gate);
    const listener = listenerIn(endpoint);
    if (listener !== null) {
      this.#ofListeners.set(gate, listener);
      gate.setAway(!this.#listening.has(listener));
    }
    return gate;
  }

  /** These listeners are there from now on, and no others. */
  setListening(names: ReadonlySet<string>): void {
    const before = this.#listening;
    this.#listening = names;
    for (const [gate, name] of this.#ofListeners) {
      if (names.has(name) !== before.has(name)) gate.setAway(!names.has(name));
    }
  }
}
