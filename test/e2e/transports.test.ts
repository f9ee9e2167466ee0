/**
 * What libraries put on the wire, byte by byte, as no HTTP client of ours would: each call is written to a socket and
 * arrives at a webhook (protocol sections 1.1 to 1.5).
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runInNewContext } from 'node:vm';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

let receiver: Receiver;
let sluice: SluiceProcess;

before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      storage: { reserve: '0B' },
      sources: [{ id: 'app', writeKeys: ['wk_app'] }],
      destinations: [{ id: 'hook', sources: ['app'], settings: { webhookUrl: receiver.url() } }],
    },
  });
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

interface RawAnswer {
  readonly status: number;
  /** In lower case. */
  readonly head: string;
  readonly body: string;
}

/** Writes these pieces, each when the other side has answered to the one before where that is asked for. */
async function write(pieces: readonly (string | Buffer)[], awaited?: RegExp): Promise<RawAnswer> {
  const { hostname, port } = new URL(sluice.url);
  const socket = connect(Number(port), hostname);
  const [first = '', ...others] = pieces;
  socket.write(first);
  let text = '';
  let isContinued = awaited === undefined;
  if (isContinued) for (const piece of others) socket.write(piece);
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1');
    if (!isContinued && awaited?.test(text) === true) {
      isContinued = true;
      text = '';
      for (const piece of others) socket.write(piece);
    }
  }
  const [head = '', ...body] = text.split('\r\n\r\n');
  return { status: Number(head.slice(9, 12)), head: head.toLowerCase(), body: body.join('\r\n\r\n') };
}

interface Wire {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
}

function headOf({ method = 'POST', path = '/v1/track', headers = [] }: Wire): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n');
}

async function send({ body = '', ...wire }: Wire): Promise<RawAnswer> {
  const headers = [...(wire.headers ?? []), `Content-Length: ${Buffer.byteLength(body)}`];
  return write([headOf({ ...wire, headers }), body]);
}

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const BASIC = `Authorization: Basic ${b64('wk_app:')}`;
const SUCCESS = '{"success":true}';

/** Sends it, and answers what the webhook got for it. */
async function arrives(exchange: (user: string) => Promise<RawAnswer>): Promise<Record<string, unknown>> {
  const user = `u${receiver.requests.length}`;
  const answer = await exchange(user);
  assert.equal(answer.status, 200, answer.head);
  assert.equal(answer.body, SUCCESS);
  const { body } = await receiver.next();
  const event = JSON.parse(body) as Record<string, unknown>;
  assert.equal(event['userId'], user);
  assert.ok(!body.includes('wk_app'));
  return event;
}

const call = (userId: string, more: object = {}): string => JSON.stringify({ userId, event: 'Sent', ...more });
const batch = (userId: string, item: object = {}, more: object = {}): string =>
  JSON.stringify({ batch: [{ type: 'track', userId, event: 'Sent', ...item }], ...more });

