/** Names as an attacker serves them: by a real name server, through a real resolver, to the guard that dials. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { makeOpenWebhookSender } from '../../src/adapters/webhook/sender.ts';
import type { Exchange } from '../../src/domain/attempt.ts';
import { type NameRecord, type NameServer, openNameServer } from '../support/name-server.ts';
import type { Receiver } from '../support/receiver.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';
import { assertFailed, receiverFor, REQUEST, TARGET } from '../support/webhook-sender-bench.ts';

interface Bench {
  readonly receiver: Receiver;
  readonly server: NameServer;
  readonly send: () => Promise<Exchange>;
}

/** A sender to `hooks.example`, which may connect to 127.0.0.1 alone, where the receiver is. */
async function bench(t: TestContext, records: Readonly<Record<string, NameRecord>>): Promise<Bench> {
  const receiver = await receiverFor(t);
  const server = await openNameServer(records);
  const open = makeOpenWebhookSender({
    ambient: new SimulatedAmbient(),
    network: { allow: ['127.0.0.1'], deny: [], proxy: null },
    resolver: server.resolver,
    version: '1.2.3',
  });
  const sender = open({ ...TARGET, url: `http://hooks.example:${receiver.port}/` });
  t.after(async () => {
    await sender.close();
    await server.close();
  });
  return { receiver, server, send: async () => sender.send(REQUEST) };
}

describe('a name of an endpoint (DNS)', () => {
  it('that is a CNAME chain to a private address is not connected to', async (t) => {
    const { server, send } = await bench(t, {
      'hooks.example': 'a.attacker.example',
      'a.attacker.example': 'b.attacker.example',
      'b.attacker.example': ['10.0.0.5'],
    });
    assertFailed(await send(), 'address_forbidden', /^hooks\.example resolves to 10\.0\.0\.5, which is private/);
    assert.deepEqual(server.asked, ['hooks.example']);
  });

  it('that is a CNAME chain to an address that may be connected to is, by the name that it was asked for', async (t) => {
    const { receiver, send } = await bench(t, { 'hooks.example': 'www.example', 'www.example': ['127.0.0.1'] });
    assert.equal((await send()).status, 200);
    assert.equal((await receiver.next()).headers.host, `hooks.example:${receiver.port}`);
  });

  it('that is a CNAME of localhost, or of a metadata service, is judged by its address', async (t) => {
    for (const [alias, address] of [
      ['localhost', '127.0.0.2'],
      ['metadata.internal', '169.254.169.254'],
    ] as const) {
      const { receiver, send } = await bench(t, { 'hooks.example': alias, [alias]: [address] });
      assertFailed(
        await send(),
        'address_forbidden',
        new RegExp(`resolves to ${address.replaceAll('.', '\\.')}, which`),
      );
      assert.equal(receiver.connections, 0);
    }
  });

  it('whose chain has no end does not resolve', async (t) => {
    const { send } = await bench(t, { 'hooks.example': 'a.example', 'a.example': 'hooks.example' });
    assertFailed(await send(), 'dns_failed', /no host hooks\.example/);
  });

  it('with a TTL of 0 is asked for once per connection, and judged by the answer that is dialled (rebinding)', async (t) => {
    const { receiver, server, send } = await bench(t, { 'hooks.example': ['127.0.0.1'] });
    receiver.answer({ headers: { connection: 'close' } });
    assert.equal((await send()).status, 200);
    await receiver.closed(1);
    server.records.set('hooks.example', ['127.0.0.2']);
    assertFailed(await send(), 'address_forbidden', /resolves to 127\.0\.0\.2/);
    server.records.set('hooks.example', 'moved.example');
    server.records.set('moved.example', ['192.168.0.1']);
    assertFailed(await send(), 'address_forbidden', /resolves to 192\.168\.0\.1/);
    server.records.set('moved.example', ['127.0.0.1']);
    assert.equal((await send()).status, 200);
    assert.equal(server.asked.length, 4);
  });

  it('with mixed public and private answers is connected to where it may be', async (t) => {
    const { receiver, send } = await bench(t, {
      'hooks.example': ['10.0.0.5', '169.254.169.254', '127.0.0.1', '127.0.0.2'],
    });
    assert.equal((await send()).status, 200);
    assert.equal(receiver.connections, 1);
  });
});
