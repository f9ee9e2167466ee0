import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { post } from '../support/tracking.ts';
import { settle } from './pages.ts';
import { type Dashboard, openDashboard } from './scene.ts';

describe('a source in the dashboard', () => {
  let dashboard: Dashboard;
  let id: string;
  before(async () => {
    dashboard = await openDashboard();
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('is made with a name, and has a write key to send with', async () => {
    const { api, page } = dashboard;
    await settle(dashboard, '/sources');
    await page
      .getByRole('button', { name: /source/i })
      .first()
      .click();
    await page.getByRole('dialog').getByLabel('Name').fill('Shop floor');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Make|Create/ })
      .click();
    await page.waitForURL(/\/sources\/src_/);
    id = /src_\w+/.exec(page.url())?.[0] ?? '';
    const { name, writeKeys } = await api.getSource({ params: { id } });
    assert.equal(name, 'Shop floor');
    assert.equal(writeKeys.length, 1);
    dashboard.assertQuiet();
  });

  it('is issued another key, which is named and works at once; a revoked one is refused', async () => {
    const { api, page, sluice } = dashboard;
    await settle(dashboard, `/sources/${id}/keys`);
    await page.getByLabel('Name of a new key').fill('The tills');
    await page.getByRole('button', { name: 'Issue a key' }).click();
    await page.getByRole('cell', { name: 'The tills' }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'The tills' });
    await row.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('cell').getByRole('textbox').fill('Till two');
    await page.keyboard.press('Enter');
    await page.getByRole('cell', { name: 'Till two' }).waitFor();
    const { data } = await api.listWriteKeys({ params: { id } });
    const { key } = data.find(({ name }) => name === 'Till two') ?? assert.fail(JSON.stringify(data));
    const call = { userId: 'u1', event: 'Sold' };
    assert.equal((await post(sluice.url, '/v1/track', call, { writeKey: key })).status, 200);
    await page.getByRole('row').filter({ hasText: 'Till two' }).getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke it' }).click();
    await page.getByRole('cell', { name: 'Till two' }).waitFor({ state: 'detached' });
    // The only one that is left cannot go.
    assert.ok(await page.getByRole('button', { name: 'Revoke', exact: true }).isDisabled());
    await post(sluice.url, '/v1/track', { ...call, event: 'Too late' }, { writeKey: key });
    dashboard.assertQuiet();
  });

  it('is not among those whose calls are refused for an unknown write key, which are found by that', async () => {
    const { page } = dashboard;
    await settle(dashboard, '/events?refused=true');
    await page.getByRole('combobox', { name: 'Source' }).click();
    await page.getByRole('option', { name: 'None: unknown write key' }).click();
    await page.waitForURL(/source=/);
    const table = page.getByRole('table', { name: 'Refused calls' });
    await table.getByRole('cell', { name: 'unknown' }).first().waitFor();
    dashboard.assertQuiet();
  });

  it('is renamed and disabled by what is saved', async () => {
    const { api, page } = dashboard;
    await settle(dashboard, `/sources/${id}/settings`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Closed shop');
    await page.getByRole('switch', { name: 'Enabled' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const { name, enabled } = await api.getSource({ params: { id } });
    assert.deepEqual({ name, enabled }, { name: 'Closed shop', enabled: false });
    dashboard.assertQuiet();
  });

  it('is deleted once it was said what goes along', async () => {
    const { api, page } = dashboard;
    const { id: destination } = await api.createDestination({
      body: { name: 'Left alone', sources: [id], settings: { webhookUrl: dashboard.receiver.url('/x') } },
    });
    await settle(dashboard, `/sources/${id}/settings`);
    await page.getByRole('button', { name: /Delete this source/ }).click();
    await page.getByRole('dialog').getByText(destination).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
    await page.waitForURL(/\/sources$/);
    const { data } = await api.listSources();
    assert.ok(data.every((source) => source.id !== id));
    dashboard.assertQuiet();
  });
});

describe('a person in the dashboard', () => {
  let dashboard: Dashboard;
  before(async () => {
    dashboard = await openDashboard();
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('is erased and suppressed, found to be so, and stored again when somebody says so', async () => {
    const { api, page, send } = dashboard;
    await send({ type: 'track', userId: 'ada', event: 'Private' });
    await settle(dashboard, '/administration/erasures');
    const erase = page.locator('form').filter({ hasText: 'Erase a person' });
    await erase.getByRole('textbox', { name: 'userId' }).fill('ada');
    await erase.getByLabel('Store no more events').check();
    await erase.getByRole('button', { name: 'Erase' }).click();
    await page.getByRole('dialog').getByText('ada').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Erase' }).click();
    await page.getByRole('cell', { name: 'finished' }).waitFor();
    assert.deepEqual((await api.listEvents({ query: { user: 'ada' } })).data, []);
    const look = page.locator('form').filter({ hasText: 'Suppressed people' });
    await look.getByText('One person is suppressed').waitFor();
    await look.getByRole('textbox', { name: 'userId' }).fill('ada');
    await look.getByRole('button', { name: /^Look/ }).click();
    await look.getByRole('button', { name: 'Store their events again' }).click();
    await look.getByText('Not suppressed').waitFor();
    await look.getByText('Nobody is suppressed').waitFor();
    assert.equal((await api.getSuppressions({ query: { userId: 'ada' } })).isSuppressed, false);
    dashboard.assertQuiet();
  });
});
