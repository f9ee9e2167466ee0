import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../src/domain/attempt.ts';
import {
  answering,
  assertFailed,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  type MakeOpenWebhookSender,
} from '../support/webhook-sender-bench.ts';

/** Spellings of addresses that URL takes, and what each is. */
const LITERALS: Readonly<Record<string, readonly string[]>> = {
  loopback: [
    ...['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0x7F000001', '0177.0.0.1', '127.0.0.1.', '１２７.０.０.１'],
    ...['127。0。0。1', '%31%32%37.1', '[::1]', '[::ffff:127.0.0.1]', '[::FFFF:7f00:1]', '[::127.0.0.1]'],
    ...['[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[2001:0:808:808:0:0:80ff:fffe]'],
  ],
  unspecified: ['0', '0.0.0.0', '[::]'],
  private: ['10.0.0.5', '172.16.0.1', '192.168.1', '[fd00:ec2::254]', '[fc00::1]', '[64:ff9b:1::808:808]'],
  'link-local': ['169.254.169.254', '[fe80::1]', '[::ffff:169.254.169.254]'],
  shared: ['100.64.0.1'],
  benchmarking: ['198.18.0.1'],
  multicast: ['224.0.0.1', '[ff02::1]'],
  broadcast: ['255.255.255.255'],
  reserved: ['192.0.0.1', '240.0.0.1', '[5f00::1]'],
};

