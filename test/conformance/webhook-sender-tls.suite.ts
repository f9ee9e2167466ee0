import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import {
  answering,
  assertFailed,
  certificates,
  flood,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  type MakeOpenWebhookSender,
} from '../support/webhook-sender-bench.ts';

const EMPTY = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** A TLS server that does with each connection what a test says, once it is secure. */
async function tlsReceiverFor(t: TestContext, tls: TlsOptions, onSocket: (socket: TLSSocket) => void): Promise<string> {
  const server = createServer(tls, (socket) => {
    socket.on('error', () => socket.destroy());
    t.after(() => socket.destroy());
    onSocket(socket);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/**
 * A TLS server behind somebody who can write to the connection: once a request is there, this is written in place of
 * what the server would say, below the encryption, without end.
 */
async function floodedReceiverFor(
  t: TestContext,
  bytes: Buffer,
): Promise<{ readonly url: string; readonly closed: Promise<void> }> {
  const requested = Promise.withResolvers<undefined>();
  const behind = await tlsReceiverFor(t, certificates.good, (socket) => {
    socket.once('data', () => {
      requested.resolve(undefined);
    });
  });
  const receiver = await rawReceiverFor(t, (socket) => {
    const server = connect(Number(new URL(behind).port), '127.0.0.1');
    server.on('error', () => server.destroy());
    socket.once('close', () => server.destroy());
    socket.pipe(server).pipe(socket);
    void requested.promise.then(() => {
      server.unpipe(socket);
      flood(bytes)(socket);
    });
  });
  return { url: receiver.url().replace('http:', 'https:'), closed: receiver.closed(1) };
}

/** One TLS record that says how long it is (RFC 8446, section 5.1): 21 is an alert, 22 the handshake, 23 data. */
function recordOf(type: number, content: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length);
  return Buffer.concat([Buffer.from([type, 3, 3]), length, content]);
}

/** What a server can write before any handshake is done, over and over, and how it is called. */
const BEFORE: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['noise', randomBytes(1_000)],
  ['warnings', recordOf(21, Buffer.from([1, 0]))],
  ['empty handshake records', recordOf(22, Buffer.alloc(0))],
  ['change cipher spec records', recordOf(20, Buffer.from([1]))],
  [
    'a handshake message of 16 MiB',
    recordOf(22, Buffer.concat([Buffer.from([2, 255, 255, 255]), Buffer.alloc(16_000)])),
  ],
  ['data', recordOf(23, randomBytes(1_000))],
];

/** What is written later, when each record should be encrypted. */
const AFTER: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['noise', randomBytes(1_000)],
  ['records that do not decrypt', recordOf(23, randomBytes(1_000))],
  ['empty records', recordOf(23, Buffer.alloc(0))],
];

/** What `WebhookSender` promises where TLS itself is used against it, below all of HTTP. */
export function webhookSenderTlsSuite(name: string, makeOpen: MakeOpenWebhookSender): void {
  const bench = makeBenches(makeOpen);

  describe(`a TLS-level flood at a webhook sender (${name})`, () => {
    for (const [what, bytes] of BEFORE) {
      it(`of ${what} before the handshake ends the attempt at once`, async (t) => {
        const receiver = await rawReceiverFor(t, answering(bytes, flood(bytes)));
        const exchange = await bench(t, receiver.url().replace('http:', 'https:')).send();
        assertFailed(exchange, 'tls_failed', /^the TLS handshake with 127\.0\.0\.1:\d+ failed: /);
        await receiver.closed(1);
      });
    }
    for (const [what, bytes] of AFTER) {
      it(`of ${what} after the handshake ends the attempt at once`, async (t) => {
        const { url, closed } = await floodedReceiverFor(t, bytes);
        assertFailed(await bench(t, url).send(), 'tls_failed', /ended the TLS connection: /);
        await closed;
      });
    }
    it('of renegotiations is none: the first one ends the attempt', async (t) => {
      let done = 0;
      const url = await tlsReceiverFor(t, { ...certificates.good, maxVersion: 'TLSv1.2' }, (socket) => {
        const again = (): void => {
          socket.renegotiate({}, (error) => {
            if (error !== null) return;
            done += 1;
            again();
          });
        };
        socket.once('data', again);
      });
      assertFailed(await bench(t, url).send(), 'tls_failed', /ended the TLS connection: .*handshake failure/);
      assert.equal(done, 0);
    });
    it('of an answer is cut as without TLS', async (t) => {
      const url = await tlsReceiverFor(t, certificates.good, (socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n');
          flood('X-A: 1\r\n')(socket);
        });
      });
      assertFailed(await bench(t, url).send(), 'bad_response', /headers are too large/);
    });
  });

  describe(`the certificate that a webhook sender (${name}) shows`, () => {
    const { stranger } = certificates;
    const asking: TlsOptions = { ...certificates.good, ca: stranger.ca, requestCert: true, rejectUnauthorized: true };

    it('is named where an endpoint wants one and closes without an alert', async (t) => {
      const url = await tlsReceiverFor(t, { ...asking, rejectUnauthorized: false }, (socket) => {
        if (!socket.authorized) socket.destroy();
      });
      const { code, message } = (await bench(t, url).send()).error!;
      assert.deepEqual([code, /may still have processed/.test(message)], ['connection_reset', true]);
      assert.match(message, /not like the certificate that it was shown, or shown none: see tls\.cert and tls\.key$/);
    });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`is refused when it has expired, and the error names it, over ${maxVersion}`, async (t) => {
        const { expired } = certificates;
        const url = await tlsReceiverFor(t, { ...asking, ca: certificates.ca, maxVersion }, () => undefined);
        const target = { tls: { ca: null, client: { cert: expired.cert, key: expired.key } } };
        const { status, error } = await bench(t, url, target).send();
        assert.equal(status, null);
        assert.match(error?.message ?? '', /tls\.cert and tls\.key/);
      });
    }
    it('is not spoken of where a connection breaks that was used before, nor without TLS', async (t) => {
      const receiver = await receiverFor(t, { tls: certificates.good });
      receiver.answer({}, 'reset');
      const { send } = bench(t, receiver.url());
      assert.equal((await send()).status, 200);
      assert.doesNotMatch((await send()).error?.message ?? 'tls.cert', /tls\.cert/);
      const plain = await receiverFor(t);
      plain.answer('reset');
      assert.doesNotMatch((await bench(t, plain.url()).send()).error?.message ?? 'tls.cert', /tls\.cert/);
    });
  });

  describe(`static header values beyond ASCII of a webhook sender (${name})`, () => {
    it('are one byte a character, as ISO 8859-1 has them, and the whole of it', async (t) => {
      const received = Promise.withResolvers<Buffer>();
      const receiver = await rawReceiverFor(t, (socket) => {
        socket.once('data', (bytes: Buffer) => {
          received.resolve(bytes);
          socket.end(EMPTY);
        });
      });
      const value = Buffer.from(Array.from({ length: 95 }, (_, n) => 0xa1 + n)).toString('latin1');
      const exchange = await bench(t, receiver.url(), { headers: { 'X-Name': value, 'X-Tab': 'a\tb' } }).send();
      assert.equal(exchange.status, 200);
      const head = (await received.promise).toString('latin1');
      assert.ok(head.includes(`\r\nX-Name: ${value}\r\n`));
      assert.ok(head.includes('\r\nX-Tab: a\tb\r\n'));
    });
  });
}
