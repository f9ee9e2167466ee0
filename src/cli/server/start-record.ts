import type { Sluice } from '../../compose.ts';
import type { Config } from '../../config/schema.ts';
import { version } from '../../version.ts';

/**
 * What the log says when calls are accepted: what runs, where, what it promises here, and the settings that explain
 * what it does later. Secrets (a proxy's credentials too), and where events go, are not among them.
 */
export function startRecord(
  { config, mode, url }: { readonly config: Config; readonly mode: 'dev' | 'serve'; readonly url: string },
  { facts }: Pick<Sluice, 'facts'>,
): Readonly<Record<string, unknown>> {
  const { http, dataDir, sources, destinations, network, storage, retention, alerts, delivery, log } = config;
  return {
    ...{ version, node: process.version, mode, url, dataDir },
    ...facts,
    sources: sources.length,
    destinations: destinations.length,
    settings: {
      trustedProxies: http.trustedProxies,
      publicUrl: http.publicUrl,
      networkAllow: network.allow,
      networkDeny: network.deny,
      networkProxy: network.proxy === null ? null : new URL(network.proxy).origin,
      reserveBytes: storage.reserveBytes,
      logAgeMs: retention.log.ageMs,
      logBytes: retention.log.bytes,
      historyAgeMs: retention.history.ageMs,
      historyBytes: retention.history.bytes,
      refusedAgeMs: retention.refused.ageMs,
      refusedBytes: retention.refused.bytes,
      areAlertsSent: alerts.webhookUrl !== null,
      lagMs: alerts.lagMs,
      drainMs: delivery.drainMs,
      httpThreads: http.threads,
      deliveryThreads: delivery.threads,
      attempts: log.attempts,
    },
  };
}
