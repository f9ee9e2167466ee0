import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { responseHeaderBytesMax } from '../../src/domain/limits.ts';
import { openReceiver } from '../support/receiver.ts';
import {
  answering,
  assertFailed,
  certificates,
  flood,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  TIMEOUT_MS,
  turns,
  type MakeOpenWebhookSender,
} from '../support/webhook-sender-bench.ts';

/** What `WebhookSender` promises where the other side is down, broken or hostile. */
export function webhookSenderFailuresSuite(name: string, makeOpen: MakeOpenWebhookSender): void {
  const bench = makeBenches(makeOpen);

  describe(`the error of a webhook sender (${name})`, () => {
    it('is connection_refused where nothing listens', async (t) => {
      const receiver = await openReceiver();
      await receiver.close();
      assertFailed(await bench(t, receiver.url()).send(), 'connection_refused', /nothing listens at 127\.0\.0\.1:\d+/);
    });
    it('is dns_failed where the name does not resolve', async (t) => {
      assertFailed(await bench(t, 'http://hooks.invalid/').send(), 'dns_failed', /hooks\.invalid/);
    });
    it('is connection_reset where the receiver resets or closes instead of answering', async (t) => {
      const resetting = await receiverFor(t);
      resetting.answer('reset');
      assertFailed(await bench(t, resetting.url()).send(), 'connection_reset', /may still have processed/);
      const closing = await rawReceiverFor(t, (socket) => {
        socket.once('data', () => socket.end());
      });
      assertFailed(await bench(t, closing.url()).send(), 'connection_reset', /may still have processed/);
    });
    it('is connection_reset, and nothing is sent twice, where a connection breaks that was used before', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({}, 'reset', {});
      const { send } = bench(t, receiver.url());
      await send({ id: 'evt_1' });
      assertFailed(await send({ id: 'evt_2' }), 'connection_reset', /may still have processed/);
      const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
      assert.deepEqual(ids, ['evt_1', 'evt_2']);
      assert.equal((await send({ id: 'evt_3' })).status, 200);
    });
    it('does not come of a connection that the receiver closed while it was idle', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({ headers: { connection: 'close' } });
      const { send } = bench(t, receiver.url());
      for (const id of ['evt_1', 'evt_2', 'evt_3']) assert.equal((await send({ id })).status, 200);
      assert.equal(receiver.connections, 3);
    });
    for (const [what, answer] of [
      ['is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
      ['is HTTP/2', Buffer.from('000012040000000000000300000064', 'hex')],
      ['has a broken status line', 'HTTP/1.1 abc OK\r\n\r\n'],
      ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
      ['has a length beside chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ['changes the protocol', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
      ['has too large headers', `HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(responseHeaderBytesMax)}\r\n\r\n`],
    ] as const) {
      it(`is bad_response where the answer ${what}`, async (t) => {
        const receiver = await rawReceiverFor(t, answering(answer));
        assertFailed(await bench(t, receiver.url()).send(), 'bad_response', /not HTTP\/1\.1/);
        await receiver.closed(1);
      });
    }
    it('is bad_response where the headers never end', async (t) => {
      const header = `X-${'a'.repeat(1_000)}: ${'b'.repeat(1_000)}\r\n`;
      const receiver = await rawReceiverFor(t, answering('HTTP/1.1 200 OK\r\n', flood(header)));
      assertFailed(await bench(t, receiver.url()).send(), 'bad_response', /headers are too large/);
      await receiver.closed(1);
    });
    it('is a value even where the request cannot be written', async (t) => {
      const receiver = await receiverFor(t);
      assertFailed(await bench(t, receiver.url()).send({ id: 'evt\n1' }), 'internal', /could not be made/);
      assert.equal(receiver.connections, 0);
    });
    it('is a value even where the sender is closed', async (t) => {
      const receiver = await receiverFor(t);
      const { send, sender } = bench(t, receiver.url());
      await sender.close();
      assertFailed(await send(), 'internal', /was closed/);
    });
    it('holds neither path nor headers nor secret', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer('reset');
      const target = { headers: { Authorization: 'Bearer h-secret' }, sharedSecret: 's-secret' };
      const { error } = await bench(t, receiver.url('/p-secret?q-secret'), target).send();
      assert.doesNotMatch(error?.message ?? 'secret', /secret/);
    });
  });

  describe(`the deadline of a webhook sender (${name})`, () => {
    it('ends an exchange with a receiver that never answers, and the connection', async (t) => {
      const asked = Promise.withResolvers<unknown>();
      const receiver = await rawReceiverFor(t, (socket) => socket.once('data', asked.resolve));
      const { send, ambient } = bench(t, receiver.url());
      const sending = send();
      await asked.promise;
      await ambient.advance(TIMEOUT_MS);
      const exchange = await sending;
      assertFailed(exchange, 'timeout', /did not answer within 5000 ms; it may still have processed/);
      assert.equal(exchange.durationMs, TIMEOUT_MS);
      await receiver.closed(1);
    });
    it('is not a moment early', async (t) => {
      const receiver = await receiverFor(t);
      const answer = Promise.withResolvers<{ status: number }>();
      receiver.answer(async () => answer.promise);
      const { send, ambient } = bench(t, receiver.url());
      const sending = send();
      await receiver.next();
      await ambient.advance(TIMEOUT_MS - 1);
      answer.resolve({ status: 202 });
      const { status, durationMs } = await sending;
      assert.deepEqual([status, durationMs], [202, TIMEOUT_MS - 1]);
    });
    for (const [what, answer, then] of [
      ['headers that stall', 'HTTP/1.1 200 OK\r\nX-A: 1\r\n', undefined],
      ['a 1xx that nothing follows', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n', undefined],
      ['a status line that stalls', 'HTTP/1.1 200 ', undefined],
    ] as const) {
      it(`ends ${what}`, async (t) => {
        const receiver = await rawReceiverFor(t, answering(answer, then));
        const { send, ambient } = bench(t, receiver.url());
        const sending = send();
        await receiver.accepted(1);
        await turns();
        await ambient.advance(TIMEOUT_MS);
        assertFailed(await sending, 'timeout', /did not answer/);
        await receiver.closed(1);
      });
    }
    it('cuts a body that drips, and leaves the status', async (t) => {
      const answered = Promise.withResolvers<unknown>();
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n';
      const receiver = await rawReceiverFor(
        t,
        answering(`${head}drip `, (socket) => {
          socket.write(Buffer.from('☃').subarray(0, 2));
          void turns().then(answered.resolve);
        }),
      );
      const { send, ambient } = bench(t, receiver.url());
      const sending = send();
      await answered.promise;
      await ambient.advance(TIMEOUT_MS);
      const exchange = await sending;
      assert.deepEqual([exchange.status, exchange.error, exchange.isCut], [200, null, true]);
      assert.equal(exchange.excerpt, 'drip ');
      assert.equal(exchange.durationMs, TIMEOUT_MS);
      await receiver.closed(1);
    });
    it('ends a TLS handshake that never ends, and no request is sent afterwards', async (t) => {
      const hello = Promise.withResolvers<unknown>();
      const receiver = await rawReceiverFor(t, (socket) => socket.once('data', hello.resolve));
      const { send, ambient } = bench(t, receiver.url().replace('http:', 'https:'));
      const sending = send();
      await hello.promise;
      await ambient.advance(TIMEOUT_MS);
      assertFailed(await sending, 'timeout', /no connection to 127\.0\.0\.1:\d+ within 5000 ms/);
      await receiver.closed(1);
    });
    it('of many leaves nothing behind', async (t) => {
      const receiver = await rawReceiverFor(t, (socket) => socket.resume());
      const { send, ambient } = bench(t, receiver.url());
      const sending = Array.from({ length: 50 }, async () => send());
      await receiver.accepted(50);
      await turns();
      await ambient.advance(TIMEOUT_MS);
      const codes = (await Promise.all(sending)).map(({ error }) => error?.code);
      assert.deepEqual(new Set(codes), new Set(['timeout']));
      await receiver.closed(50);
      assert.equal(ambient.nextTimerMs, null);
    });
  });

  describe(`closing a webhook sender (${name})`, () => {
    it('lets what is in flight end, and ends the connections', async (t) => {
      const receiver = await receiverFor(t, { tls: certificates.good });
      const answer = Promise.withResolvers<{ status: number }>();
      receiver.answer({}, async () => answer.promise);
      const { send, sender } = bench(t, receiver.url());
      await send();
      const sending = send();
      await receiver.count(2);
      const closing = sender.close();
      answer.resolve({ status: 201 });
      assert.equal((await sending).status, 201);
      await closing;
      await receiver.closed(receiver.connections);
    });
    it('ends at the deadline of what is in flight', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer('hang');
      const { send, sender, ambient } = bench(t, receiver.url());
      const sending = send();
      await receiver.next();
      const closing = sender.close();
      await ambient.advance(TIMEOUT_MS);
      assert.equal((await sending).error?.code, 'timeout');
      await closing;
    });
  });
}