describe('a write key', () => {
  const IN_HEADER = [
    ['Basic with a colon (Node, Java, Ruby, PHP, Go, .NET, Rust)', BASIC],
    ['Basic without a colon', `Authorization: Basic ${b64('wk_app')}`],
    ['Basic with a colon behind the scheme (Roku)', `Authorization: Basic: ${b64('wk_app')}`],
    ['a header in capitals', `AUTHORIZATION:BASIC  ${b64('wk_app:x')}`],
  ] as const;
  for (const [what, header] of IN_HEADER) {
    it(`is taken from ${what}`, async () => {
      await arrives(async (user) => send({ headers: [header], body: call(user) }));
      await arrives(async (user) => send({ path: '/v1/batch', headers: [header], body: batch(user) }));
    });
  }

  it('is taken from the body of a call and the envelope of a batch (Python, Swift, Kotlin, C#, React Native)', async () => {
    await arrives(async (user) => send({ body: call(user, { writeKey: 'wk_app' }) }));
    await arrives(async (user) => send({ path: '/v1/b', body: batch(user, {}, { writeKey: 'wk_app' }) }));
  });

  it('is taken from the items of a batch (browser batching)', async () => {
    await arrives(async (user) => send({ path: '/v1/b', body: batch(user, { writeKey: 'wk_app' }) }));
  });

  it('is taken from the body beside a Bearer token, which is not looked at (OAuth)', async () => {
    const headers = ['Authorization: Bearer e30.e30.nothing'];
    const path = '/v1/batch';
    await arrives(async (user) => send({ path, headers, body: batch(user, {}, { writeKey: 'wk_app' }) }));
  });

  it('is taken from the query, or from the data in it (pixels, AMP)', async () => {
    for (const query of [
      (user: string) => `data=${Buffer.from(call(user)).toString('base64url')}&writeKey=wk_app`,
      (user: string) => `data=${encodeURIComponent(b64(call(user, { writeKey: 'wk_app' })))}`,
    ]) {
      await arrives(async (user) => send({ method: 'GET', path: `/v1/t?${query(user)}` }));
    }
  });

  it('goes by the header where the body says another', async () => {
    await arrives(async (user) => send({ headers: [BASIC], body: call(user, { writeKey: 'wk_other' }) }));
  });
});

