import type { Destination } from '../domain/destination.ts';
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
      },
    });
    this.#gates.set(key, gate);
    return gate;
  }
}
