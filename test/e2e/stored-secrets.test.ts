/** What an older version let somebody set goes on as it did, where a newer one refuses to set it. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { dataFilesIn } from '../../src/adapters/sql/data-folder.ts';
import { openSqliteWorkspaceStore } from '../../src/adapters/sql/workspace-store.ts';
import { openSecretBoxes } from '../../src/secrets.ts';
import { askApi } from '../support/management-api.ts';
import { openReceiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const ODD_SECRET = 'whsec_of an older version!';

/** Sets the secret of every destination as a version did that asked nothing of it. */
async function store(dataDir: string, sharedSecret: string): Promise<void> {
  const files = dataFilesIn(dataDir);
  const boxes = openSecretBoxes(files, { key: null, previousKey: null });
  const workspace = openSqliteWorkspaceStore({ file: files.workspaceFile, ...boxes });
  const { destinations, version } = workspace.current();
  const putDestinations = destinations.map((destination) => ({ ...destination, sharedSecret }));
  await workspace.commit({ putDestinations }, version, 'an older version', Date.now());
  await workspace.close();
}

describe('a stored secret that could not be set any more', () => {
  it('lets Sluice start, signs as before, and stands in the way of no other change', async (t) => {
    const receiver = await openReceiver();
    t.after(async () => receiver.close());
    const config = { network: { allow: ['127.0.0.0/8'] }, storage: { reserve: '0B' } };
    await using sluice = await SluiceProcess.start({ config: { ...config, sources: [], destinations: [] } });
    const source = await askApi(sluice, '/sources', { body: { name: 'Web', writeKeys: ['wk_web'] } });
    const { id } = source.body as { readonly id: string };
    const settings = { webhookUrl: receiver.url() };
    const made = await askApi(sluice, '/destinations', { body: { name: 'CRM', sources: [id], settings } });
    const path = `/destinations/${(made.body as { readonly id: string }).id}`;
    await sluice.terminate();
    await store(sluice.dataDir, ODD_SECRET);
    await sluice.restart();

    const changed = async (body: object) => askApi(sluice, path, { method: 'PATCH', body });
    const refused = await changed({ settings: { sharedSecret: 'whsec_another one' } });
    assert.equal(refused.status, 400);
    assert.match(JSON.stringify(refused.body), /"path":"settings\.sharedSecret".*openssl rand -base64 32/);
    assert.equal((await changed({ name: 'CRM hooks', settings: { sharedSecret: '***' } })).status, 200);
    await post(sluice.url, '/v1/track', { userId: 'u', event: 'E' }, { writeKey: 'wk_web' });
    const { headers, rawBody } = await receiver.next();
    assert.equal(headers['x-signature'], createHmac('sha1', ODD_SECRET).update(rawBody).digest('hex'));
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${rawBody.toString()}`;
    const key = Buffer.from(ODD_SECRET.slice('whsec_'.length), 'base64');
    const standard = createHmac('sha256', key).update(signed).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${standard}`);
  });
});
