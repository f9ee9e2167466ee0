/** Each answer that the tracking API gives, made by a real Sluice, and what each Segment library makes of it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Gateway } from '../support/gateway.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { openSmallDisk } from '../support/small-disk.ts';
import { exchangeOnce } from './exchange.ts';
import { LIBRARY_FIXTURES } from './index.ts';
import type { Answer, Library, LibraryRequest, Wire } from './library.ts';
import { roundTo } from './round.ts';

/** Libraries that send again what must not be sent again; Sluice can only refuse it as often as it comes. */
const STUBBORN: Readonly<Record<string, (status: number) => boolean>> = {
  'go-3.3.0': () => true,
  flutter: () => true,
  xamarin: () => true,
  // Removes a file on 400 alone.
  swift: (status) => status !== 400,
};

/** What has no queue: it tells its program, which may send again. */
const WITHOUT_QUEUE = ['analytics.js-jsonp', 'rust', 'cpp', 'curl', 'curl-basic', 'curl-oauth'];

/** Libraries that wait as long as the `Retry-After` of a 503 says. */
const PATIENT = [
  'python-2.4.0',
  'python-2.4.0-gzip',
  'python-2.4.0-oauth',
  'java-3.5.5',
  'swift-http-config',
  'react-native-android',
  'react-native-ios',
];

const WITH_BODY = LIBRARY_FIXTURES.filter(
  (library) => lastOf(library, 'http://localhost:1').wire('{}').body.length > 0,
);

/** Its largest request: many calls, if it sends more than one at a time. */
function lastOf(library: Library, url: string, writeKey = 'wk_app'): LibraryRequest {
  let users = 0;
  return library.requests(roundTo(url, writeKey, () => `${library.id}-${(users += 1)}`)).at(-1)!;
}

/** What PHP's Socket and Ruby need of every answer. */
function assertReadable(answer: Answer): void {
  const head = answer.firstRead.indexOf('\r\n\r\n');
  assert.ok(head > 0 && head < 2_048, 'the first read has the whole head');
  assert.match(answer.firstRead, /^HTTP\/1\.1 \d{3} [A-Z]/);
  const body: unknown = JSON.parse(answer.body);
  assert.ok(typeof body === 'object' && body !== null && !Array.isArray(body));
  if (answer.status === 200) return;
  const { success, code, message, error } = body as Record<string, unknown>;
  assert.equal(success, false);
  for (const text of [code, message, error]) assert.ok(typeof text === 'string' && text !== '');
}

function assertGivenUp(library: Library, answer: Answer): void {
  const { is } = library.outcome(answer);
  const expected = STUBBORN[library.id]?.(answer.status) === true ? ['kept'] : ['dropped', 'unseen'];
  assert.ok(expected.includes(is), `${library.id} with ${answer.status} ${answer.body}: ${is}`);
}

function assertKept(library: Library, answer: Answer, retryAfterS: number): void {
  const outcome = library.outcome(answer);
  if (outcome.is === 'kept') {
    const afterS = PATIENT.includes(library.id) ? retryAfterS : null;
    assert.deepEqual(outcome, { is: 'kept', afterS }, library.id);
  } else {
    const expected = WITHOUT_QUEUE.includes(library.id) ? 'dropped' : 'unseen';
    assert.equal(outcome.is, expected, `${library.id} with ${answer.status} ${answer.body}`);
  }
}

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Short routes answer it with success (protocol section 1.4): nothing of it was a call that could be lost. */
  readonly isForgiven?: boolean;
  readonly libraries?: readonly Library[];
  readonly writeKey?: string;
  readonly wire: (request: LibraryRequest) => Wire;
}

function withHead({ head, ...wire }: Wire, change: (head: string) => string): Wire {
  return { ...wire, head: change(head) };
}

function withHeader(wire: Wire, line: string): Wire {
  return withHead(wire, (head) => head.replace('\r\n', `\r\n${line}\r\n`));
}

const isGzip = (library: Library): boolean =>
  /content-encoding: gzip/i.test(lastOf(library, 'http://localhost:1').wire('{}').head);

/** With what cannot be inflated from its tenth byte on, in the first chunk if there are any. */
function spoiled({ body, ...wire }: Wire): Wire {
  const bytes = Buffer.from(body);
  const start = bytes.indexOf(Buffer.from([0x1f, 0x8b])) + 10;
  return { ...wire, body: bytes.fill(0xff, start, start + 8) };
}

const SHORT_ROUTE = /^POST \/v1\/[a-z] /;

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'JSON that ends too early': {
    status: 400,
    code: 'malformed_json',
    isForgiven: true,
    wire: ({ wire, text }) => wire(text.trimEnd().slice(0, -1)),
  },
  'a body that is no object': {
    status: 400,
    code: 'not_an_object',
    isForgiven: true,
    wire: ({ wire }) => wire('[]'),
  },
  'a body that is too large': {
    status: 400,
    code: 'too_large',
    wire: ({ wire, text }) => wire(text.replace('{', `{"padding":"${'x'.repeat(600_000)}",`)),
  },
  'gzip that cannot be inflated': {
    status: 400,
    code: 'malformed_gzip',
    isForgiven: true,
    libraries: WITH_BODY.filter(isGzip),
    wire: ({ wire, text }) => spoiled(wire(text)),
  },
  'no write key': {
    status: 400,
    code: 'write_key_missing',
    isForgiven: true,
    writeKey: '',
    wire: ({ wire, text }) => wire(text),
  },
  'a path that is not there': { status: 404, code: 'not_found', wire: ({ wire, text }) => wire(text, '/v2/nothing') },
  'a method that is not taken': {
    status: 405,
    code: 'method_not_allowed',
    wire: ({ wire, text }) => withHead(wire(text), (head) => head.replace(/^POST/, 'DELETE')),
  },
  'headers that are too large': {
    status: 431,
    code: 'headers_too_large',
    wire: ({ wire, text }) => withHeader(wire(text), `X-Large: ${'x'.repeat(20_000)}`),
  },
  'what is no HTTP': {
    status: 400,
    code: 'malformed_request',
    wire: ({ wire, text }) => withHeader(wire(text), 'no header at all'),
  },
};

