/** Line 5 of the checklist (protocol sections 1.6 and 7.3), without a browser: `test/browser` has one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AS_APP, batch, Gateway, SUCCESS, track } from '../support/gateway.ts';
import type { WireAnswer } from '../support/wire.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const SHORT = ['t', 'i', 'p', 'g', 'a', 's', 'b', 'm'];
const LONG = ['track', 'identify', 'page', 'group', 'alias', 'screen', 'batch', 'import'];
/** What sandboxed frames and pages from files send is `null`. */
const ORIGINS = ['https://shop.example', 'http://localhost:3000', 'null'];

function assertAllowed({ header }: WireAnswer, origin: string): void {
  assert.equal(header('access-control-allow-origin'), origin);
  assert.equal(header('access-control-allow-credentials'), 'true');
  assert.match(header('vary') ?? '', /origin/);
}

describe('7.3 line 5: a page of another origin', () => {
  for (const name of [...SHORT, ...LONG]) {
    it(`may send what the library for browsers sends to /v1/${name}, and whatever header its user adds`, async () => {
      for (const origin of ORIGINS) {
        const wanted = 'authorization,content-type,x-retry-count,x-of-a-user';
        const headers = [`Origin: ${origin}`, 'Access-Control-Request-Method: POST'];
        const answer = await gateway.send({
          method: 'OPTIONS',
          path: `/v1/${name}`,
          headers: [...headers, `Access-Control-Request-Headers: ${wanted}`],
        });
        assert.deepEqual([answer.status, answer.body], [200, '']);
        assertAllowed(answer, origin);
        assert.equal(answer.header('access-control-allow-headers'), wanted);
        assert.match(answer.header('access-control-allow-methods') ?? '', /\bpost\b/);
      }
    });
  }

  it('sends text/plain unasked, with credentials, and may read the answer', async () => {
    for (const origin of ORIGINS) {
      for (const [path, made] of [
        ['/v1/t', track],
        ['/v1/b', batch],
      ] as const) {
        let answer: WireAnswer | null = null;
        await gateway.arrives(async (mark) => {
          const headers = [`Origin: ${origin}`, 'Content-Type: text/plain', 'Cookie: session=1'];
          answer = await gateway.send({ path, headers: [...headers, AS_APP], body: made(mark) });
          return answer;
        });
        assertAllowed(answer!, origin);
        assert.equal(answer!.header('access-control-expose-headers'), 'retry-after');
        assert.equal(answer!.header('set-cookie'), null);
      }
    }
  });

  it('may read an error too', async () => {
    const headers = [`Origin: ${ORIGINS[0]}`, AS_APP];
    const answer = await gateway.rejects(400, 'malformed_json', { headers, body: '{' });
    assertAllowed(answer, ORIGINS[0]!);
  });
});

describe('7.3 line 5: a library that is in no page', () => {
  it('is answered without a word on origins', async () => {
    const mark = gateway.mark();
    const answer = await gateway.send({ headers: [AS_APP], body: track(mark) });
    assert.equal(answer.body, SUCCESS);
    assert.doesNotMatch(answer.head, /access-control/);
  });
});
