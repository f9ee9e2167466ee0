/** Line 3 of the checklist (protocol section 7.3): what Kotlin, C#, Android and PHP make of a body. */
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AS_APP, batch, Gateway, track } from '../support/gateway.ts';
import { sendChunked, type WireRequest } from '../support/wire.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const ROUTES = [
  ['/v1/track', track],
  ['/v1/t', track],
  ['/v1/batch', batch],
  ['/v1/import/', batch],
  ['/v1/b', batch],
] as const;
const TYPES = [
  ['no Content-Type (C#)', []],
  ['text/plain (Kotlin, browsers)', ['Content-Type: text/plain']],
  ['application/json; charset=utf-8 (Swift)', ['Content-Type: application/json; charset=utf-8']],
  ['a Content-Type that is none', ['Content-Type: ;;']],
  ['multipart/x', ['Content-Type: multipart/x']],
] as const;
const GZIP = 'Content-Encoding: gzip';

describe('7.3 line 3: a body', () => {
  for (const [path, made] of ROUTES) {
    for (const [what, type] of TYPES) {
      it(`is taken by ${path} with ${what}: plain, by gzip, in chunks, and by gzip in chunks`, async () => {
        const headers = [AS_APP, ...type];
        const zipped = (mark: string): WireRequest => ({
          path,
          headers: [...headers, GZIP],
          body: gzipSync(made(mark)),
        });
        await gateway.arrives((mark) => ({ path, headers, body: made(mark) }));
        await gateway.arrives(zipped);
        await gateway.arrives(async (mark) => sendChunked(gateway.url, { path, headers, body: made(mark) }));
        await gateway.arrives(async (mark) => sendChunked(gateway.url, zipped(mark)));
      });
    }
  }

  it('is taken by gzip however the header is written', async () => {
    for (const header of ['Content-Encoding:  gzip ', 'content-encoding:GZIP', 'Content-Encoding: x-gzip']) {
      await gateway.arrives((mark) => ({ path: '/v1/import', headers: [AS_APP, header], body: gzipSync(batch(mark)) }));
    }
  });

  it('of corrupt gzip is 400 on the long routes, and refused after a 200 on those of devices', async () => {
    const whole = gzipSync(batch('never'));
    for (const body of [whole.subarray(0, -5), Buffer.from(batch('never')), Buffer.alloc(20, 0x1f)]) {
      for (const path of ['/v1/batch', '/v1/import']) {
        await gateway.rejects(400, 'malformed_gzip', { path, headers: [AS_APP, GZIP], body });
      }
      await gateway.refuses('malformed_gzip', { path: '/v1/b', headers: [AS_APP, GZIP], body });
    }
  });
});
