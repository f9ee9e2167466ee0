import { setImmediate as turn } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import type { Tally } from './tallies.ts';

/** All these metrics as Prometheus reads them. Other work of the thread goes on between one and the next. */
export async function exposition(tallies: readonly Tally[], registry: Registry): Promise<string> {
  let text = '';
  for (const tally of tallies) {
    text += tally.text();
    await turn();
  }
  for (const { name } of registry.getMetricsAsArray()) {
    text += `${await registry.getSingleMetricAsString(name)}\n`;
    await turn();
  }
  return text;
}
