/**
 * How long the dashboard takes from an empty cache, from loopback: until something is painted, and until its first page can
 * be used. A number of its own, since no forwarder has a dashboard to compare it with.
 *
 *   bin/node bench/first-paint.ts             fifteen loads, each by another user
 *   bin/node bench/first-paint.ts --loads 1   does it work?
 */
import { parseArgs } from 'node:util';
import { Chromium } from '../test/support/chromium.ts';
import { SluiceProcess } from '../test/support/sluice-process.ts';
import { median, quantile } from './quantile.ts';

const { values: flags } = parseArgs({ options: { loads: { type: 'string', default: '15' } } });
const loads = Number(flags.loads);
if (!Number.isInteger(loads) || loads < 1) {
  process.stderr.write(`--loads ${flags.loads}: not a number of loads\n`);
  process.exit(2);
}

const FIRST_CONTENTFUL_PAINT = `performance.getEntriesByName('first-contentful-paint')[0].startTime`;

const painted: number[] = [];
const usable: number[] = [];
{
  await using sluice = await SluiceProcess.start({ command: 'dev' });
  await using chromium = await Chromium.launch();
  for (let load = 0; load < loads; load += 1) {
    await using tab = await chromium.open();
    await tab.page.goto(`${sluice.url}/dashboard`);
    await tab.page.getByRole('button', { name: 'Send a test event' }).waitFor();
    usable.push(await tab.page.evaluate<number>('performance.now()'));
    painted.push(await tab.page.evaluate<number>(FIRST_CONTENTFUL_PAINT));
  }
}
console.log(`first paint ${told(painted)}, usable ${told(usable)}, of ${loads} loads`);

function told(values: readonly number[]): string {
  return `${median(values).toFixed(0)} ms (worst ${quantile(values, 1).toFixed(0)})`;
}
