/**
 * Whatever is written to the port, at whichever route: it is answered in the form of that route, never by 5xx, in time,
 * and the process goes on in bounded memory.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readMetrics } from '../support/prometheus-text.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

const REQUESTS = process.env['SLUICE_TEST_LONG'] === '1' ? 30_000 : 1_500;
/** Far beyond what any answer takes, and below every timeout of the server. */
const ANSWER_MS = 10_000;
/** A request that hangs is made smaller for so long, and told as it is by then. */
const SEARCH = { interruptAfterTimeLimit: process.env['SLUICE_TEST_LONG'] === '1' ? 600_000 : 60_000 };
/** What the process may grow by: the garbage of a young heap, and no leak of a request's bytes. */
const GROWTH_BYTES_MAX = 160 * 1024 * 1024;

let sluice: SluiceProcess;
before(async () => {
  sluice = await SluiceProcess.start({
    config: { storage: { reserve: '0B' }, sources: [{ id: 'app', writeKeys: ['wk_app'] }] },
  });
});
after(async () => {
  await sluice.close();
});

interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

const CALL = { writeKey: 'wk_app', userId: 'u', event: 'e', groupId: 'g', previousId: 'p', timestamp: '2026-01-01' };
const PATHS = [
  ...['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch', 'import', 'm'],
  ...['i', 't', 'p', 's', 'g', 'a', 'b', 'pixel/track', 'pixel/page', 'pixel/alias', 'projects/wk_app/settings'],
].map((path) => `/v1/${path}`);
const OTHERS = ['/', '/v1', '*', '/crossdomain.xml', '/internal/health', '/livez', '/api/v1/events', '/%', '//x/v1/t'];

/** Bytes as they may stand in a header or a target: all but those that end it. */
const wireText = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((bytes) =>
    Buffer.from(bytes)
      .toString('latin1')
      .replaceAll(/[\0-\x20\x7f]/g, 'x'),
  );

const json = fc.oneof(
  fc.constant(CALL),
  fc.constant({ batch: [{ ...CALL, type: 'track' }] }),
  fc.dictionary(fc.constantFrom(...Object.keys(CALL), 'batch', 'context', '__proto__', 'sentAt'), fc.jsonValue()),
  fc.record({ writeKey: fc.constant('wk_app'), batch: fc.array(fc.jsonValue(), { maxLength: 5 }) }),
  fc.jsonValue(),
);
const text = fc.oneof(
  { weight: 4, arbitrary: json.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constantFrom(1, 1_500, 20_000).map((n) => Buffer.from('[{"a":'.repeat(n))) },
);
const body = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 1, arbitrary: text.map((bytes) => gzipSync(bytes)) },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
);

const query = fc.oneof(
  fc.constant(''),
  text.filter(({ length }) => length < 4_000).map((bytes) => `?data=${encodeURIComponent(bytes.toString('base64'))}`),
  fc
    .array(fc.tuple(fc.constantFrom('data', 'callback', 'writeKey', 'a.b', 'a', '__proto__.x', ''), wireText(20)))
    .map((pairs) => `?${pairs.map(([key, value]) => `${key}=${value}`).join('&')}`),
  fc.nat(2_000).map((depth) => `?writeKey=wk_app&userId=u&${'a.'.repeat(depth)}b=1`),
);
const path = fc
  .tuple(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PATHS) }, fc.constantFrom(...OTHERS)), fc.nat(3))
  .map(([name, spelling]) => (spelling === 1 ? name.toUpperCase() : spelling === 2 ? `${name}/` : name));

const header = fc.oneof(
  wireText(40).map((value) => `Authorization: ${value}`),
  fc.string({ maxLength: 20 }).map((key) => `Authorization: Basic ${Buffer.from(key).toString('base64')}`),
  fc.constantFrom('gzip', 'br', 'gzip, gzip', ' GZIP ', 'identity', '').map((value) => `Content-Encoding: ${value}`),
  wireText(30).map((value) => `Content-Type: ${value}`),
  wireText(30).map((value) => `Origin: ${value}`),
  wireText(30).map((value) => `Access-Control-Request-Headers: ${value}`),
  wireText(10).map((value) => `Access-Control-Request-Method: ${value}`),
  fc.constantFrom('100-continue', 'x').map((value) => `Expect: ${value}`),
  fc.constantFrom('websocket', 'h2c').map((value) => `Connection: Upgrade\r\nUpgrade: ${value}`),
  wireText(30).map((value) => `X-Forwarded-For: ${value}`),
);

