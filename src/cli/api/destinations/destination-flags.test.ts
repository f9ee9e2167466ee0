import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { collectSetting } from '../given-settings.ts';
import { destinationBody } from './destination-flags.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-flags-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('a destination of flags', () => {
  it('has one URL as `webhookUrl`, and several, or one with headers, as `webhooks`', async () => {
    assert.deepEqual(await destinationBody({ webhook: ['https://a'] }), {
      settings: { webhookUrl: 'https://a', webhooks: [] },
    });
    assert.deepEqual(await destinationBody({ webhook: ['https://a', 'https://b'], header: [['X-A', '1']] }), {
      settings: {
        webhooks: [
          { url: 'https://a', headers: { 'X-A': '1' } },
          { url: 'https://b', headers: { 'X-A': '1' } },
        ],
      },
    });
    await assert.rejects(destinationBody({ header: [['X-A', '1']] }), /--header goes with --webhook/);
  });

  it('says nothing of what was not given', async () => {
    assert.deepEqual(await destinationBody({}), {});
    assert.deepEqual(await destinationBody({ retries: 0 }), { delivery: { retries: 0 } });
  });

  it('has what its file says, below the flags, below --set', async () => {
    const yaml = file('crm.yaml', 'name: CRM\ndelivery: { retries: 1, order: user, timeoutMs: 100 }\n');
    const given = { file: yaml, retries: 2, order: 'none', set: collectSetting('delivery.retries=3') };
    assert.deepEqual(await destinationBody(given), {
      name: 'CRM',
      delivery: { retries: 3, order: 'none', timeoutMs: 100 },
    });
  });

  it('has a secret without the end of the line that it stands in', async () => {
    const body = await destinationBody({ secretFile: file('secret', ' keep me safe \n') });
    assert.deepEqual(body, { settings: { sharedSecret: ' keep me safe ' } });
    await assert.rejects(destinationBody({ secretFile: file('empty', '\n') }), /--secret-file is empty/);
  });

  it('cannot be of a file that is no object', async () => {
    await assert.rejects(destinationBody({ file: file('list', '- a') }), /must have one object/);
    await assert.rejects(destinationBody({ file: file('broken', '{ a: ') }), /neither JSON nor YAML/);
    await assert.rejects(destinationBody({ file: join(folder, 'none') }), /cannot read .*none: ENOENT/);
  });
});
