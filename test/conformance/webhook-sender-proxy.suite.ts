import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openProxy, type TestProxy } from '../support/proxy.ts';
import {
  assertFailed,
  certificates,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  TIMEOUT_MS,
  type MakeOpenWebhookSender,
} from '../support/webhook-sender-bench.ts';

async function proxyFor(t: TestContext, answer?: (authority: string) => string | null): Promise<TestProxy> {
  const proxy = await openProxy(answer);
  t.after(async () => proxy.close());
  return proxy;
}

/** What `WebhookSender` promises where everything goes through a proxy: the same policy, and no way around it. */
export function webhookSenderProxySuite(name: string, makeOpen: MakeOpenWebhookSender): void {
  const bench = makeBenches(makeOpen);
  const names = { 'hooks.example': () => ['127.0.0.1'] };

  describe(`a proxy of a webhook sender (${name})`, () => {
    for (const scheme of ['http', 'https']) {
      it(`is asked to connect to an address, and never to a name, for ${scheme}`, async (t) => {
        const proxy = await proxyFor(t);
        const receiver = await receiverFor(t, scheme === 'https' ? { tls: certificates.good } : {});
        const local = { localhost: () => ['127.0.0.1'] };
        const url = `${scheme}://localhost:${receiver.port}/x`;
        const { send } = bench(t, url, {}, { proxy: proxy.url, names: local });
        for (const id of ['evt_1', 'evt_2']) assert.equal((await send({ id })).status, 200);
        assert.deepEqual(proxy.asked, [`127.0.0.1:${receiver.port}`]);
        assert.deepEqual(proxy.others, []);
        const [request] = receiver.requests;
        assert.deepEqual([request?.url, request?.headers.host], ['/x', `localhost:${receiver.port}`]);
      });
    }
    it('is not even connected to for an address that is forbidden, by whatever way it is named', async (t) => {
      const proxy = await proxyFor(t);
      const surroundings = {
        proxy: proxy.url,
        allow: [],
        names: { ...names, 'meta.example': () => ['169.254.169.254'] },
      };
      for (const host of ['127.0.0.1', 'hooks.example', 'meta.example', '[::ffff:10.0.0.5]']) {
        for (const scheme of ['http', 'https']) {
          const exchange = await bench(t, `${scheme}://${host}/`, {}, surroundings).send();
          assertFailed(exchange, 'address_forbidden', /allow it with network\.allow/);
        }
      }
      assert.deepEqual(proxy.asked, []);
    });
    it('may itself be at an address that endpoints may not have', async (t) => {
      const proxy = await proxyFor(t, () => 'HTTP/1.1 502 Bad Gateway\r\n\r\n');
      const { send } = bench(t, 'http://93.184.216.34/', {}, { proxy: proxy.url, allow: [] });
      assertFailed(await send(), 'proxy_failed', /did not connect to 93\.184\.216\.34:80: it answered 502/);
      assert.deepEqual(proxy.asked, ['93.184.216.34:80']);
    });
    it('is tried with one address of a name after the other', async (t) => {
      const proxy = await proxyFor(t, (asked) => (asked.startsWith('[') ? 'HTTP/1.1 503 No Way\r\n\r\n' : null));
      const receiver = await receiverFor(t);
      const both = { 'hooks.example': () => ['2606:4700::1111', '127.0.0.1'] };
      const { send } = bench(t, `http://hooks.example:${receiver.port}/`, {}, { proxy: proxy.url, names: both });
      assert.equal((await send()).status, 200);
      assert.deepEqual(proxy.asked, [`[2606:4700::1111]:${receiver.port}`, `127.0.0.1:${receiver.port}`]);
    });
    it('gets the credentials of its URL, and the endpoint does not', async (t) => {
      const proxy = await proxyFor(t);
      const receiver = await receiverFor(t);
      const url = proxy.url.replace('//', '//us%40er:p%3Ass@');
      assert.equal((await bench(t, receiver.url(), {}, { proxy: url }).send()).status, 200);
      assert.deepEqual(proxy.credentials, [`Basic ${Buffer.from('us@er:p:ss').toString('base64')}`]);
      assert.equal((await receiver.next()).headers['proxy-authorization'], undefined);
    });
    it('says that it wants other credentials', async (t) => {
      const proxy = await proxyFor(t, () => 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      const { send } = bench(t, 'http://127.0.0.1/', {}, { proxy: proxy.url.replace('//', '//me:s3cret@') });
      const exchange = await send();
      assertFailed(exchange, 'proxy_failed', /wants other credentials/);
      assert.doesNotMatch(exchange.error?.message ?? 's3cret', /s3cret/);
    });
    it('says that nothing listens there', async (t) => {
      const proxy = await proxyFor(t);
      await proxy.close();
      const { send } = bench(t, 'http://127.0.0.1/', {}, { proxy: proxy.url });
      assertFailed(await send(), 'proxy_failed', /^the proxy 127\.0\.0\.1:\d+ cannot be used: nothing listens there/);
    });
    it('cannot put anything before the answer of the endpoint', async (t) => {
      const proxy = await proxyFor(t, () => 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      const { send } = bench(t, 'http://127.0.0.1/', {}, { proxy: proxy.url });
      assertFailed(await send(), 'proxy_failed', /something of its own/);
    });
    it('does not make a certificate count that does not verify', async (t) => {
      const proxy = await proxyFor(t);
      const receiver = await receiverFor(t, { tls: certificates.wrongHost });
      assertFailed(await bench(t, receiver.url(), {}, { proxy: proxy.url }).send(), 'tls_wrong_host', /other names/);
      assert.equal(receiver.requests.length, 0);
    });
    for (const scheme of ['http', 'https']) {
      it(`that never answers is given up at the deadline, for ${scheme}`, async (t) => {
        const asked = Promise.withResolvers<unknown>();
        const proxy = await rawReceiverFor(t, (socket) => socket.once('data', asked.resolve));
        const { send, ambient } = bench(t, `${scheme}://127.0.0.1/`, {}, { proxy: proxy.url().slice(0, -1) });
        const sending = send();
        await asked.promise;
        await ambient.advance(TIMEOUT_MS);
        assertFailed(await sending, 'timeout', /no connection to 127\.0\.0\.1:\d+ within 5000 ms/);
        await proxy.closed(1);
        assert.equal(ambient.nextTimerMs, null);
      });
    }
    it('cannot have its answer read without end', async (t) => {
      const proxy = await rawReceiverFor(t, (socket) => {
        const more = (): void => {
          while (!socket.destroyed && socket.write(`X-A: ${'x'.repeat(1_000)}\r\n`));
        };
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n');
          socket.on('drain', more);
          more();
        });
      });
      const { send } = bench(t, 'http://127.0.0.1/', {}, { proxy: proxy.url().slice(0, -1) });
      assertFailed(await send(), 'proxy_failed', /cannot be used: HPE_HEADER_OVERFLOW/);
      await proxy.closed(1);
    });
    it('is left with the connection when the endpoint hangs in its handshake', async (t) => {
      const proxy = await proxyFor(t);
      const hello = Promise.withResolvers<unknown>();
      const receiver = await rawReceiverFor(t, (socket) => socket.once('data', hello.resolve));
      const { send, ambient } = bench(t, receiver.url().replace('http:', 'https:'), {}, { proxy: proxy.url });
      const sending = send();
      await hello.promise;
      await ambient.advance(TIMEOUT_MS);
      const exchange = await sending;
      assertFailed(exchange, 'timeout', /no connection/);
      assert.equal(exchange.timing.tlsMs, TIMEOUT_MS);
      await receiver.closed(1);
    });
  });
}
