import { makeDeliveryMetrics } from '../src/adapters/system/delivery-metrics.ts';
import { makeMainMetrics } from '../src/adapters/system/main-metrics.ts';
import { markdownTable } from './markdown-table.ts';

/** A table of every metric of Sluice's own, as the registries of its threads have them. */
export async function metricsTable(): Promise<string> {
  const page = await examplePage();
  const rows = [...page.matchAll(/^# HELP (sluice_\S+) (.+)\n# TYPE \S+ (\S+)\n(.*)$/gm)].map(
    ([, name = '', help = '', type = '', sample = '']) => [`\`${name}\``, type, labelsOf(sample), help],
  );
  return markdownTable(['metric', 'type', 'labels', 'is'], rows);
}

/** With one series at least of each metric, so that its labels can be read. */
async function examplePage(): Promise<string> {
  const main = makeMainMetrics('0');
  const delivery = makeDeliveryMetrics();
  main.keep(['a']);
  main.telemetry.refused({
    ...{ atMs: 0, source: 'a', reason: 'unknown_source', type: null, message: '', count: 1, route: 'track' },
    ...{ writeKey: null, subject: null },
  });
  delivery.keep(['a']);
  const threads = { main: { busyMs: 0, delay: { p50: 0, p99: 0, max: 0 } } };
  const known = {
    dataBytes: { history: 0, index: 0, refused: 0 },
    logBytes: 0,
    logOldestAtMs: 0,
    diskFreeBytes: 0,
    diskReserveBytes: 0,
  };
  const standing = { destination: 'a', waiting: 0, parked: 0, inFlight: 0, oldestAtMs: null, endpoints: [] };
  return (await main.page({ ...known, nowMs: 0, threads, isIncomplete: false })) + (await delivery.page([standing], 0));
}

/** A histogram's own `le` goes without saying. */
function labelsOf(sample: string): string {
  const names = [...sample.matchAll(/[{,](\w+)="/g)].map(([, name]) => name);
  return names.filter((name) => name !== 'le').join(', ');
}