describe('a body', () => {
  const routes = [
    ['/v1/track', call],
    ['/v1/t', call],
    ['/v1/batch', batch],
    ['/v1/import/', batch],
    ['/v1/b', batch],
  ] as const;
  for (const [path, made] of routes) {
    it(`to ${path} is taken in chunks, by gzip and both, with any content type, by POST and PUT`, async () => {
      for (const type of [[], ['Content-Type: text/plain'], ['Content-Type: ;;'], ['Content-Type: multipart/x']]) {
        for (const method of ['POST', 'PUT']) {
          const headers = [BASIC, ...type];
          await arrives(async (user) => {
            const zipped = gzipSync(`${made(user)}\n`);
            return send({ method, path, headers: [...headers, 'Content-Encoding:  gzip '], body: zipped });
          });
          await arrives(async (user) => write([headOf({ method, path, headers: [...headers, CHUNKED] }), ...chunksOf(made(user))])); // prettier-ignore
          await arrives(async (user) =>
            write([
              headOf({ method, path, headers: [...headers, CHUNKED, 'Content-Encoding: gzip'] }),
              ...chunksOf(gzipSync(made(user))),
            ]),
          );
        }
      }
    });
  }

  it('comes after 100 Continue when its sender waits for that (libcurl, .NET)', async () => {
    await arrives(async (user) => {
      const body = call(user);
      const head = headOf({ headers: [BASIC, 'Expect: 100-continue', `Content-Length: ${body.length}`] });
      return write([head, body], /^HTTP\/1\.1 100 Continue\r\n\r\n/);
    });
  });

  it('comes byte by byte', async () => {
    await arrives(async (user) => write([headOf({ headers: [BASIC, CHUNKED] }), ...chunksOf(call(user), 1)]));
  });

  it('is followed by the next on the same connection', async () => {
    const body = call('first');
    const head = `POST /v1/T/ HTTP/1.1\r\nHost: x\r\n${BASIC}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await write([head, body, head, body, headOf({ method: 'OPTIONS', path: '/v1/t' })]);
    assert.equal(answer.body.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
    assert.equal((await receiver.next()).method, 'POST');
    assert.equal((await receiver.next()).method, 'POST');
  });

  it('with both a length and chunks, or two lengths, is no request', async () => {
    for (const headers of [
      [CHUNKED, 'Content-Length: 5'],
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Transfer-Encoding: chunked, identity'],
      ['Content-Length: +5'],
    ]) {
      const answer = await write([headOf({ headers: [BASIC, ...headers] })]);
      assert.equal(answer.status, 400, headers.join());
      assert.equal((JSON.parse(answer.body) as { code: string }).code, 'malformed_request');
    }
  });
});

const CHUNKED = 'Transfer-Encoding: chunked';

function chunksOf(body: string | Buffer, bytes = 50): Buffer[] {
  const whole = Buffer.from(body);
  const chunks: Buffer[] = [];
  for (let at = 0; at < whole.length; at += bytes) {
    const chunk = whole.subarray(at, at + bytes);
    chunks.push(Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]));
  }
  return [...chunks, Buffer.from('0\r\n\r\n')];
}

describe('a GET', () => {
  const path = (user: string, more = ''): string => {
    const data = Buffer.from(call(user, { properties: { text: '>>>???ÿÿÿ~~~' }, writeKey: 'wk_app' }));
    return `/v1/t?data=${encodeURIComponent(data.toString('base64'))}${more}`;
  };

  it('is a call of a device, and never cached', async () => {
    let head = '';
    const event = await arrives(async (user) => {
      const answer = await send({ method: 'GET', path: path(user) });
      head = answer.head;
      return answer;
    });
    assert.deepEqual([event['type'], event['channel']], ['track', 'client']);
    assert.deepEqual(event['properties'], { text: '>>>???ÿÿÿ~~~' });
    assert.match(head, /\r\ncache-control: no-cache, max-age=0\r\n/);
  });

  it('is a batch on /v1/b', async () => {
    await arrives(async (user) =>
      send({ method: 'GET', path: `/v1/B/?data=${b64(batch(user, {}, { writeKey: 'wk_app' }))}` }),
    );
  });

  it('calls back the page that asks for it, by whichever method, and no program that it sends', async () => {
    const wires: readonly Wire[] = [
      { method: 'GET', path: path('jsonp', '&callback=log') },
      { path: '/v1/t?callback=log', headers: [BASIC], body: call('jsonp') },
    ];
    for (const wire of wires) {
      const answer = await send(wire);
      assert.equal(answer.status, 200);
      assert.match(answer.head, /\r\ncontent-type: text\/javascript\r\n/);
      assert.match(answer.head, /\r\nx-content-type-options: nosniff\r\n/);
      assert.equal(answer.body, 'typeof log == "function" && log({ success: true });');
      const told: unknown[] = [];
      runInNewContext(answer.body, { log: (value: unknown) => told.push(value) });
      assert.deepEqual(JSON.stringify(told), `[${SUCCESS}]`);
      assert.equal((JSON.parse((await receiver.next()).body) as { userId: string }).userId, 'jsonp');
    }
    await arrives(async (user) => send({ method: 'GET', path: path(user, '&callback=alert(1)//') }));
    await arrives(async (user) => send({ path: '/v1/track?callback=log', headers: [BASIC], body: call(user) }));
  });

  it('is answered 200 whatever it holds, and not taken by HEAD', async () => {
    const before = receiver.requests.length;
    for (const query of ['', '?', '?data', '?data=%%%', '?data=W10', '?data=x&data=y', '?callback=', '?%00=%ff']) {
      const answer = await send({ method: 'GET', path: `/v1/t${query}` });
      assert.deepEqual([answer.status, answer.body], [200, SUCCESS], query);
    }
    const head = await send({ method: 'HEAD', path: path('head') });
    assert.deepEqual([head.status, head.body], [200, '']);
    const long = await send({ method: 'GET', path: '/v1/track' });
    assert.equal(long.status, 405);
    assert.equal(receiver.requests.length, before);
  });
});

describe('what is asked beside calls', () => {
  it('is a policy for Flash', async () => {
    const { status, head, body } = await send({ method: 'GET', path: '/crossdomain.xml' });
    assert.equal(status, 200);
    assert.match(head, /\r\ncontent-type: application\/xml; charset=utf-8\r\n/);
    assert.match(body, /<allow-access-from domain="\*" secure="false"\/>/);
    assert.doesNotMatch(body, /allow-http-request-headers-from/);
  });

  it('is whether the process lives', async () => {
    const { status, head, body } = await send({ method: 'GET', path: '/internal/health' });
    assert.deepEqual([status, body], [200, '']);
    assert.match(head, /\r\ncontent-type: text\/plain\r\n/);
    assert.match(head, /\r\ncontent-length: 0\r\n/);
  });
});
