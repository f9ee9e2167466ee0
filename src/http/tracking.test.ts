import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { assertError, BASIC, CALL, openBench, SUCCESS, untilClosed } from '../../test/support/http-bench.ts';
import type { Sent } from '../../test/support/http-bench.ts';
import { batchBytesMax, callBytesMax } from '../domain/limits.ts';

describe('the tracking API', () => {
  const routes = [
    ['identify', 'server'], ['track', 'server'], ['page', 'server'], ['screen', 'server'], ['group', 'server'],
    ['alias', 'server'], ['i', 'client'], ['t', 'client'], ['p', 'client'], ['s', 'client'], ['g', 'client'],
    ['a', 'client'], ['batch', 'server'], ['import', 'server'], ['b', 'client'],
  ] as const; // prettier-ignore

  for (const [name, channel] of routes) {
    it(`takes POST and PUT on /v1/${name}, in any case and with a trailing slash`, async (context) => {
      const { send, events } = await openBench(context);
      const call = { ...CALL, groupId: 'g', previousId: 'p' };
      const isBatch = ['batch', 'import', 'b'].includes(name);
      const body = JSON.stringify(isBatch ? { batch: [{ ...call, type: 'track' }] } : call);
      const paths = [`/v1/${name}`, `/v1/${name}/`, `/V1/${name.toUpperCase()}`, `/v1/${name}?x=1`];
      for (const path of paths) {
        for (const method of ['POST', 'PUT']) {
          const answer = await send({ method, path, body });
          assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
          assert.equal(answer.headers['content-type'], 'application/json');
        }
      }
      assert.equal(events.length, 8);
      const [event] = events;
      const sent = JSON.parse(event?.body ?? '') as Record<string, unknown>;
      assert.equal(sent.channel, channel);
      if (!isBatch) assert.equal(event?.type[0], name[0]);
    });
  }

  it('reads the body whatever the Content-Type', async (context) => {
    const { send, events } = await openBench(context);
    const types = [
      'text/plain',
      'application/json; charset=utf-8',
      'application/x-www-form-urlencoded',
      'nonsense',
      '; ;',
      '',
    ];
    for (const type of types) {
      assert.equal((await send({ headers: { ...BASIC, 'content-type': type } })).status, 200);
    }
    assert.equal((await send()).status, 200);
    assert.equal(events.length, types.length + 1);
  });

  it('takes gzip on every route, chunked, in any spelling of the header', async (context) => {
    const { send, events } = await openBench(context);
    const body = gzipSync(JSON.stringify(CALL));
    for (const path of ['/v1/track', '/v1/t']) {
      for (const encoding of ['gzip', ' GZip ', 'x-gzip']) {
        assert.equal((await send({ path, body, headers: { ...BASIC, 'content-encoding': encoding } })).status, 200);
      }
    }
    assert.equal((await send({ headers: { ...BASIC, 'content-encoding': 'identity' } })).status, 200);
    assert.equal(events.length, 7);
  });

  it('skips a byte order mark and takes a trailing newline', async (context) => {
    const { send, events } = await openBench(context);
    await send({ body: `\ufeff${JSON.stringify(CALL)}` });
    await send({ body: `${JSON.stringify(CALL)}\r\n`, headers: { ...BASIC, 'transfer-encoding': 'chunked' } });
    assert.equal(events.length, 2);
  });

  it('takes the write key of the body past a Bearer token and past what cannot be decoded', async (context) => {
    const { send, events } = await openBench(context);
    for (const authorization of ['Bearer abc', 'Basic %%%', 'Basic: ']) {
      await send({ headers: { authorization }, body: JSON.stringify({ ...CALL, writeKey: 'wk_web' }) });
    }
    assert.equal(events.length, 3);
  });

  it('fills in the address and the user agent of devices', async (context) => {
    const { send, events } = await openBench(context);
    await send({ path: '/v1/t', headers: { ...BASIC, 'user-agent': 'app/1' } });
    const { context: filled } = JSON.parse(events[0]?.body ?? '') as Record<string, unknown>;
    assert.deepEqual(filled, { ip: '127.0.0.1', userAgent: 'app/1' });
  });

  it('answers what libraries measure of themselves, and drops it', async (context) => {
    const { send, events } = await openBench(context);
    const answer = await send({ path: '/v1/m', headers: {}, body: '{"series":[]}' });
    assert.deepEqual([answer.status, answer.body, events.length], [200, SUCCESS, 0]);
  });

  it('answers 200 to an unknown write key', async (context) => {
    const { send, refused } = await openBench(context);
    const answer = await send({ headers: { authorization: `Basic ${Buffer.from('no:').toString('base64')}` } });
    assert.deepEqual([answer.status, answer.body, refused], [200, SUCCESS, ['unknown_source']]);
  });

  it('answers an Expect header, 100-continue or not', async (context) => {
    const { send } = await openBench(context);
    for (const expect of ['100-continue', 'a miracle']) {
      assert.equal((await send({ headers: { ...BASIC, expect } })).status, 200);
    }
  });
});

