/**
 * How a call may come over a connection, byte by byte, as no HTTP client of ours would write it. What it may hold is in
 * `test/checklist`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AS_APP, Gateway, track } from '../support/gateway.ts';
import { CHUNKED, headOf, sendChunked, writePieces } from '../support/wire.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

describe('a body', () => {
  it('comes after 100 Continue when its sender waits for that (libcurl, .NET)', async () => {
    await gateway.arrives(async (mark) => {
      const body = track(mark);
      const head = headOf({ headers: [AS_APP, 'Expect: 100-continue', `Content-Length: ${body.length}`] });
      return writePieces(gateway.url, [head, body], { awaited: /^HTTP\/1\.1 100 Continue\r\n\r\n/ });
    });
  });

  it('comes byte by byte', async () => {
    await gateway.arrives(async (mark) => sendChunked(gateway.url, { headers: [AS_APP], body: track(mark) }, 1));
  });

  it('is followed by the next on the same connection', async () => {
    const marks = [gateway.mark(), gateway.mark()];
    const requests = marks.map((mark) => {
      const body = track(mark);
      const head = ['POST /v1/T/ HTTP/1.1', 'Host: x', AS_APP, `Content-Length: ${body.length}`, '', ''];
      return head.join('\r\n') + body;
    });
    const last = headOf({ method: 'OPTIONS', path: '/v1/t' });
    const answer = await writePieces(gateway.url, [...requests, last]);
    assert.equal(answer.body.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
    for (const mark of marks) assert.equal((await gateway.event(mark))['userId'], mark);
  });

  it('with both a length and chunks, or two lengths, is no request', async () => {
    for (const headers of [
      [CHUNKED, 'Content-Length: 5'],
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Transfer-Encoding: chunked, identity'],
      ['Content-Length: +5'],
    ]) {
      const answer = await writePieces(gateway.url, [headOf({ headers: [AS_APP, ...headers] })]);
      assert.equal(answer.status, 400, headers.join());
      assert.equal((JSON.parse(answer.body) as { code: string }).code, 'malformed_request');
    }
  });
});

describe('what is asked beside calls', () => {
  it('is a policy for Flash', async () => {
    const { status, header, body } = await gateway.send({ method: 'GET', path: '/crossdomain.xml' });
    assert.equal(status, 200);
    assert.equal(header('content-type'), 'application/xml; charset=utf-8');
    assert.match(body, /<allow-access-from domain="\*" secure="false"\/>/);
    assert.doesNotMatch(body, /allow-http-request-headers-from/);
  });

  it('is whether the process lives', async () => {
    const { status, header, body } = await gateway.send({ method: 'GET', path: '/internal/health' });
    assert.deepEqual([status, body], [200, '']);
    assert.equal(header('content-type'), 'text/plain');
    assert.equal(header('content-length'), '0');
  });
});
