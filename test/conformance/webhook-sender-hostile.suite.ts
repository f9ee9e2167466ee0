import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { answerBytesMax, excerptBytesMax, responseBytesMax, responseHeaderBytesMax } from '../../src/domain/limits.ts';
import {
  answering,
  certificates,
  flood,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  TIMEOUT_MS,
  type MakeOpenWebhookSender,
} from '../support/webhook-sender-bench.ts';

/** What Node reads from a socket at once: by this much a limit is overstepped before it is looked at. */
const READ_BYTES = 65_536;
const HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n';

/** 10 MiB of zeros, in a few KiB at most. */
const BOMB = Buffer.alloc(10 * 1024 * 1024);
const EMPTY = `${HEAD}Content-Length: 0\r\n\r\n`;
/** Without half a character at the end, as an excerpt. */
const CUT = { stream: true };

/** The sockets that this process opens to a receiver, by which a test sees what was read of them. */
function socketsTo(t: TestContext): readonly Socket[] {
  const sockets: Socket[] = [];
  const onSocket = (message: unknown): void => {
    sockets.push((message as { socket: Socket }).socket);
  };
  subscribe('net.client.socket', onSocket);
  t.after(() => unsubscribe('net.client.socket', onSocket));
  return sockets;
}

/** Answers that never end, as text that is written over and over behind a beginning, and what may be read of each. */
const FLOODS: readonly (readonly [what: string, head: string, more: string, bytesMax: number])[] = [
  ['a header block', HEAD, `X-${'a'.repeat(500)}: ${'b'.repeat(500)}\r\n`, responseHeaderBytesMax],
  ['one header', `${HEAD}X-A: `, 'a'.repeat(1_000), responseHeaderBytesMax],
  ['a header name', HEAD, 'a'.repeat(1_000), responseHeaderBytesMax],
  ['1xx', '', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n', answerBytesMax],
  ['a status line', 'HTTP/1.1 200 ', 'x'.repeat(1_000), answerBytesMax],
  ['a body with a length', `${HEAD}Content-Length: 10000000000\r\n\r\n`, 'x'.repeat(1_000), responseBytesMax],
  ['a body in chunks', `${HEAD}${CHUNKED}`, '5\r\nchunk\r\n', responseBytesMax * 2],
  ['a body in chunks of one byte', `${HEAD}${CHUNKED}`, '1\r\nx\r\n', answerBytesMax],
  ['a body that ends with the connection', `${HEAD}\r\n`, 'x'.repeat(1_000), responseBytesMax],
  ['a chunk extension', `${HEAD}${CHUNKED}1;`, 'x'.repeat(1_000), answerBytesMax],
  ['trailers', `${HEAD}${CHUNKED}0\r\n`, 'X-A: 1\r\n', answerBytesMax],
  ['a trailer', `${HEAD}${CHUNKED}0\r\nX-A: `, 'x'.repeat(1_000), answerBytesMax],
];

/** What `WebhookSender` promises of memory, time and connections where an endpoint means harm. */
export function webhookSenderHostileSuite(name: string, makeOpen: MakeOpenWebhookSender): void {
  const bench = makeBenches(makeOpen);

  describe(`a hostile receiver of a webhook sender (${name})`, () => {
    for (const [what, head, more, bytesMax] of FLOODS) {
      it(`cannot have it read ${what} without end`, async (t) => {
        const sockets = socketsTo(t);
        const receiver = await rawReceiverFor(t, answering(head, flood(more)));
        await bench(t, receiver.url()).send();
        await receiver.closed(1);
        const read = sockets[0]?.bytesRead ?? Infinity;
        assert.ok(read <= bytesMax + 2 * READ_BYTES, `${read} bytes were read`);
      });
    }
    for (const [encoding, compressed] of [
      ['gzip', gzipSync(BOMB)],
      ['br', brotliCompressSync(BOMB)],
      ['zstd', zstdCompressSync(BOMB)],
    ] as const) {
      it(`has what it compressed with ${encoding} shown as the bytes that it is, and not unpacked`, async (t) => {
        const receiver = await receiverFor(t);
        receiver.answer({ headers: { 'content-encoding': encoding }, body: compressed });
        const exchange = await bench(t, receiver.url()).send();
        assert.equal((await receiver.next()).headers['accept-encoding'], undefined);
        assert.equal(exchange.excerpt, new TextDecoder().decode(compressed.subarray(0, excerptBytesMax), CUT));
        assert.equal(exchange.status, 200);
      });
    }
    for (const [what, answer] of [
      ['a second answer that nobody asked for', `${EMPTY}${EMPTY}`],
      ['a body behind a 204', 'HTTP/1.1 204 No Content\r\n\r\nbody'],
      ['bytes behind the end', `${EMPTY}garbage`],
    ] as const) {
      it(`cannot answer the next request with ${what}`, async (t) => {
        let connections = 0;
        const receiver = await rawReceiverFor(t, (socket) => {
          connections += 1;
          answering(connections === 1 ? answer : 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')(socket);
        });
        const { send } = bench(t, receiver.url());
        assert.match(String((await send()).status), /^20[04]$/);
        await receiver.closed(1);
        assert.equal((await send()).status, 201);
        assert.equal(receiver.connections, 2);
      });
    }
    it('that holds a connection half open after its answer does not keep the next request waiting', async (t) => {
      const receiver = await rawReceiverFor(t, answering('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      const { send } = bench(t, receiver.url());
      assert.equal((await send()).excerpt, 'ok');
      assert.equal((await send()).excerpt, 'ok');
      assert.equal(receiver.connections, 2);
    });
    it('that hangs delays no other endpoint', async (t) => {
      const hanging = await rawReceiverFor(t, (socket) => socket.resume());
      const receiver = await receiverFor(t);
      const hung = bench(t, hanging.url());
      const stuck = Array.from({ length: 100 }, async () => hung.send());
      await hanging.accepted(100);
      assert.equal((await bench(t, receiver.url()).send()).status, 200);
      await hung.ambient.advance(TIMEOUT_MS);
      const codes = (await Promise.all(stuck)).map(({ error }) => error?.code);
      assert.deepEqual(new Set(codes), new Set(['timeout']));
    });
    for (const value of ['-1', '315360000', 'Thu, 01 Jan 1970 00:00:00 GMT', 'NaN', '']) {
      it(`may ask with Retry-After for ${JSON.stringify(value)}, and is answered for as for any other`, async (t) => {
        const receiver = await receiverFor(t);
        receiver.answer({ status: 503, headers: { 'retry-after': value } });
        const exchange = await bench(t, receiver.url()).send();
        assert.deepEqual([exchange.status, exchange.responseHeaders['retry-after']], [503, value]);
      });
    }
  });

  describe(`the timing of an exchange of a webhook sender (${name})`, () => {
    const timed = (timing: object): string[] =>
      Object.entries(timing).flatMap(([phase, ms]) => (ms === null ? [] : [phase]));

    it('has the phases that happened: all of them by a name and TLS', async (t) => {
      const receiver = await receiverFor(t, { tls: certificates.good });
      const names = { localhost: () => ['127.0.0.1'] };
      const { send } = bench(t, receiver.url().replace('127.0.0.1', 'localhost'), {}, { names });
      assert.deepEqual(timed((await send()).timing), ['dnsMs', 'connectMs', 'tlsMs', 'waitMs', 'readMs']);
      assert.deepEqual(timed((await send()).timing), ['waitMs', 'readMs']);
    });
    it('has no name to ask for and no TLS where there is none', async (t) => {
      const receiver = await receiverFor(t);
      assert.deepEqual(timed((await bench(t, receiver.url()).send()).timing), ['connectMs', 'waitMs', 'readMs']);
    });
    it('says which phase took all the time', async (t) => {
      const hello = Promise.withResolvers<unknown>();
      const receiver = await rawReceiverFor(t, (socket) => socket.once('data', hello.resolve));
      const { send, ambient } = bench(t, receiver.url().replace('http:', 'https:'));
      const sending = send();
      await hello.promise;
      await ambient.advance(TIMEOUT_MS);
      const { timing } = await sending;
      assert.deepEqual(timing, { dnsMs: null, connectMs: 0, tlsMs: TIMEOUT_MS, waitMs: null, readMs: null });
    });
    it('adds up to how long it took', async (t) => {
      const answer = Promise.withResolvers<{ status: number }>();
      const receiver = await receiverFor(t);
      receiver.answer(async () => answer.promise);
      const { send, ambient } = bench(t, receiver.url());
      const sending = send();
      await receiver.next();
      await ambient.advance(1_234);
      answer.resolve({ status: 200 });
      const { timing, durationMs } = await sending;
      assert.deepEqual([timing.connectMs, timing.waitMs, timing.readMs, durationMs], [0, 1_234, 0, 1_234]);
    });
    it('has nothing where nothing was dialled', async (t) => {
      const { timing } = await bench(t, 'http://10.0.0.5/', {}, { allow: [] }).send();
      assert.deepEqual(timed(timing), []);
    });
  });
}
