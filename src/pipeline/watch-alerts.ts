import type { Ambient } from '../ports/ambient.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Alert } from '../domain/alert.ts';
import { endedAlertsMax } from '../domain/limits.ts';
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

/** An alert as whoever asks for the list is shown it. */
export interface ListedAlert extends Pick<Alert, 'kind' | 'destination' | 'message' | 'sinceMs'> {
  readonly state: 'standing' | 'ended';
  /** When it ended; null while it stands. */
  readonly untilMs: number | null;
}

/** Looks every five seconds whether an operator has to be told something, and tells it. */
export class AlertWatch {
  readonly #options: AlertWatchOptions;
  readonly #rules: AlertRules;
  /** The last ones, newest first. In memory: the log has all there ever were. */
  #ended: readonly ListedAlert[] = [];
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

  /** Those that stand, oldest first, and then those that ended of late, newest first. */
  list(): readonly ListedAlert[] {
    const standing = this.#rules.standing.map((alert) => ({ ...alert, state: 'standing', untilMs: null }) as const);
    return [...standing, ...this.#ended];
  }

  async #look(): Promise<void> {
    const { observe, ambient, telemetry, send } = this.#options;
    const observed = await observe();
    const alerts = this.#rules.look(observed, { nowMs: ambient.nowMs(), elapsedMs: ambient.elapsedMs() });
    for (const { kind, state, destination, message } of alerts)
      telemetry.trouble(`alert ${state}`, { alert: kind, destination, message });
    const ended = alerts.filter(({ state }) => state === 'ended').map(listedEnd);
    this.#ended = [...ended, ...this.#ended].slice(0, endedAlertsMax);
    send(alerts);
  }
}

function listedEnd({ kind, destination, message, sinceMs, atMs }: Alert): ListedAlert {
  return { kind, destination, message, sinceMs, state: 'ended', untilMs: atMs };
}
