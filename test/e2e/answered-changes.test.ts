/** What an operator was told is so: it holds whatever hangs, and whatever becomes of the process. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ShownDestination } from '../../src/contract/destinations.ts';
import { ApiOperator } from '../support/api-operator.ts';
import { cameAt } from '../support/received.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

let sluice: SluiceProcess;
let receiver: Receiver;
let ann: ApiOperator;

before(async () => {
  receiver = await openReceiver();
  const config = { network: { allow: ['127.0.0.0/8'] }, storage: { reserve: '0B' }, sources: [], destinations: [] };
  sluice = await SluiceProcess.start({ config, keepsPort: true });
  ann = await ApiOperator.named(sluice, 'ann', 'admin');
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

async function track(writeKey: string, messageId: string): Promise<void> {
  const { status } = await post(sluice.url, '/v1/track', { userId: 'u', event: 'E', messageId }, { writeKey });
  assert.equal(status, 200);
}

describe('a change that was answered', () => {
  it('is there after a kill at once, and so is what came for it', async () => {
    const killed = async (): Promise<void> => {
      await sluice.kill9();
      await sluice.restart();
    };
    const { id: source } = await ann.does('POST', '/sources', { name: 'Mortal', writeKeys: ['wk_mortal'] });
    const settings = { webhookUrl: receiver.url('/a'), sharedSecret: 'keep-me-1' };
    const { id } = await ann.does('POST', '/destinations', { name: 'Mortal', sources: [source], settings });
    await track('wk_mortal', 'right-after');
    await killed();
    await cameAt(receiver, '/a', 'right-after');
    await ann.does('PATCH', `/destinations/${id}`, { settings: { webhookUrl: receiver.url('/b') } });
    await track('wk_mortal', 'moved');
    await killed();
    await cameAt(receiver, '/b', 'moved');
    await ann.does('POST', `/destinations/${id}/pause`, {});
    await ann.does('PATCH', `/sources/${source}`, { enabled: false });
    await killed();
    assert.equal((await ann.does<{ enabled: boolean }>('GET', `/sources/${source}`)).enabled, false);
    const paused = await ann.does<ShownDestination>('GET', `/destinations/${id}`);
    assert.deepEqual(
      paused.endpoints.map(({ state, reason }) => [state, reason]),
      [['paused', 'operator']],
    );
    await ann.does('DELETE', `/destinations/${id}`);
    await killed();
    assert.equal((await ann.ask('GET', `/destinations/${id}`)).status, 404);
    const { data } = await ann.does<{ data: readonly { action: string }[] }>('GET', `/audit?subject=${id}`);
    assert.deepEqual(data.map(({ action }) => action.replace('destination.', '')).toReversed(), [
      'create',
      'update',
      'pause',
      'delete',
    ]);
  });

  it('waits for no endpoint that hangs, and a kill behind it takes nothing', async (t) => {
    receiver.answer(({ url }) => (url === '/hangs' ? 'hang' : {}));
    t.after(() => {
      receiver.answer({});
    });
    const { id: source } = await ann.does('POST', '/sources', { name: 'Behind', writeKeys: ['wk_behind'] });
    const hanging = { name: 'Hangs', sources: [source], settings: { webhookUrl: receiver.url('/hangs') } };
    const { id } = await ann.does('POST', '/destinations', { ...hanging, delivery: { timeoutMs: 30_000 } });
    await track('wk_behind', 'hangs');
    await cameAt(receiver, '/hangs', 'hangs');
    await ann.does('PATCH', `/destinations/${id}`, {
      name: 'Still hangs',
      settings: { webhookUrl: receiver.url('/c') },
    });
    const settings = { webhookUrl: receiver.url('/behind') };
    await ann.does('POST', '/destinations', { name: 'Behind it', sources: [source], settings });
    await track('wk_behind', 'before-the-kill');
    await cameAt(receiver, '/behind', 'before-the-kill');
    await ann.does('POST', '/destinations', {
      name: 'Last',
      sources: [source],
      settings: { webhookUrl: receiver.url('/last') },
    });
    await track('wk_behind', 'and-after');
    await sluice.kill9();
    await sluice.restart();
    for (const [url, messageId] of [
      ['/last', 'and-after'],
      ['/c', 'and-after'],
      ['/c', 'hangs'],
    ] as const)
      await cameAt(receiver, url, messageId);
  });
});
