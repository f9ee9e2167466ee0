import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { deadDelivery, settle } from './pages.ts';
import { type Dashboard, openDashboard } from './scene.ts';

/** More than there is to stop at on any page. */
const STOPS_MAX = 120;

describe('the dashboard by the keyboard alone', () => {
  let dashboard: Dashboard;
  let shop: string;
  before(async () => {
    dashboard = await openDashboard();
    const { data } = await dashboard.api.listDestinations();
    shop = data.find(({ name }) => name === 'Shop')?.id ?? assert.fail('there is no Shop');
    // Nothing here is to be done by it.
    await dashboard.page.addInitScript(
      "addEventListener('pointerdown', () => { throw new Error('a pointer'); }, true)",
    );
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('sends a test event, and leads to what became of it', async () => {
    const { page } = dashboard;
    await settle(dashboard, '/');
    await press(page, page.getByRole('button', { name: 'Send a test event' }));
    const arrived = page.getByRole('listitem').filter({ hasText: 'Order Completed' });
    await arrived.getByText('answered 200').nth(1).waitFor();
    await press(page, arrived.getByRole('link', { name: 'Order Completed' }));
    await page.waitForURL(/\/events\/evt_/);
    dashboard.assertQuiet();
  });

  it('goes past what is on every page at the first stop', async () => {
    const { page } = dashboard;
    await settle(dashboard, '/events');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').innerText(), 'Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.ok((await page.getByRole('main').locator(':focus').count()) > 0);
  });

  it('connects a webhook, and changes a setting of it', async () => {
    const { api, page, receiver } = dashboard;
    await settle(dashboard, '/new-destination');
    await reach(page, page.getByLabel('Name'));
    await page.keyboard.type('By hand');
    await reach(page, page.getByLabel('Webhook URL'));
    await page.keyboard.type(receiver.url('/keys'));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/destinations\/dst_/);
    const id = /dst_\w+/.exec(page.url())?.[0] ?? '';
    await press(page, page.getByRole('link', { name: 'Settings' }));
    await page.getByRole('textbox', { name: 'Name' }).waitFor();
    await reach(page, page.getByRole('textbox', { name: 'Name' }));
    await page.keyboard.press('End');
    await page.keyboard.type(', twice');
    await press(page, page.getByRole('button', { name: 'Save' }));
    await page.getByText(/^Saved/).waitFor();
    assert.equal((await api.getDestination({ params: { id } })).name, 'By hand, twice');
    dashboard.assertQuiet();
  });

  it('pauses a destination and resumes it, with the question answered by the keyboard too', async () => {
    const { api, page } = dashboard;
    await settle(dashboard, `/destinations/${shop}`);
    await press(page, page.getByRole('button', { name: 'Pause' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Leave it' }).and(page.locator(':focus')).waitFor();
    await press(page, dialog.getByRole('button', { name: 'Pause' }));
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    assert.equal((await api.getDestination({ params: { id: shop } })).endpoints[0]?.state, 'paused');
    await press(page, page.getByRole('button', { name: 'Resume' }));
    await page.getByRole('button', { name: 'Resume' }).waitFor({ state: 'detached' });
    dashboard.assertQuiet();
  });

  it('retries a dead letter, and replays a slice', async () => {
    const { api, page, receiver, send } = dashboard;
    receiver.answer({ status: 503 });
    await api.updateDestination({ params: { id: shop }, body: { delivery: { retries: 0 } } });
    await send({ type: 'track', userId: 'u1', event: 'Lost' });
    const { id: delivery } = await deadDelivery(dashboard, shop);
    receiver.answer({});
    await settle(dashboard, `/destinations/${shop}/dead-letters`);
    await press(page, page.getByRole('button', { name: `Retry ${delivery}` }));
    await page.getByText('It is tried again at once').waitFor();
    await settle(dashboard, `/destinations/${shop}/replays`);
    await press(page, page.getByRole('button', { name: 'Start the replay' }));
    await page.waitForURL(/\/replays\/rpl_/);
    await page.getByText('finished').first().waitFor();
    dashboard.assertQuiet();
  });

  it('searches events, and goes through a list', async () => {
    const { page } = dashboard;
    await settle(dashboard, '/events');
    await reach(page, page.getByRole('textbox', { name: 'Event name' }));
    await page.keyboard.type('Lost');
    await page.keyboard.press('Enter');
    await page.waitForURL(/name=Lost/);
    await press(page, page.getByRole('table').getByRole('link', { name: 'Lost' }));
    await page.waitForURL(/\/events\/evt_/);
    dashboard.assertQuiet();
  });
});

/** Goes on from where it is, stop by stop, until it is there. */
async function reach(page: Page, wanted: Locator): Promise<void> {
  for (let stops = 0; stops < STOPS_MAX; stops += 1) {
    if ((await wanted.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${String(wanted)} is at none of ${STOPS_MAX} stops`);
}

async function press(page: Page, wanted: Locator): Promise<void> {
  await wanted.first().waitFor();
  await reach(page, wanted.first());
  await page.keyboard.press('Enter');
}