describe('a mistake in a call', () => {
  const gzip = { ...BASIC, 'content-encoding': 'gzip' };
  const mistakes: readonly (readonly [what: string, code: string, sent: Sent])[] = [
    ['broken JSON', 'malformed_json', { body: '{"a":' }],
    ['no body', 'malformed_json', { body: '' }],
    ['bytes that are not UTF-8', 'malformed_json', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }],
    ['an array', 'not_an_object', { body: '[]' }],
    ['a string', 'not_an_object', { body: '"x"' }],
    ['no write key', 'write_key_missing', { headers: {} }],
    ['broken gzip', 'malformed_gzip', { headers: gzip, body: 'no gzip' }],
    ['gzip that ends early', 'malformed_gzip', { headers: gzip, body: gzipSync(JSON.stringify(CALL)).subarray(0, 30) }],
    ['another encoding', 'unsupported_encoding', { headers: { ...BASIC, 'content-encoding': 'br' } }],
    ['two encodings', 'unsupported_encoding', { headers: { ...BASIC, 'content-encoding': 'gzip, gzip' } }],
  ];
  for (const [what, code, sent] of mistakes) {
    it(`is answered 400 ${code} for ${what}, and 200 on a short route`, async (context) => {
      const { send, refused, events } = await openBench(context);
      assertError(await send(sent), 400, code);
      const short = await send({ ...sent, path: '/v1/t' });
      assert.deepEqual([short.status, short.body], [200, SUCCESS]);
      assert.deepEqual(refused, [code, code]);
      assert.deepEqual(events, []);
    });
  }

  it('is answered 400 for a batch that is none', async (context) => {
    const { send } = await openBench(context);
    assertError(await send({ path: '/v1/batch', body: '{}' }), 400, 'batch_not_array');
  });

  it('is answered 400 for JSON too deep, however deep', async (context) => {
    const { send } = await openBench(context);
    const body = `{"batch":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    assertError(await send({ path: '/v1/batch', body }), 400, 'too_deep');
  });

  it('is answered 400 for the first byte over the limit, measured in bytes and inflated', async (context) => {
    const { send, events } = await openBench(context);
    const sized = (call: object, bytes: number): Buffer => {
      const text = JSON.stringify({ ...call, pad: '€' });
      return Buffer.from(text.replace('€', `€${'x'.repeat(bytes - Buffer.byteLength(text))}`));
    };
    const call = CALL;
    const batch = { batch: [{ ...CALL, type: 'track' }] };
    for (const [path, of, max, code] of [
      ['/v1/track', call, callBytesMax, 'call_too_large'],
      ['/v1/t', call, callBytesMax, 'call_too_large'],
      ['/v1/batch', batch, batchBytesMax, 'batch_too_large'],
      ['/v1/b', batch, batchBytesMax, 'batch_too_large'],
    ] as const) {
      for (const body of [sized(of, max), gzipSync(sized(of, max)), gzipSync(sized(of, max), { level: 0 })]) {
        const headers = body[0] === 0x1f ? gzip : BASIC;
        assert.equal((await send({ path, body, headers })).status, 200);
      }
      for (const body of [sized(of, max + 1), gzipSync(sized(of, max + 1)), sized(of, 2_000_000)]) {
        assertError(await send({ path, body, headers: body[0] === 0x1f ? gzip : BASIC }), 400, code);
      }
    }
    assert.equal(events.length, 12);
  });

  it('is answered 400 for what inflates without end, and for a body without end', async (context) => {
    const { send, port } = await openBench(context);
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
    assertError(await send({ path: '/v1/batch', headers: gzip, body: bomb }), 400, 'batch_too_large');

    const socket = connect(port, '127.0.0.1');
    const answer = untilClosed(socket);
    socket.write('POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n');
    assert.match(await answer, /^HTTP\/1\.1 400 .*"code":"batch_too_large"/s);
  });
});
