import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSecureContext } from 'node:tls';
import { judge } from '../../src/domain/attempt.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';
import {
  assertFailed,
  certificates,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  REQUEST,
  SURROUNDINGS,
  TARGET,
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
    for (const [what, certificate, code, message] of [
      ['is signed by itself', certificates.selfSigned, 'tls_untrusted', /is signed by itself; .* tls\.ca/],
      ['has expired', certificates.expired, 'tls_expired', /has expired/],
      ['is for another host', certificates.wrongHost, 'tls_wrong_host', /is for other names than 127\.0\.0\.1/],
    ] as const) {
      it(`is refused to a certificate that ${what}, and no request is sent, however often`, async (t) => {
        const receiver = await receiverFor(t, { tls: certificate });
        const { send } = bench(t, receiver.url());
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          const exchange = await send();
          assertFailed(exchange, code, message);
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
      for (let attempt = 1; attempt <= 3; attempt += 1) assertFailed(await send(), 'tls_wrong_host', /other names/);
      assert.equal(receiver.requests.length, 0);
    });
    it('is given to a private authority by the destination that names it, and by no other', async (t) => {
      const { ca, ...certificate } = certificates.stranger;
      const receiver = await receiverFor(t, { tls: certificate });
      // One sender for both, as in one process.
      const open = makeOpen({ ...SURROUNDINGS, ambient: new SimulatedAmbient() });
      const [naming, other] = [
        open({ ...TARGET, url: receiver.url(), tls: { ca, client: null } }),
        open({ ...TARGET, url: receiver.url() }),
      ];
      t.after(async () => Promise.all([naming.close(), other.close()]));
      assertFailed(await other.send(REQUEST), 'tls_untrusted', /not trusted here/);
      assert.equal((await naming.send(REQUEST)).status, 200);
      assertFailed(await other.send(REQUEST), 'tls_untrusted', /not trusted here/);
      assert.equal(receiver.requests.length, 1);
    });
    it('is still given to the authorities of the process by a destination that names its own', async (t) => {
      const receiver = await receiverFor(t, { tls: certificates.good });
      const { send } = bench(t, receiver.url(), { tls: { ca: certificates.stranger.ca, client: null } });
      assert.equal((await send()).status, 200);
    });
    it('is not given to older versions than TLS 1.2', async (t) => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      const receiver = await receiverFor(t, { tls: { ...certificates.good, ...old } });
      const exchange = await bench(t, receiver.url()).send();
      assertFailed(exchange, 'tls_failed', /TLS handshake .* failed: .*version/);
      assert.equal(receiver.requests.length, 0);
    });
    it('is refused where the receiver has another certificate for the name that it is asked for', async (t) => {
      const asked: string[] = [];
      const receiver = await receiverFor(t, {
        tls: {
          ...certificates.good,
          SNICallback: (name, answer) => {
            asked.push(name);
            answer(null, createSecureContext(certificates.wrongHost));
          },
        },
      });
      const names = { localhost: () => ['127.0.0.1'] };
      const { send } = bench(t, receiver.url().replace('127.0.0.1', 'localhost'), {}, { names });
      assertFailed(await send(), 'tls_wrong_host', /other names than localhost/);
      assert.deepEqual([asked, receiver.requests.length], [['localhost'], 0]);
    });
    it('is asked of the receiver in turn with the certificate of the destination', async (t) => {
      const { stranger } = certificates;
      const tls = { ...certificates.good, ca: stranger.ca, requestCert: true, rejectUnauthorized: true };
      const receiver = await receiverFor(t, { tls });
      const client = { cert: stranger.cert, key: stranger.key };
      assert.equal((await bench(t, receiver.url(), { tls: { ca: null, client } }).send()).status, 200);
      for (const wrong of [null, { ca: null, client: certificates.selfSigned }]) {
        assert.equal((await bench(t, receiver.url(), { tls: wrong }).send()).status, null);
      }
      assert.equal(receiver.requests.length, 1);
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
}
