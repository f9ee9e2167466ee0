/** What tells an operator without being asked: put together for `compose.ts`. */
import type { SqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import type { NetworkPolicy } from './adapters/webhook/sender.ts';
import type { Config } from './config/schema.ts';
import type { DeliveryThread } from './delivery-link.ts';
import { AlertSender, type AlertSending } from './pipeline/send-alerts.ts';
import { AlertWatch, type ListedAlert } from './pipeline/watch-alerts.ts';
import type { Ambient } from './ports/ambient.ts';
import type { Telemetry } from './ports/telemetry.ts';

export interface AlertParts {
  readonly alerts: Config['alerts'];
  readonly network: NetworkPolicy;
  readonly log: Pick<SqliteEventLog, 'disk'>;
  readonly delivery: Pick<DeliveryThread, 'watched'>;
  readonly version: string;
  readonly ambient: Ambient;
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}

/** For one request with alerts: who receives them is not in a hurry, and nothing waits for it. */
const TIMEOUT_MS = 10_000;

export interface Alerts {
  /** See `AlertWatch.list`. */
  list(): readonly ListedAlert[];
  /** How sending them goes; null where the log alone is told. */
  sending(): AlertSending | null;
  stop(): Promise<void>;
}

/** Starts to watch. */
export async function startAlerts({ log, delivery, ...parts }: AlertParts): Promise<Alerts> {
  const sender = await senderOf(parts);
  const { ambient, telemetry, onFailure, alerts } = parts;
  const watch = new AlertWatch({
    observe: async () => {
      const [watched, disk] = await Promise.all([delivery.watched(), log.disk()]);
      return { ...watched, disk };
    },
    lagMs: alerts.lagMs,
    send: (found) => {
      sender?.send(found);
    },
    ...{ ambient, telemetry, onFailure },
  });
  watch.start();
  return {
    list: () => watch.list(),
    sending: () => sender?.standing ?? null,
    async stop() {
      await watch.stop();
      await sender?.stop();
    },
  };
}

/** Null where the log alone is told. */
async function senderOf({
  alerts: { webhookUrl: url, format },
  network,
  version,
  ambient,
  telemetry,
  onFailure,
}: Omit<AlertParts, 'log' | 'delivery'>): Promise<AlertSender | null> {
  if (url === null) return null;
  // Nothing else in this thread makes requests, and loading what does is a tenth of a start.
  const { makeOpenWebhookSender } = await import('./adapters/webhook/sender.ts');
  const open = makeOpenWebhookSender({ ambient, network, version });
  const sender = open({
    ...{
      url,
      method: 'POST',
      headers: {},
      replay: null,
      sharedSecret: null,
      nextSecret: null,
      tls: null,
      timeoutMs: TIMEOUT_MS,
    },
  });
  return new AlertSender({ sender, format, ambient, telemetry, onFailure });
}
