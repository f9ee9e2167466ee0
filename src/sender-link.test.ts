import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { isGenuine } from '../test/support/genuine.ts';
import { openReceiver } from '../test/support/receiver.ts';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import type { WebhookTarget } from './ports/webhook-sender.ts';
import { type SendingOptions, startSending } from './sender-link.ts';

const OPTIONS: SendingOptions = {
  threads: 3,
  ambient: makeSystemAmbient(),
  network: { allow: ['127.0.0.0/8'], deny: [], proxy: null },
  version: '1.2.3',
};
const SECRET = 'keep-me-safe';

function targetTo(url: string): WebhookTarget {
  return {
    ...{ url, method: 'POST', headers: {}, replay: null, timeoutMs: 5_000 },
    ...{ sharedSecret: SECRET, nextSecret: null, tls: null },
  };
}

/** A receiver, and a sender to it. */
async function openBoth(t: TestContext) {
  const receiver = await openReceiver();
  t.after(async () => receiver.close());
  const sending = startSending(OPTIONS, assert.ifError);
  t.after(sending.stop);
  return { receiver, sending, sender: sending.openSender(targetTo(receiver.url())) };
}

describe('sending by threads', () => {
  it('sends signed requests from all of them, and ends their connections as the sender is closed', async (t) => {
    const { receiver, sending, sender } = await openBoth(t);
    const allArrived = receiver.count(60);
    receiver.answer(async () => {
      await allArrived;
      return { body: 'thanks' };
    });
    const atMs = Date.now();
    const requests = Array.from({ length: 60 }, (_, n) => ({ id: `evt_${n}`, body: `{"n":${n}}`, atMs }));
    const exchanges = await Promise.all(requests.map(async (request) => sender.send(request)));
    for (const [n, { status, excerpt, requestHeaders }] of exchanges.entries()) {
      assert.deepEqual([status, excerpt], [200, 'thanks']);
      assert.equal(requestHeaders[requestHeaders.indexOf('webhook-id') + 1], `evt_${n}`);
    }
    for (const { headers, rawBody } of receiver.requests) assert.ok(await isGenuine(headers, rawBody, SECRET));
    assert.ok(sending.busyMs().every((ms) => ms > 0));
    await sender.close();
    await receiver.closed(receiver.connections);
  });

  it('uses one connection for an endpoint that gets one request after the other', async (t) => {
    const { receiver, sender } = await openBoth(t);
    for (const id of ['evt_1', 'evt_2', 'evt_3'])
      assert.equal((await sender.send({ id, body: '{}', atMs: Date.now() })).status, 200);
    assert.equal(receiver.connections, 1);
  });

  it('is told when one of them fails', async (t) => {
    const failed = Promise.withResolvers<unknown>();
    const network = { ...OPTIONS.network, proxy: 'no URL' };
    const sending = startSending({ ...OPTIONS, threads: 2, network }, failed.resolve);
    t.after(sending.stop);
    assert.match(String(await failed.promise), /Invalid URL/);
  });

  it('has no thread of its own with 1', async () => {
    const sending = startSending({ ...OPTIONS, threads: 1 }, assert.ifError);
    assert.deepEqual(sending.busyMs(), []);
    await sending.stop();
  });
});