describe('a call that must never be sent again', () => {
  for (const [name, refusal] of Object.entries(REFUSALS)) {
    it(`is given up by every library that ever gives up, after ${name}`, async () => {
      for (const library of refusal.libraries ?? WITH_BODY) {
        const wire = refusal.wire(lastOf(library, gateway.url, refusal.writeKey));
        const answer = await exchangeOnce(gateway.url, wire);
        assertReadable(answer);
        if (refusal.isForgiven === true && SHORT_ROUTE.test(wire.head)) {
          assert.deepEqual([answer.status, library.outcome(answer).is], [200, 'delivered'], library.id);
        } else {
          assert.equal(answer.status, refusal.status, `${library.id}: ${answer.body}`);
          assert.match(answer.body, new RegExp(`"code":"[a-z_]*${refusal.code}"`), library.id);
          assertGivenUp(library, answer);
        }
      }
    });
  }
});

describe('a call that was accepted', () => {
  it('is answered in one read, as every library wants it', async () => {
    for (const library of WITH_BODY) {
      const request = lastOf(library, gateway.url);
      assertReadable(await exchangeOnce(gateway.url, request.wire(request.text)));
    }
  });
});

describe('a call that Sluice cannot take now', () => {
  let receiver: Receiver;
  before(async () => {
    receiver = await openReceiver();
  });
  after(async () => receiver.close());

  it('is kept by every library that has a queue, while the disk is full', async () => {
    using disk = openSmallDisk();
    const config = { storage: { reserve: disk.reserve }, sources: [{ id: 'app', writeKeys: ['wk_app'] }] };
    await using sluice = await SluiceProcess.start({ config, flags: ['--data-dir', disk.folder] });
    disk.leaveAboveReserve(0);
    await until503(sluice.url);
    for (const library of WITH_BODY) {
      const request = lastOf(library, sluice.url);
      const answer = await exchangeOnce(sluice.url, request.wire(request.text));
      assert.equal(answer.status, 503, `${library.id}: ${answer.body}`);
      assert.match(answer.body, /"code":"log_full"/);
      assertReadable(answer);
      assertKept(library, answer, 10);
    }
  });

  it('is kept by every library that has a queue, while Sluice stops', async () => {
    receiver.answer('hang');
    const config = {
      network: { allow: ['127.0.0.0/8'] },
      sources: [{ id: 'app', writeKeys: ['wk_app'] }],
      destinations: [{ id: 'hook', sources: ['app'], settings: { webhookUrl: receiver.url() } }],
    };
    await using sluice = await SluiceProcess.start({ config });
    const { url } = sluice;
    const request = lastOf(WITH_BODY[0]!, url);
    await exchangeOnce(url, request.wire(request.text));
    await receiver.count(1);
    const ended = sluice.terminate();
    await until503(url);
    for (const library of WITH_BODY) {
      const { wire, text } = lastOf(library, url);
      const answer = await exchangeOnce(url, wire(text));
      assert.match(answer.body, /"code":"shutting_down"/);
      assertReadable(answer);
      assertKept(library, answer, 1);
    }
    // Ends the attempt that Sluice waits for.
    await receiver.close();
    assert.equal(await ended, 0);
  });
});

/** Sends until it is refused: some calls may have been taken still. */
async function until503(url: string): Promise<void> {
  const library = WITH_BODY[0]!;
  for (let sent = 0; sent < 10_000; sent += 1) {
    const { wire, text } = lastOf(library, url);
    if ((await exchangeOnce(url, wire(text))).status === 503) return;
  }
  assert.fail('it takes calls still');
}

describe('an answer that Sluice never gives', () => {
  const answered = (status: number, body: string): Answer => ({
    status,
    body,
    headers: new Map(),
    firstRead: `HTTP/1.1 ${status} Whatever\r\n\r\n${body}`,
  });
  const made = (answer: Answer): Readonly<Record<string, string>> =>
    Object.fromEntries(LIBRARY_FIXTURES.map(({ id, outcome }) => [id, outcome(answer).is]));

  it('is another 2xx than 200: it is sent again, and by PHP without an end', () => {
    const { 'php-libcurl': libCurl, 'php-socket': socket, dotnet, cpp } = made(answered(204, ''));
    assert.deepEqual([libCurl, socket, dotnet, cpp], ['loops', 'kept', 'dropped', 'dropped']);
    assert.equal(made(answered(204, ''))['python-2.3.4'], 'kept');
  });

  it('is a redirection: some take it for a success', () => {
    const outcomes = made(answered(302, '{}'));
    assert.deepEqual(
      [outcomes['go-next'], outcomes['edge'], outcomes['php-libcurl']],
      ['delivered', 'delivered', 'loops'],
    );
  });

  it('is an error in HTML or without a code: Ruby and Python send the call again', () => {
    assert.equal(made(answered(400, '<html>'))['ruby'], 'kept');
    assert.equal(made(answered(400, '{"error":"no"}'))['python-2.3.4'], 'kept');
  });

  it('is a success that says nothing: Java and Ruby do not believe it', () => {
    const outcomes = made(answered(200, ''));
    assert.deepEqual(
      [outcomes['java-3.5.4'], outcomes['java-3.5.5'], outcomes['ruby']],
      ['dropped', 'dropped', 'kept'],
    );
  });
});
