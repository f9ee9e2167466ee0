import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { isGenuine } from '../support/genuine.ts';
import { excerptBytesMax, responseBytesMax } from '../../src/domain/limits.ts';
import {
  answering,
  flood,
  makeBenches,
  rawReceiverFor,
  receiverFor,
  REQUEST,
  type MakeOpenWebhookSender,
} from '../support/webhook-sender-bench.ts';

const AT_S = REQUEST.atMs / 1000;

/** What `WebhookSender` promises about a request and the exchange it leads to, against real receivers. */
export function webhookSenderSuite(name: string, makeOpen: MakeOpenWebhookSender): void {
  const bench = makeBenches(makeOpen);

  describe(`the request of a webhook sender (${name})`, () => {
    it('is a POST of exactly the given bytes to exactly the given URL', async (t) => {
      const receiver = await receiverFor(t);
      await bench(t, receiver.url('/a%20b/?q=1&r=%C3%BC')).send();
      const { method, url, rawBody, headers } = await receiver.next();
      assert.deepEqual([method, url], ['POST', '/a%20b/?q=1&r=%C3%BC']);
      assert.deepEqual(rawBody, Buffer.from(REQUEST.body));
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(headers['content-length'], String(rawBody.length));
      assert.equal(headers['transfer-encoding'], undefined);
      assert.equal(headers.host, `127.0.0.1:${receiver.port}`);
    });
    it('may have an empty body, or one of half a megabyte', async (t) => {
      const receiver = await receiverFor(t);
      const { send } = bench(t, receiver.url());
      const large = '☃'.repeat(170_000);
      await send({ body: '' });
      await send({ body: large });
      assert.equal((await receiver.next()).body, '');
      assert.equal((await receiver.next()).body, large);
    });
    it('names itself as Segment does, unless a static header does', async (t) => {
      const receiver = await receiverFor(t);
      await bench(t, receiver.url()).send();
      assert.match((await receiver.next()).headers['user-agent'] ?? '', /^Segment\/1\.0 \(Sluice\/\S+\)$/);
      await bench(t, receiver.url(), { headers: { 'user-agent': 'mine/2' } }).send();
      assert.equal((await receiver.next()).headers['user-agent'], 'mine/2');
    });
    it('carries the static headers as they are written', async (t) => {
      const receiver = await receiverFor(t);
      await bench(t, receiver.url(), { headers: { 'X-Team': 'growth', 'x-name': 'Zoë' } }).send();
      const { rawHeaders } = await receiver.next();
      assert.equal(rawHeaders[rawHeaders.indexOf('X-Team') + 1], 'growth');
      assert.equal(rawHeaders[rawHeaders.indexOf('x-name') + 1], 'Zoë');
    });
    it('is told with its headers as they were sent, and the values of static ones masked', async (t) => {
      const receiver = await receiverFor(t);
      const headers = { 'X-Team': 'growth', 'user-agent': 'mine/2' };
      const { requestHeaders } = await bench(t, receiver.url(), { headers, sharedSecret: 'keep-me-safe' }).send();
      const { rawHeaders } = await receiver.next();
      const ofConnection = new Set(['host', 'connection', 'content-length']);
      const pairs = (inTurn: readonly string[]): readonly (readonly [string, string | undefined])[] =>
        inTurn.flatMap((name, at) => (at % 2 === 0 ? [[name, inTurn[at + 1]] as const] : []));
      const sent = pairs(rawHeaders).filter(([name]) => !ofConnection.has(name.toLowerCase()));
      const shown = sent.map(([name, value]) => [name, name in headers ? '***' : value]);
      assert.deepEqual(Object.fromEntries(pairs(requestHeaders)), Object.fromEntries(shown));
      assert.ok(shown.length >= 7);
    });
    it('is told without the values of static ones also where the endpoint sends them back', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer(({ rawHeaders }) => ({
        ...{ status: 500, headers: { 'x-echo': rawHeaders.join(' ') } },
        body: JSON.stringify(rawHeaders),
      }));
      const headers = { 'X-Team': 'growth-"token"', Authorization: 'Bearer keep-me-too' };
      const exchange = await bench(t, receiver.url(), { headers }).send();
      assert.match(exchange.excerpt, /"X-Team","\*\*\*"/);
      assert.match(exchange.responseHeaders['x-echo'] ?? '', /Authorization \*\*\*/);
      assert.doesNotMatch(JSON.stringify(exchange), /growth|keep-me/);
    });
    it('is signed so that a receiver can parse and stringify the body to check it', async (t) => {
      const receiver = await receiverFor(t);
      await bench(t, receiver.url(), { sharedSecret: 'keep-me-safe' }).send();
      const { headers, body } = await receiver.next();
      const expected = createHmac('sha1', 'keep-me-safe')
        .update(JSON.stringify(JSON.parse(body)))
        .digest('hex');
      assert.equal(headers['x-signature'], expected);
    });
    it('is signed as Standard Webhooks says', async (t) => {
      const receiver = await receiverFor(t);
      const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
      await bench(t, receiver.url(), { sharedSecret: secret }).send();
      const { headers, rawBody } = await receiver.next();
      assert.deepEqual([headers['webhook-id'], headers['webhook-timestamp']], ['evt_1', '1767225600']);
      const hmac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update('evt_1.1767225600.');
      assert.equal(headers['webhook-signature'], `v1,${hmac.update(rawBody).digest('base64')}`);
    });
    it('is signed with both secrets while the secret is rotated', async (t) => {
      const receiver = await receiverFor(t);
      await bench(t, receiver.url(), { sharedSecret: 'old', nextSecret: 'new' }).send();
      const { headers, rawBody } = await receiver.next();
      assert.equal(headers['x-signature'], createHmac('sha1', 'old').update(rawBody).digest('hex'));
      assert.equal(headers['x-signature-next'], createHmac('sha1', 'new').update(rawBody).digest('hex'));
      for (const secret of ['old', 'new']) assert.equal(await isGenuine(headers, rawBody, secret, AT_S), true, secret);
      assert.equal(await isGenuine(headers, rawBody, 'other', AT_S), false);
    });
    for (const method of ['PUT', 'PATCH'] as const) {
      it(`is a ${method} where the destination wants one`, async (t) => {
        const receiver = await receiverFor(t);
        await bench(t, receiver.url(), { method }).send();
        const request = await receiver.next();
        assert.deepEqual([request.method, request.body], [method, REQUEST.body]);
      });
    }
    it('has id and time and no signature without a secret', async (t) => {
      const receiver = await receiverFor(t);
      await bench(t, receiver.url()).send();
      const { headers } = await receiver.next();
      assert.deepEqual([headers['webhook-id'], headers['webhook-timestamp']], ['evt_1', '1767225600']);
      assert.deepEqual([headers['webhook-signature'], headers['x-signature']], [undefined, undefined]);
    });
    it('goes over a connection that was used before', async (t) => {
      const receiver = await receiverFor(t);
      const { send } = bench(t, receiver.url());
      for (const id of ['evt_1', 'evt_2', 'evt_3']) await send({ id });
      assert.equal(receiver.connections, 1);
    });
    it('does not go over a connection that the receiver is about to end', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({ headers: { Connection: 'keep-alive', 'Keep-Alive': 'timeout=1' } });
      const { send } = bench(t, receiver.url());
      await send();
      await receiver.closed(1);
      assert.equal((await send()).status, 200);
      assert.equal(receiver.connections, 2);
    });
    it('has a connection of its own while others are in flight', async (t) => {
      const receiver = await receiverFor(t);
      const allArrived = receiver.count(20);
      receiver.answer(async () => {
        await allArrived;
        return {};
      });
      const { send } = bench(t, receiver.url());
      const exchanges = await Promise.all(Array.from({ length: 20 }, async (_, n) => send({ id: `evt_${n}` })));
      assert.deepEqual(new Set(exchanges.map(({ status }) => status)), new Set([200]));
      assert.equal(receiver.connections, 20);
    });
    it('goes straight to the receiver, whatever proxy the environment names', async (t) => {
      const receiver = await receiverFor(t);
      const proxy = await receiverFor(t);
      for (const variable of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) {
        const before = process.env[variable];
        process.env[variable] = proxy.url();
        t.after(() => {
          if (before === undefined) Reflect.deleteProperty(process.env, variable);
          else process.env[variable] = before;
        });
      }
      assert.equal((await bench(t, receiver.url()).send()).status, 200);
      assert.equal(proxy.connections, 0);
    });
  });

  describe(`the exchange of a webhook sender (${name})`, () => {
    it('has status, headers, the body and how long it took', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({ status: 503, headers: { 'Retry-After': '7', 'X-Why': 'tired' }, body: 'later, bitte schön' });
      const exchange = await bench(t, receiver.url()).send();
      assert.deepEqual([exchange.status, exchange.error, exchange.durationMs], [503, null, 0]);
      assert.equal(exchange.responseHeaders['retry-after'], '7');
      assert.equal(exchange.responseHeaders['x-why'], 'tired');
      assert.deepEqual([exchange.excerpt, exchange.isCut], ['later, bitte schön', false]);
    });
    for (const status of [301, 302, 303, 307, 308]) {
      it(`has a ${status} that is not followed`, async (t) => {
        const receiver = await receiverFor(t);
        receiver.answer({ status, headers: { location: receiver.url('/elsewhere') } });
        assert.equal((await bench(t, receiver.url()).send()).status, status);
        assert.equal(receiver.requests.length, 1);
      });
    }
    it('has the first KiB of a longer body, without half a character', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({ body: `xx${'☃'.repeat(1_000)}` });
      const { excerpt, isCut } = await bench(t, receiver.url()).send();
      assert.equal(excerpt, `xx${'☃'.repeat(Math.floor((excerptBytesMax - 2) / 3))}`);
      assert.equal(isCut, true);
    });
    it('has text even where the body is none', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({ body: Buffer.from([0x61, 0xff, 0xc3, 0x62]) });
      const { excerpt, isCut } = await bench(t, receiver.url()).send();
      assert.deepEqual([excerpt, isCut], ['a\ufffd\ufffdb', false]);
    });
    it('has no body with a 204, even where one is sent', async (t) => {
      const receiver = await rawReceiverFor(t, answering('HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok'));
      const { status, excerpt } = await bench(t, receiver.url()).send();
      assert.deepEqual([status, excerpt], [204, '']);
      await receiver.closed(1);
    });
    it('joins the values of a repeated header', async (t) => {
      const answer = 'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n';
      const receiver = await rawReceiverFor(t, answering(answer));
      assert.equal((await bench(t, receiver.url()).send()).responseHeaders['x-a'], '1, 2');
    });
    it('takes a header named __proto__ for a header', async (t) => {
      const answer = 'HTTP/1.1 200 OK\r\n__proto__: x\r\nContent-Length: 0\r\n\r\n';
      const receiver = await rawReceiverFor(t, answering(answer));
      const { responseHeaders } = await bench(t, receiver.url()).send();
      assert.equal(Object.getOwnPropertyDescriptor(responseHeaders, '__proto__')?.value, 'x');
    });
    it('leaves the connection usable after a body that is longer than the excerpt', async (t) => {
      const receiver = await receiverFor(t);
      receiver.answer({ body: 'x'.repeat(responseBytesMax) });
      const { send } = bench(t, receiver.url());
      assert.equal((await send()).isCut, true);
      assert.equal((await send()).isCut, true);
      assert.equal(receiver.connections, 1);
    });
    it('ends, and so does the connection, where a body goes on for too long', async (t) => {
      const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
      const receiver = await rawReceiverFor(t, answering(head, flood(`1000\r\n${'x'.repeat(0x1000)}\r\n`)));
      const exchange = await bench(t, receiver.url()).send();
      assert.deepEqual([exchange.status, exchange.isCut], [200, true]);
      assert.equal(exchange.excerpt, 'x'.repeat(excerptBytesMax));
      await receiver.closed(1);
    });
    it('waits for the status that is final', async (t) => {
      // The 100 is one that nobody asked for, as some servers send it (RFC 9110, section 15.2).
      const interim = ['100 Continue\r\n', '102 Processing\r\n', '103 Early Hints\r\nLink: </x>\r\n'];
      const early = interim.map((head) => `HTTP/1.1 ${head}\r\n`).join('');
      const answer = `${early}HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok`;
      const receiver = await rawReceiverFor(t, answering(answer));
      const { status, excerpt } = await bench(t, receiver.url()).send();
      assert.deepEqual([status, excerpt], [201, 'ok']);
    });
    it('may come before the request was read', async (t) => {
      const receiver = await rawReceiverFor(t, (socket) => {
        socket.pause();
        socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
      assert.equal((await bench(t, receiver.url()).send({ body: 'x'.repeat(500_000) })).status, 413);
    });
    for (const [what, then] of [
      ['is reset', (socket: Socket) => socket.resetAndDestroy()],
      ['is closed', (socket: Socket) => socket.end()],
      ['goes on with broken chunks', (socket: Socket) => socket.write('no chunk\r\n')],
    ] as const) {
      it(`has the status where the body ${what} in the middle`, async (t) => {
        const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n';
        const receiver = await rawReceiverFor(t, answering(answer, then));
        const exchange = await bench(t, receiver.url()).send();
        assert.deepEqual([exchange.status, exchange.error], [200, null]);
        assert.deepEqual([exchange.excerpt, exchange.isCut], ['half', true]);
        await receiver.closed(1);
      });
    }
  });
}