const request: fc.Arbitrary<Request> = fc
  .tuple(
    fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'TRACE', 'PROPFIND'),
    fc.tuple(path, query).map(([name, asked]) => name + asked),
    fc.array(header, { maxLength: 4 }),
    body,
  )
  .map(([method, target, headers, bytes]) => ({ method, target, headers, body: bytes }));

function written({ method, target, headers, body: bytes }: Request): Buffer {
  const head = [`${method} ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers];
  return Buffer.concat([
    Buffer.from([...head, `Content-Length: ${bytes.length}`, '', ''].join('\r\n'), 'latin1'),
    bytes,
  ]);
}

/**
 * Writes these bytes, and answers all that comes back until the server closes. What may be half a request ends there
 * and then, or it would be waited for; a whole one does not, since a server drops what it would answer to somebody gone.
 */
async function answerTo(bytes: Buffer, { isWhole }: { readonly isWhole: boolean }): Promise<Buffer> {
  const { hostname, port } = new URL(sluice.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('it hangs'));
    }, ANSWER_MS);
    // A server that has answered may cut off what still comes.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.write(bytes);
    if (!isWhole) socket.end();
  });
  return Buffer.concat(chunks);
}

function assertNoFault(answer: Buffer): void {
  const statuses = [...answer.toString('latin1').matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) =>
    Number(status),
  );
  for (const status of statuses) assert.ok(status < 500, answer.toString('latin1').slice(0, 500));
}

function assertForm({ method }: Request, answer: Buffer): void {
  const all = answer.toString('latin1').replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const [head = '', ...rest] = all.split('\r\n\r\n');
  const content = rest.join('\r\n\r\n');
  if (head.startsWith('HTTP/1.1 302 ')) {
    // The root alone leads anywhere, and whatever is asked nowhere else.
    assert.match(head, /^location: (\.|\.\.(\/\.\.)*)\/dashboard\/$/m, all.slice(0, 300));
    return;
  }
  assert.match(head, /^HTTP\/1\.1 [24]\d\d /, all.slice(0, 300));
  const type = /^content-type: (.*)$/im.exec(head)?.[1]?.trim() ?? '';
  if (method === 'HEAD' && !type.startsWith('application/json')) assert.equal(content, '');
  else if (content === '') assert.ok(['OPTIONS', 'HEAD'].includes(method) || type === 'text/plain', all.slice(0, 300));
  else if (type === 'image/gif') assert.equal(content.length, 43);
  else if (type === 'text/javascript')
    assert.match(content, /^typeof ([\w$.]+) == "function" && \1\(\{ success: true \}\);$/);
  else if (type.startsWith('application/xml')) assert.match(content, /^<cross-domain-policy>/);
  else assert.equal(Object.prototype.toString.call(JSON.parse(content)), '[object Object]', all.slice(0, 300));
}

async function residentBytes(): Promise<number> {
  const page = await (await fetch(`${sluice.url}/metrics`)).text();
  return readMetrics(page).value('process_resident_memory_bytes') ?? NaN;
}

describe('a hostile request', () => {
  it('is answered in the form of its route, and leaves no trace in memory', async () => {
    const property = fc.asyncProperty(request, async (made) => {
      const answer = await answerTo(written(made), { isWhole: true });
      assertNoFault(answer);
      assertForm(made, answer);
    });
    await fc.assert(property, { ...SEARCH, numRuns: 200 });
    const resident = await residentBytes();
    await fc.assert(property, { ...SEARCH, numRuns: REQUESTS });
    const grownBy = (await residentBytes()) - resident;
    assert.ok(grownBy < GROWTH_BYTES_MAX, `it grew by ${grownBy} bytes`);
  });

  it('is answered or cut off when it is no HTTP, and is nobody else’s fault', async () => {
    const edit = fc.record({ at: fc.nat(), drop: fc.nat(8), add: fc.uint8Array({ maxLength: 8 }) });
    const property = fc.asyncProperty(request, fc.array(edit, { minLength: 1, maxLength: 4 }), async (made, edits) => {
      let bytes = written(made);
      for (const { at, drop, add } of edits) {
        const place = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, place), add, bytes.subarray(place + drop)]);
      }
      assertNoFault(await answerTo(bytes, { isWhole: false }));
    });
    await fc.assert(property, { ...SEARCH, numRuns: REQUESTS });
  });

  it('has ended nothing', async () => {
    assert.equal((await fetch(`${sluice.url}/readyz`)).status, 200);
    assert.doesNotMatch(sluice.stderr, /"level":"?(error|fatal|50|60)/);
    assert.equal(await sluice.terminate(), 0);
  });
});
