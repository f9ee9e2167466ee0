import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeClient } from '../../src/contract/client.ts';
import { settle } from './pages.ts';
import { type Dashboard, openDashboard } from './scene.ts';

describe('watching and administering in the dashboard', () => {
  let dashboard: Dashboard;
  before(async () => {
    dashboard = await openDashboard();
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('shows a source live: what is accepted, what is refused and why, and holds still when it is paused', async () => {
    const { page, send } = dashboard;
    await settle(dashboard, '/sources/dev');
    await page.getByText(/^Live:/).waitFor();
    await send({ type: 'track', userId: 'u1', event: 'Seen Live', properties: { colour: 'ultramarine' } });
    await send({ type: 'track', userId: 'u1' });
    await page.getByText('Seen Live').first().click();
    await page.getByRole('region', { name: 'call' }).getByText('ultramarine').waitFor();
    await page
      .getByText(/needs `?event`?, the name of what happened/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await send({ type: 'track', userId: 'u1', event: 'Unseen' });
    await page.getByText('Paused: 1 call came since.').waitFor();
    assert.equal(await page.getByText('Unseen').count(), 0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('Unseen').first().waitFor();
    dashboard.assertQuiet();
  });

  it('finds an event by its user, whatever that is, and tells what became of it', async () => {
    const { page, send } = dashboard;
    await send({ type: 'track', userId: '42', event: 'Found' });
    await settle(dashboard, '/events');
    await page.getByRole('textbox', { name: 'User' }).fill('42');
    await page.keyboard.press('Enter');
    await page.waitForURL(/user=/);
    await page.getByRole('link', { name: 'Found' }).click();
    await page.waitForURL(/\/events\/evt_/);
    await page.getByText('delivered', { exact: true }).first().waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Found' }).waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'User' }).inputValue(), '42');
    dashboard.assertQuiet();
  });

  it('makes a bin, shows what is sent there, and checks its signatures by a secret', async () => {
    const { api, page, send } = dashboard;
    await settle(dashboard, '/bins');
    await page.getByRole('button', { name: /bin/i }).first().click();
    await page.waitForURL(/\/bins\/[^/]+$/);
    const url = `${dashboard.sluice.url}/bins/${page.url().split('/').at(-1) ?? ''}`;
    await api.createDestination({
      body: { name: 'To the bin', sources: ['dev'], settings: { webhookUrl: url, sharedSecret: 'keep-me-safe' } },
    });
    await send({ type: 'track', userId: 'u1', event: 'Binned' });
    await page.getByText('POST').first().waitFor();
    await page.getByLabel('Shared secret of the destination').fill('keep-me-safe');
    await page.getByText(/x-signature valid/i).waitFor();
    await page.getByText(/webhook-signature valid/i).waitFor();
    await page.getByLabel('Shared secret of the destination').fill('another');
    await page.getByText(/x-signature invalid/i).waitFor();
    dashboard.assertQuiet();
  });

  it('makes an API token that is shown once and works, and revokes it', async () => {
    const { api, page, sluice } = dashboard;
    await settle(dashboard, '/administration/tokens');
    await page.getByLabel('Name of a new token').fill('ci');
    await page.getByRole('button', { name: 'Make a token' }).click();
    const token = await page.getByRole('region', { name: 'API token' }).innerText();
    const viewer = makeClient({ url: sluice.url, token });
    assert.equal((await viewer.getSession()).role, 'viewer');
    await page.getByRole('button', { name: 'Close' }).click();
    await page
      .getByRole('button', { name: /revoke/i })
      .first()
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /revoke/i })
      .click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.deepEqual((await api.listApiTokens()).data, []);
    dashboard.assertQuiet();
  });
});