/** What `WebhookSender` promises about where it connects to: public addresses, and what is allowed besides. */
export function webhookSenderReachSuite(name: string, makeOpen: MakeOpenWebhookSender): void {
  const bench = makeBenches(makeOpen);

  describe(`the reach of a webhook sender (${name})`, () => {
    for (const [kind, hosts] of Object.entries(LITERALS)) {
      for (const host of hosts) {
        it(`does not include ${host}, which is ${kind}`, async (t) => {
          const receiver = await receiverFor(t);
          const exchange = await bench(t, `http://${host}:${receiver.port}/`, {}, { allow: [] }).send();
          assertFailed(exchange, 'address_forbidden', new RegExp(`, which is ${kind}; allow it with network\\.allow$`));
          assert.equal(judge(exchange), 'rejected');
          assert.equal(receiver.connections, 0);
        });
      }
    }
    for (const port of [22, 25, 6379]) {
      it(`does not include the port ${port} of an address that is not`, async (t) => {
        const exchange = await bench(t, `http://127.0.0.1:${port}/`, {}, { allow: [] }).send();
        assertFailed(exchange, 'address_forbidden', /, which is loopback; allow it with network\.allow$/);
        assert.equal(exchange.timing.connectMs, null);
      });
    }
    for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'ｌｏｃａｌｈｏｓｔ']) {
      it(`does not include ${host}, which resolves to what nobody allowed`, async (t) => {
        const receiver = await receiverFor(t);
        // Not every machine knows the name with the dot.
        const names = { 'localhost.': () => ['127.0.0.1'] };
        const exchange = await bench(t, `http://${host}:${receiver.port}/`, {}, { allow: [], names }).send();
        assertFailed(exchange, 'address_forbidden', /^localhost\.? resolves to \S+, which is loopback; allow it with/);
        assert.equal(receiver.connections, 0);
      });
    }
    it('includes what is allowed, by address and by name', async (t) => {
      const receiver = await receiverFor(t);
      const allow = { allow: ['127.0.0.1', '::1/128'] };
      assert.equal((await bench(t, receiver.url(), {}, allow).send()).status, 200);
      const byName = receiver.url().replace('127.0.0.1', 'localhost');
      assert.equal((await bench(t, byName, {}, allow).send()).status, 200);
    });
    it('does not include what is denied, though it is allowed', async (t) => {
      const receiver = await receiverFor(t);
      const { send } = bench(t, receiver.url(), {}, { deny: ['127.0.0.1/32'] });
      assertFailed(await send(), 'address_forbidden', /leads to 127\.0\.0\.1, which network\.deny names$/);
      assert.equal(receiver.connections, 0);
    });
  });

  describe(`the reach of a webhook sender (${name}) by a name`, () => {
    const url = (port: number): string => `http://hooks.example:${port}/`;
    const names = (...answers: readonly (readonly string[])[]) => {
      let asked = 0;
      return { 'hooks.example': () => answers[Math.min(asked++, answers.length - 1)] ?? [] };
    };

    it('explains why it does not include what the name resolves to', async (t) => {
      const { send } = bench(t, 'https://hooks.example/', {}, { allow: [], names: names(['10.0.0.5']) });
      assertFailed(
        await send(),
        'address_forbidden',
        /^hooks\.example resolves to 10\.0\.0\.5, which is private; allow it with network\.allow$/,
      );
    });
    it('includes only the allowed ones of mixed answers', async (t) => {
      const receiver = await receiverFor(t);
      const elsewhere = await receiverFor(t, { host: '127.0.0.2', port: receiver.port });
      const mixed = names(['127.0.0.2', '10.0.0.5', 'fd00:ec2::254', '127.0.0.1']);
      const { send } = bench(t, url(receiver.port), {}, { allow: ['127.0.0.1'], names: mixed });
      assert.equal((await send()).status, 200);
      assert.deepEqual([receiver.connections, elsewhere.connections], [1, 0]);
    });
    it('includes the public address of a name whose other family is private', async (t) => {
      const receiver = await receiverFor(t);
      const mixed = names(['fd12:3456::1', '127.0.0.1']);
      const { send } = bench(t, url(receiver.port), {}, { allow: ['127.0.0.1'], names: mixed });
      assert.equal((await send()).status, 200);
    });
    it('is judged anew at each connection, so that a name that points elsewhere by a retry gains nothing', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({ status: 500, headers: { connection: 'close' } });
      const rebinding = names(['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']);
      const { send } = bench(t, url(receiver.port), {}, { allow: ['127.0.0.1'], names: rebinding });
      assert.equal((await send()).status, 500);
      await receiver.closed(1);
      assertFailed(await send(), 'address_forbidden', /resolves to 127\.0\.0\.2/);
      assert.equal((await send()).status, 500);
    });
    it('is that of one answer for judging and for dialling, so that there is no time to point elsewhere', async (t) => {
      const receiver = await receiverFor(t);
      let asked = 0;
      const counting = { 'hooks.example': () => [`127.0.0.${(asked += 1)}`] };
      const { send } = bench(t, url(receiver.port), {}, { allow: ['127.0.0.1'], names: counting });
      assert.equal((await send()).status, 200);
      assert.equal(asked, 1);
    });
    it('stays with the address that was judged while the connection is used again', async (t) => {
      const receiver = await receiverFor(t);
      const moving = names(['127.0.0.1'], ['127.0.0.2']);
      const { send } = bench(t, url(receiver.port), {}, { allow: ['127.0.0.1'], names: moving });
      for (const id of ['evt_1', 'evt_2']) assert.equal((await send({ id })).status, 200);
      assert.equal(receiver.connections, 1);
    });
    it('has the name in the Host header', async (t) => {
      const receiver = await receiverFor(t);
      await bench(t, url(receiver.port), {}, { names: names(['127.0.0.1']) }).send();
      assert.equal((await receiver.next()).headers.host, `hooks.example:${receiver.port}`);
    });
  });

  describe(`the reach of a webhook sender (${name}) by a redirect`, () => {
    for (const status of [301, 302, 303, 307, 308]) {
      for (const [where, locationOf] of [
        ['a private address', (port: number) => `http://127.0.0.2:${port}/admin`],
        ['another host', (port: number) => `//localhost:${port}/`],
        ['another scheme', (port: number) => `https://127.0.0.1:${port}/`],
        ['itself', () => '/'],
      ] as const) {
        it(`of ${status} to ${where} is none, and nothing is sent again`, async (t) => {
          const elsewhere = await receiverFor(t, { host: '127.0.0.2' });
          const receiver = await receiverFor(t);
          receiver.answer({ status, headers: { location: locationOf(elsewhere.port) } });
          const target = { headers: { Authorization: 'Bearer t' }, sharedSecret: 's' };
          const exchange = await bench(t, receiver.url(), target).send();
          assert.equal(exchange.status, status);
          assert.equal(judge(exchange), 'failed');
          assert.deepEqual([receiver.requests.length, elsewhere.connections], [1, 0]);
        });
      }
    }
    it('without a place to go is a status as any other', async (t) => {
      const receiver = await rawReceiverFor(t, answering('HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n'));
      assert.equal((await bench(t, receiver.url()).send()).status, 302);
    });
  });
}
