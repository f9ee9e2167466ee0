import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Chromium, type Tab } from '../support/chromium.ts';
import { tokenOf } from '../support/management-api.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { assertQuiet } from './scene.ts';

/** What a browser says of each answer that is an error. */
const REFUSED = /status of 401/;

describe('signing in to the dashboard', () => {
  const parts = new AsyncDisposableStack();
  let sluice: SluiceProcess;
  let tab: Tab;
  before(async () => {
    sluice = parts.use(await SluiceProcess.start({ config: { sources: [{ id: 'web', writeKeys: ['wk'] }] } }));
    tab = parts.use(await parts.use(await Chromium.launch()).open());
  });
  after(async () => parts.disposeAsync());

  it('is asked for at any page, says what is wrong with a token, and then shows that page', async () => {
    const { page } = tab;
    await page.goto(`${sluice.url}/dashboard/sources`);
    await page.getByLabel('API token').fill('not-a-token-of-this-sluice');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('No token of this Sluice is like that').waitFor();
    await page.getByLabel('API token').fill(tokenOf(sluice));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor();
    assert.match(page.url(), /\/dashboard\/sources$/);
    assertQuiet(tab, sluice.url, REFUSED);
  });

  it('keeps no token where a script could read it, and goes on after a reload', async () => {
    const { page } = tab;
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor();
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    assert.ok(!kept.includes(tokenOf(sluice)));
    assert.ok(!kept.includes('sluice_session'));
  });

  it('ends by signing out, here and for every other page of the session', async () => {
    const { page } = tab;
    const other = await page.context().newPage();
    await other.goto(`${sluice.url}/dashboard/events`);
    await other.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    await page.getByRole('button', { name: 'Who is signed in' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    // The alerts are asked for every ten seconds at the latest; a reload asks at once.
    await other.reload();
    await other.getByRole('button', { name: 'Sign in' }).waitFor();
  });
});
