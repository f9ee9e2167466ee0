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

  it('makes a bin, has it fail twice, shows what comes live, and checks its signatures by a secret', async () => {
    const { api, page, send } = dashboard;
    await settle(dashboard, '/bins');
    await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Make a bin' }).first().click();
    await page.waitForURL(/\/bins\/bin_[^/]+$/);
    const id = page.url().split('/').at(-1) ?? '';
    await page.getByText(/^Live: 0 requests/).waitFor();
    await page.getByText('503 twice, then 200', { exact: true }).click();
    await page.getByText(/^Watch a retry/).waitFor();

    await page.getByRole('link', { name: 'Use in a destination' }).click();
    await page.getByLabel('Webhook URL').waitFor();
    const { url } = await api.getBin({ params: { id } });
    assert.equal(await page.getByLabel('Webhook URL').inputValue(), url);
    const settings = { webhookUrl: url, sharedSecret: 'keep-me-safe' };
    await api.createDestination({
      body: { name: 'To the bin', sources: ['dev'], settings, delivery: { retries: 2, backoffMs: [50] } },
    });
    await settle(dashboard, `/bins/${id}`);
    await page.getByText(/^Live: 0 requests/).waitFor();
    await send({ type: 'track', userId: 'u1', event: 'Binned' });
    await page.getByText(/^Live: 3 requests/).waitFor();
    const answers = page.getByRole('region', { name: 'Requests, newest first' }).getByText(/answered/);
    assert.deepEqual(
      (await answers.allInnerTexts()).map((text) => /answered (\d+)/.exec(text)?.[1]),
      ['200', '503', '503'],
    );

    const secret = page.getByLabel('Shared secret of the destination');
    await secret.fill('keep-me-safe');
    await page.getByText('signed right').nth(2).waitFor();
    await answers.first().click();
    await page.getByText(/x-signature valid/i).waitFor();
    await page.getByText(/webhook-signature valid/i).waitFor();
    await page
      .getByRole('cell', { name: 'X-Signature' })
      .or(page.getByText('X-Signature', { exact: true }))
      .waitFor();
    await secret.fill('another');
    await page.getByText(/x-signature invalid/i).waitFor();
    await page
      .getByText(/secret is another one/i)
      .first()
      .waitFor();
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

  // Last, since the browser complains of the answer that refuses a script.
  it('shows a bin hang, and has a script of its own refused with what is wrong with it', async () => {
    const { api, page } = dashboard;
    const { id, url } = await api.createBin();
    await settle(dashboard, `/bins/${id}`);
    await page.getByText('Custom', { exact: true }).click();
    const script = page.getByRole('textbox', { name: 'Script' });
    await script.fill('[{');
    await page.getByRole('button', { name: 'Answer by this script' }).click();
    await page.getByText(/This is no JSON/).waitFor();
    await script.fill('[{ "status": 99 }]');
    await page.getByRole('button', { name: 'Answer by this script' }).click();
    await page.getByText(/must be at least 200/).waitFor();
    await script.fill('[{ "hang": true, "times": 1 }]');
    await page.getByRole('button', { name: 'Answer by this script' }).click();
    await page.getByText(/must be at least/).waitFor({ state: 'detached' });
    assert.deepEqual((await api.getBin({ params: { id } })).script, [{ hang: true, times: 1 }]);

    const leaving = new AbortController();
    const hanging = fetch(url, { method: 'PATCH', body: new Uint8Array([0xff, 0x41]), signal: leaving.signal });
    await page.getByText(/is left hanging/).waitFor();
    leaving.abort();
    await assert.rejects(hanging);
    await page.getByText(/its sender gave up after/).click();
    await page.getByRole('region', { name: 'bytes of the body' }).getByText(/ff 41/).waitFor();

    await page.getByRole('button', { name: 'Empty it' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Empty it' }).click();
    await page.getByText('Nothing was sent here yet').waitFor();
    dashboard.assertQuiet(/status of 400/);
  });
});
