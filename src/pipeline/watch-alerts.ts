import type { Ambient } from '../ports/ambient.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Alert } from '../domain/alert.ts';
import type { Observed } from './alert-conditions.ts';
import { AlertRules } from './alerts.ts';

/** Between two looks. What lasts is told after five to ten seconds. */
const LOOK_MS = 5_000;

export interface AlertWatchOptions {
  /** Looks at everything. */
  readonly observe: () => Promise<Observed>;
  /** See `AlertRules`. */
  readonly lagMs: number;
  /** Where alerts go besides the log. */
  readonly send: (alerts: readonly Alert[]) => void;
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
  readonly onFailure: (error: unknown) => void;
}

/** Looks every five seconds whether an operator has to be told something, and tells it. */
export class AlertWatch {
  readonly #options: AlertWatchOptions;
  readonly #rules: AlertRules;
  #timer: { cancel(): void } | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: AlertWatchOptions) {
    this.#options = options;
    this.#rules = new AlertRules(options);
  }

  start(): void {
    this.#timer = this.#options.ambient.after(LOOK_MS, () => {
      this.#looking = this.#look()
        .then(() => {
          if (!this.#isStopped) this.start();
        })
        .catch(this.#options.onFailure);
    });
  }

  /** Resolves when nothing is looked at any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { observe, ambient, telemetry, send } = this.#options;
    const observed = await observe();
    const alerts = this.#rules.look(observed, { nowMs: ambient.nowMs(), elapsedMs: ambient.elapsedMs() });
    for (const { kind, state, destination, message } of alerts)
      telemetry.trouble(`alert ${state}`, { alert: kind, destination, message });
    send(alerts);
  }
}
