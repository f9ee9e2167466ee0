import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { deadDelivery, settle } from './pages.ts';
import { type Dashboard, openDashboard } from './scene.ts';

describe('a destination in the dashboard', () => {
  let dashboard: Dashboard;
  let id: string;
  before(async () => {
    dashboard = await openDashboard();
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('is connected with a name, its sources and a URL, and delivers from then on', async () => {
    const { page, receiver, send } = dashboard;
    await settle(dashboard, '/new-destination');
    await page.getByLabel('Name').fill('CRM hooks');
    await page.getByLabel('Webhook URL').fill(receiver.url('/crm'));
    if ((await page.getByRole('textbox', { name: 'Sources' }).count()) > 0) {
      await page.getByRole('textbox', { name: 'Sources' }).click();
      const option = page.getByRole('option', { name: 'Development' });
      if ((await option.getAttribute('aria-selected')) !== 'true') await option.click();
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.waitForURL(/\/destinations\/dst_/);
    id = /dst_\w+/.exec(page.url())?.[0] ?? '';
    await send({ type: 'track', userId: 'u1', event: 'Connected' });
    while (!receiver.requests.some(({ url }) => url === '/crm')) await receiver.count(receiver.requests.length + 1);
    dashboard.assertQuiet();
  });

  it('has what is wrong said at its field, and keeps what it had', async () => {
    const { api, page, receiver } = dashboard;
    await settle(dashboard, `/destinations/${id}/settings`);
    await page.getByLabel('Webhook URL').fill('ftp://example.com/x');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('needs your attention').waitFor();
    assert.equal(await page.getByLabel('Webhook URL').getAttribute('aria-invalid'), 'true');
    const { settings } = await api.getDestination({ params: { id } });
    assert.equal(settings.webhookUrl, receiver.url('/crm'));
    dashboard.assertQuiet(/status of 400/);
  });

  it('asks before changes that are not saved are left behind', async () => {
    const { page } = dashboard;
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.getByRole('button', { name: 'Leave it' }).click();
    assert.match(page.url(), /settings$/);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page.waitForURL(/\/events$/);
  });

  it('is changed by what is saved, which says so in the audit trail', async () => {
    const { api, page } = dashboard;
    await settle(dashboard, `/destinations/${id}/settings`);
    await page.getByRole('textbox', { name: 'Name' }).fill('CRM, renamed');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Saved/).waitFor();
    assert.equal((await api.getDestination({ params: { id } })).name, 'CRM, renamed');
    await settle(dashboard, `/administration/audit?subject=${id}`);
    await page.getByText('destination.update').first().waitFor();
  });

  it('is sent a test event, shown with the request and the response side by side', async () => {
    const { page, receiver } = dashboard;
    receiver.answer({ status: 422, body: 'no such field' });
    await settle(dashboard, `/destinations/${id}/test`);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('no such field').first().waitFor();
    await page.getByText('422').first().waitFor();
    receiver.answer({});
    dashboard.assertQuiet(/status of 40[0]/);
  });

  it('shows its dead letters, each with its attempts, and tries one again', async () => {
    const { api, page, receiver, send } = dashboard;
    receiver.answer({ status: 503, body: 'down for a moment' });
    await api.updateDestination({ params: { id }, body: { delivery: { retries: 1, backoffMs: [50] } } });
    await send({ type: 'track', userId: 'u1', event: 'Lost at first' });
    const { id: delivery } = await deadDelivery(dashboard, id);
    receiver.answer({});
    await settle(dashboard, `/destinations/${id}/dead-letters`);
    await page.getByRole('button', { name: `Retry ${delivery}` }).waitFor();
    await settle(dashboard, `/deliveries/${delivery}`);
    await page.getByText('Attempt 2', { exact: true }).waitFor();
    assert.match(await page.getByRole('main').innerText(), /not available now/);
    await page.getByText('Request and response').first().click();
    await page.getByText('down for a moment').first().waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('delivered', { exact: true }).waitFor();
    dashboard.assertQuiet(/status of 40[0]/);
  });

  it('groups all attempts that failed by their reason, with what to do, and leads to the deliveries that had it', async () => {
    const { page } = dashboard;
    await settle(dashboard, `/destinations/${id}`);
    const group = page.getByRole('listitem').filter({ hasText: '503' });
    await group.getByText('2 attempts').waitFor();
    assert.match(await group.innerText(), /not available now/);
    await group.getByRole('link', { name: '2 attempts with HTTP 503' }).click();
    await page.waitForURL(/deliveries\?error=http_503/);
    await page.getByRole('table').getByRole('link', { name: /^dlv_/ }).waitFor();
    dashboard.assertQuiet(/status of 40[0]/);
  });

  it('gives an attempt away as a command of curl, which sends the very same', async () => {
    const { page, receiver } = dashboard;
    const { id: delivery } = (await dashboard.api.listDeliveries({ query: { destination: id, limit: 1 } })).data[0]!;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await settle(dashboard, `/deliveries/${delivery}`);
    await page.getByText('Request and response').first().click();
    await page.getByRole('button', { name: 'Copy as curl' }).first().click();
    await page.getByRole('button', { name: 'Copied' }).first().waitFor();
    const command = await page.evaluate<string>('navigator.clipboard.readText()');
    const first =
      receiver.requests.find(({ url, body }) => url === '/crm' && body.includes('Lost at first')) ??
      assert.fail('it never came');
    const before = receiver.requests.length;
    await promisify(execFile)('sh', ['-c', command]);
    const again = receiver.requests[before] ?? assert.fail('curl sent nothing');
    assert.deepEqual(
      [again.method, again.url, again.body, again.headers['webhook-id']],
      [first.method, first.url, first.body, first.headers['webhook-id']],
    );
    dashboard.assertQuiet(/status of 40[0]/);
  });

  it('gives its deliveries away as a table, for those that are shown', async () => {
    const { api, page } = dashboard;
    await settle(dashboard, `/destinations/${id}/deliveries`);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export what is shown (CSV)' }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), `deliveries-${id}.csv`);
    const [head = '', ...rows] = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    assert.match(head, /^delivery,event,destination,state,/);
    const { data } = await api.listDeliveries({ query: { destination: id } });
    assert.deepEqual(
      rows.map((row) => row.split(',')[0]),
      data.map((each) => each.id),
    );
    dashboard.assertQuiet(/status of 40[0]/);
  });

  it('is sent a slice again by a replay, that is followed to its end', async () => {
    const { page, receiver } = dashboard;
    const before = receiver.requests.length;
    await settle(dashboard, `/destinations/${id}/replays`);
    await page.getByRole('button', { name: 'Start the replay' }).click();
    await page.waitForURL(/\/replays\/rpl_/);
    await page.getByText('finished').first().waitFor();
    assert.ok(receiver.requests.length > before);
    assert.ok(receiver.requests.slice(before).every(({ headers }) => headers['x-sluice-replay'] !== undefined));
    dashboard.assertQuiet(/status of 40[0]/);
  });

  it('is paused and resumed, and what came meanwhile is delivered', async () => {
    const { api, page, receiver, send } = dashboard;
    await settle(dashboard, `/destinations/${id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    assert.equal((await api.getDestination({ params: { id } })).endpoints[0]?.state, 'paused');
    const isIt = ({ url, body }: { readonly url: string; readonly body: string }) =>
      url === '/crm' && body.includes('Held up');
    await send({ type: 'track', userId: 'u1', event: 'Held up' });
    assert.ok(!receiver.requests.some(isIt));
    await page.getByRole('button', { name: 'Resume' }).click();
    while (!receiver.requests.some(isIt)) await receiver.count(receiver.requests.length + 1);
  });
});
