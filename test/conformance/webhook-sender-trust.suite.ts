import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../src/domain/attempt.ts';
import {
  answering,
  assertFailed,
  certificates,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  type MakeOpenWebhookSender,
} from '../support/webhook-sender-bench.ts';

/** What `WebhookSender` promises about whom it talks to: certificates that verify, addresses that are public. */
export function webhookSenderTrustSuite(name: string, makeOpen: MakeOpenWebhookSender): void {
  const bench = makeBenches(makeOpen);

  describe(`the trust of a webhook sender (${name})`, () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      it(`is given to a certificate that verifies for ${host}`, async (t) => {
        const receiver = await receiverFor(t, { tls: certificates.good });
        const allow = { allow: ['127.0.0.0/8', '::1'] };
        const { send } = bench(t, receiver.url().replace('127.0.0.1', host), {}, allow);
        const { status, error } = await send();
        assert.deepEqual([status, error], [200, null]);
      });
    }
    for (const [what, certificate, message] of [
      ['is signed by itself', certificates.selfSigned, /is signed by itself/],
      ['has expired', certificates.expired, /has expired/],
      ['is for another host', certificates.wrongHost, /is for other names than 127\.0\.0\.1/],
    ] as const) {
      it(`is refused to a certificate that ${what}, and no request is sent, however often`, async (t) => {
        const receiver = await receiverFor(t, { tls: certificate });
        const { send } = bench(t, receiver.url());
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          const exchange = await send();
          assertFailed(exchange, 'tls_untrusted', message);
          assert.equal(judge(exchange), 'rejected');
        }
        await receiver.closed(3);
        assert.equal(receiver.requests.length, 0);
      });
    }
    it('is refused to a certificate of an unknown authority', async (t) => {
      const receiver = await receiverFor(t, { tls: certificates.good });
      const exchange = await bench(t, receiver.url(), {}, { ca: [] }).send();
      assertFailed(exchange, 'tls_untrusted', /authority that is not trusted here/);
      assert.equal(receiver.requests.length, 0);
    });
    it('is refused even where the environment says otherwise', async (t) => {
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      t.after(() => {
        if (before === undefined) Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED');
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      });
      const receiver = await receiverFor(t, { tls: certificates.selfSigned });
      assertFailed(await bench(t, receiver.url()).send(), 'tls_untrusted', /signed by itself/);
      assert.equal(receiver.requests.length, 0);
    });
    it('is not gained by resuming a session whose certificate was refused', async (t) => {
      // A resumed session is not checked for the certificate's names again.
      const receiver = await receiverFor(t, { tls: { ...certificates.wrongHost, maxVersion: 'TLSv1.2' } });
      const { send } = bench(t, receiver.url());
      for (let attempt = 1; attempt <= 3; attempt += 1) assertFailed(await send(), 'tls_untrusted', /other names/);
      assert.equal(receiver.requests.length, 0);
    });
    it('cannot be checked where nobody speaks TLS', async (t) => {
      const receiver = await receiverFor(t);
      const exchange = await bench(t, receiver.url().replace('http:', 'https:')).send();
      assertFailed(exchange, 'tls_failed', /does not speak TLS .*; http:\/\/ may be meant/);
      assert.equal(judge(exchange), 'failed');
    });
    it('cannot be checked where the handshake is cut off', async (t) => {
      const receiver = await rawReceiverFor(t, (socket) => {
        socket.once('data', () => socket.end());
      });
      const exchange = await bench(t, receiver.url().replace('http:', 'https:')).send();
      assertFailed(exchange, 'tls_failed', /closed the connection/);
    });
    it('cannot be checked over plain HTTP to a port that wants TLS', async (t) => {
      const receiver = await receiverFor(t, { tls: certificates.good });
      const exchange = await bench(t, receiver.url().replace('https:', 'http:')).send();
      assert.equal(exchange.status, null);
      assert.equal(receiver.requests.length, 0);
    });
  });

  describe(`the reach of a webhook sender (${name})`, () => {
    for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0', '[::1]', '[::ffff:127.0.0.1]']) {
      it(`does not include ${host}, which nobody allowed`, async (t) => {
        const receiver = await receiverFor(t);
        const exchange = await bench(t, `http://${host}:${receiver.port}/`, {}, { allow: [] }).send();
        assertFailed(exchange, 'address_forbidden', /which is (loopback|unspecified); .* network\.allow/);
        assert.equal(judge(exchange), 'rejected');
        assert.equal(receiver.connections, 0);
      });
    }
    for (const host of ['localhost', 'LOCALHOST']) {
      it(`does not include ${host}, which resolves to what nobody allowed`, async (t) => {
        const receiver = await receiverFor(t);
        const exchange = await bench(t, `http://${host}:${receiver.port}/`, {}, { allow: [] }).send();
        assertFailed(exchange, 'address_forbidden', /^localhost resolves to \S+, which is loopback/);
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
    it('does not follow a redirect to where it may not go', async (t) => {
      const secret = await receiverFor(t);
      const location = secret.url('/admin').replace('127.0.0.1', '127.0.0.2');
      const answer = `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
      const receiver = await rawReceiverFor(t, answering(answer));
      assert.equal((await bench(t, receiver.url(), {}, { allow: ['127.0.0.1'] }).send()).status, 307);
      assert.equal(secret.connections, 0);
    });
  });
}
