import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Dashboard, openDashboard } from './scene.ts';

describe('the first minute of the dashboard', () => {
  let dashboard: Dashboard;
  before(async () => {
    dashboard = await openDashboard();
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('begins at the root of the host, with the write key and code to send with', async () => {
    const { page, sluice } = dashboard;
    await page.goto(sluice.url);
    await page.waitForURL(/\/dashboard\/?$/);
    await page.getByText('dev', { exact: true }).first().waitFor();
    const code = page.getByRole('region', { name: /^code for/ });
    assert.ok((await code.innerText()).includes(new URL(sluice.url).host));
    await page.getByRole('combobox', { name: 'Library' }).fill('Go');
    await page.getByRole('option', { name: 'Go', exact: true }).click();
    assert.match(await code.innerText(), /analytics\.NewWithConfig\("dev"/);
    dashboard.assertQuiet();
  });

  it('sends a test event, and shows it arrive at each destination', async () => {
    const { page, receiver } = dashboard;
    await page.getByRole('button', { name: 'Send a test event' }).click();
    const arrived = page.getByRole('listitem').filter({ hasText: 'Order Completed' });
    await arrived.getByText('answered 200').nth(1).waitFor();
    assert.equal((await receiver.count(1)).length, 1);
    await arrived.getByRole('link', { name: 'Order Completed' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.match(page.url(), /\/events\/evt_/);
    dashboard.assertQuiet();
  });

  it('shows what other programs send as it comes, also after a reload', async () => {
    const { page, send, visit } = dashboard;
    await visit('/');
    await page.getByText('Waiting for events').waitFor();
    await send({ type: 'track', userId: 'u1', event: 'Signed Up' });
    await page.getByRole('listitem').filter({ hasText: 'Signed Up' }).getByText('answered 200').first().waitFor();
    dashboard.assertQuiet();
  });
});
