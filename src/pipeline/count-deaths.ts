import type { Telemetry } from '../ports/telemetry.ts';
import type { Deaths } from './alert-conditions.ts';

/** Counts deliveries that died, by destination, where each one is told: for alerts. */
export class DeathCounter {
  #deaths = new Map<string, Deaths>();
  readonly telemetry: Pick<Telemetry, 'died'> = {
    died: (destination, _eventId, reason) => {
      // Somebody wanted it so.
      if (reason === 'event_erased') return;
      const count = (this.#deaths.get(destination)?.count ?? 0) + 1;
      this.#deaths.set(destination, { destination, count, reason });
    },
  };

  /** Those since it was asked before. */
  take(): readonly Deaths[] {
    const deaths = [...this.#deaths.values()];
    this.#deaths = new Map();
    return deaths;
  }
}
