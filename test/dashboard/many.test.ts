/** As many rows as a busy day has: 100,000 in the long run. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { post } from '../support/tracking.ts';
import { settle } from './pages.ts';
import { type Dashboard, openDashboard } from './scene.ts';

const ROWS = process.env['SLUICE_TEST_LONG'] === '1' ? 100_000 : 4_000;
const BATCH = 500;
/** What fits a screen, and some above and below. */
const MADE_MAX = 60;

describe('a list of very many', () => {
  let dashboard: Dashboard;
  let shop: string;
  before(async () => {
    dashboard = await openDashboard();
    const { api, sluice } = dashboard;
    const { data } = await api.listDestinations();
    shop = data.find(({ name }) => name === 'Shop')?.id ?? assert.fail('there is no Shop');
    for (let sent = 0; sent < ROWS; sent += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, index) => ({
        type: 'track',
        userId: `user-${(sent + index) % 1_000}`,
        event: `Event ${sent + index}`,
      }));
      const { status } = await post(sluice.url, '/v1/batch', { batch }, { writeKey: 'dev' });
      assert.equal(status, 200);
    }
    while ((await owed()) > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  for (const [list, path, first] of [
    ['Accepted events', () => '/events', 'Event 0'],
    ['Deliveries', () => `/destinations/${shop}/deliveries`, 'dlv_'],
  ] as const) {
    it(`makes only the rows that can be seen: ${list}`, { timeout: 600_000 }, async () => {
      const { page } = dashboard;
      await page.clock.install();
      await settle(dashboard, path());
      const region = page.getByRole('region', { name: list });
      const rows = region.getByRole('row');
      const lengthOf = async () => Number(await region.getByRole('table').getAttribute('aria-rowcount')) - 1;
      let most = 0;
      for (let length = await lengthOf(); length < ROWS;) {
        await region.press('End');
        const before = length;
        while (length === before) {
          await page.waitForTimeout(10);
          length = await lengthOf();
        }
        most = Math.max(most, await rows.count());
      }
      await region.press('End');
      await region.getByText(first).last().waitFor();
      assert.ok(most <= MADE_MAX, `${most} rows were made`);
      assert.ok((await rows.count()) <= MADE_MAX);
      // Back at the top, and the whole of it is not asked for again by itself.
      await region.press('Home');
      await region.locator('[aria-rowindex="2"]').waitFor();
      const before = askedOf(list);
      await page.clock.runFor(60_000);
      assert.equal(askedOf(list), before);
      dashboard.assertQuiet();
    });
  }

  function askedOf(list: string): number {
    const path = list === 'Deliveries' ? '/api/v1/deliveries?' : '/api/v1/events?';
    return dashboard.tab.asked.filter((url) => url.includes(path)).length;
  }

  async function owed(): Promise<number> {
    const { data } = await dashboard.api.listDestinations();
    return data.reduce((sum, { owed: each }) => sum + (each?.waiting ?? 1) + (each?.inFlight ?? 0), 0);
  }
});
