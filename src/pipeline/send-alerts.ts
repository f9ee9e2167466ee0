import { type Alert, alertBody, type AlertFormat } from '../domain/alert.ts';
import { type Exchange, judge } from '../domain/attempt.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';

/** Waits between attempts at one request: the last attempt is six minutes after the first. */
const WAITS_MS = [1_000, 10_000, 60_000, 300_000];
/** Requests that wait. Each has all alerts of one look, and whoever is away for that long reads the log. */
const WAITING_MAX = 100;

export interface AlertSenderOptions {
  readonly sender: WebhookSender;
  readonly format: AlertFormat;
  readonly ambient: Ambient;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

/** How sending alerts goes. */
export interface AlertSending {
  /** Of the last attempt at a request, whatever it came to; null before the first. `problem` is null when it succeeded. */
  readonly last: { readonly atMs: number; readonly problem: string | null } | null;
  /** Requests that are not sent yet. */
  readonly waiting: number;
}

/**
 * Posts alerts to the operator's webhook, one request after the other, so that what ended is not told before it began.
 * Nobody waits for it, and what it cannot send in a few attempts is given up: the log has all alerts.
 */
export class AlertSender {
  readonly #options: AlertSenderOptions;
  readonly #waiting: string[] = [];
  #sending: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #last: AlertSending['last'] = null;
  #isStopped = false;

  constructor(options: AlertSenderOptions) {
    this.#options = options;
  }

  get standing(): AlertSending {
    return { last: this.#last, waiting: this.#waiting.length + (this.#sending === null ? 0 : 1) };
  }

  send(alerts: readonly Alert[]): void {
    if (alerts.length === 0 || this.#isStopped) return;
    this.#waiting.push(alertBody(alerts, this.#options.format));
    if (this.#waiting.length > WAITING_MAX) {
      this.#waiting.shift();
      this.#options.telemetry.trouble('alerts are left out: too many wait to be sent', { waiting: WAITING_MAX });
    }
    this.#sending ??= this.#sendAll().catch(this.#options.onFailure);
  }

  /** Lets the attempt under way end, and gives up the rest. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.();
    await this.#sending;
    await this.#options.sender.close();
  }

  async #sendAll(): Promise<void> {
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) {
      if (!this.#isStopped) await this.#sendOne(body);
    }
    this.#sending = null;
  }

  async #sendOne(body: string): Promise<void> {
    const { sender, ambient, telemetry } = this.#options;
    const id = `alr_${ambient.uuid()}`;
    for (let attempt = 0; ; attempt++) {
      const exchange = await sender.send({ id, body, atMs: ambient.nowMs() });
      const outcome = judge(exchange);
      const problem = outcome === 'succeeded' ? null : reasonOf(exchange);
      this.#last = { atMs: ambient.nowMs(), problem };
      if (problem === null) return;
      const waitMs = outcome === 'rejected' ? undefined : WAITS_MS[attempt];
      if (waitMs === undefined || this.#isStopped) {
        telemetry.trouble('alerts could not be sent to `alerts.webhookUrl`', {
          attempts: attempt + 1,
          reason: problem,
        });
        return;
      }
      await this.#wait(waitMs);
    }
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#options.ambient.after(ms, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#wake = null;
  }
}

function reasonOf({ error, status }: Exchange): string {
  return error?.message ?? `it answered ${status ?? 0}`;
}
