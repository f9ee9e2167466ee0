/** What libraries load before they send, of a Sluice whose sources change. What a real browser makes of it is under `test/browser`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

type Json = Readonly<Record<string, unknown>>;

let receiver: Receiver;
let sluice: SluiceProcess;

before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      sources: [
        { id: 'website', writeKeys: ['wk_website'] },
        { id: 'closed', enabled: false, writeKeys: ['wk_closed'] },
      ],
      destinations: [{ id: 'hook', sources: ['website'], settings: { webhookUrl: receiver.url() } }],
    },
  });
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

describe('settings', () => {
  it('are those of a source for one that is disabled, and 404 for a write key that no source has', async () => {
    const answers = ['wk_closed', 'wk_nobody'].map(async (key) => fetch(`${sluice.url}/v1/projects/${key}/settings`));
    const [closed, unknown] = await Promise.all(answers);
    assert.equal(closed?.status, 200);
    assert.equal(unknown?.status, 404);
    assert.equal(((await unknown.json()) as Json).code, 'write_key_unknown');
  });

  it('follow a change of the configuration', async () => {
    await sluice.configure({ sources: [{ id: 'website', writeKeys: ['wk_new'] }] });
    sluice.hangUp();
    await sluice.logged(/"configuration applied"/);
    const statusOf = async (key: string) => (await fetch(`${sluice.url}/v1/projects/${key}/settings`)).status;
    assert.deepEqual([await statusOf('wk_new'), await statusOf('wk_website')], [200, 404]);
  });
});
