import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { deadDelivery, placesOf, settle } from './pages.ts';
import { accessibilityFaults, type Dashboard, openDashboard } from './scene.ts';

/** Where `npm run screenshots` wants them; without it none are kept. */
const IMAGES = process.env['SLUICE_TEST_SCREENSHOTS'];
/** Those that the documentation shows. */
const SHOWN = ['start', 'destinations', 'settings', 'delivery', 'attempts', 'debugger', 'events'];

const NAMES = ['Order Completed', 'Product Viewed', 'Signed Up', 'Cart Updated', 'Coupon Applied'];

describe('every page of the dashboard', () => {
  let dashboard: Dashboard;
  let places: Readonly<Record<string, string>>;
  before(async () => {
    dashboard = await openDashboard();
    const { api, receiver, send } = dashboard;
    receiver.answer(({ body }) => (body.includes('Coupon') ? { status: 503, body: 'the billing system is down' } : {}));
    const { data } = await api.listDestinations();
    const destination = data.find(({ name }) => name === 'Shop')?.id ?? assert.fail('there is no Shop');
    await api.updateDestination({ params: { id: destination }, body: { delivery: { backoffMs: [100] } } });
    for (let index = 0; index < 60; index += 1) {
      const event = NAMES[index % NAMES.length]!;
      await send({
        type: 'track',
        event,
        userId: `user-${index % 7}`,
        properties: { total: index * 3.5, currency: 'EUR' },
      });
    }
    await send({ type: 'track', userId: 'user-1' });
    await send({ type: 'identify', userId: 'user-2', traits: { email: 'ada@example.com', plan: 'team' } });
    const { id: delivery, event } = await deadDelivery(dashboard, destination);
    const { id: replay } = await api.createReplay({ body: { destination, filter: { type: 'track' } } });
    await api.createApiToken({ body: { name: 'ci', role: 'viewer' } });
    const { id: bin, url } = await api.createBin();
    await api.updateBin({ params: { id: bin }, body: { script: [{ status: 503, times: 2 }, { reset: true }] } });
    for (const body of ['{"a":1}', new Uint8Array([0xff])]) await fetch(url, { method: 'POST', body });
    places = placesOf({ destination, event, delivery, replay, bin });
    if (IMAGES !== undefined) await mkdir(IMAGES, { recursive: true });
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  for (const [colorScheme, rules] of [
    ['light', undefined],
    // What else there is does not depend on colours.
    ['dark', ['color-contrast', 'link-in-text-block']],
  ] as const) {
    it(`has no serious accessibility fault, ${colorScheme}`, async () => {
      const { page } = dashboard;
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const faults: string[] = [];
      for (const [name, path] of Object.entries(places)) {
        await settle(dashboard, path);
        if (name === 'start') await sendTestEvent(dashboard);
        if (IMAGES !== undefined && colorScheme === 'light' && SHOWN.includes(name)) {
          await page.screenshot({ path: join(IMAGES, `${name}.png`) });
        }
        faults.push(...(await accessibilityFaults(page, rules)).map((fault) => `${name}: ${fault}`));
      }
      assert.deepEqual(faults, []);
      dashboard.assertQuiet();
    });
  }

  it('fits a phone: nothing of it is wider than the screen', async () => {
    const { page } = dashboard;
    await page.setViewportSize({ width: 390, height: 800 });
    const wide: string[] = [];
    for (const [name, path] of Object.entries(places)) {
      await settle(dashboard, path);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      if (width > 390) wide.push(`${name}: ${width} px`);
    }
    assert.deepEqual(wide, []);
  });
});

/** So that something is on the first page. */
async function sendTestEvent({ page }: Dashboard): Promise<void> {
  await page.getByRole('button', { name: 'Send a test event' }).click();
  await page.getByText('answered 200').nth(1).waitFor();
}
