import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { responseHeaderBytesMax } from '../../domain/limits.ts';
import { BadResponse, HeadReader, type ResponseHead } from './response-head.ts';
import { ResponseReader } from './response-reader.ts';

interface ReadResponse {
  readonly head: ResponseHead | null;
  readonly body: string;
  /** Bytes behind the end. */
  readonly more: number;
  readonly isWhole: boolean;
  readonly endsWithConnection: boolean;
}

/** What a reader makes of this, when it comes in parts of these lengths, over and over. */
function read(text: string, lengths: readonly number[] = [text.length]): ReadResponse {
  let body = '';
  let head: ResponseHead | null = null;
  const reader = new ResponseReader(new HeadReader(), {
    onHead: (given) => (head = given),
    onBody: (bytes) => (body += bytes.toString('latin1')),
  });
  reader.begin();
  let more = 0;
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0, part = 0; at < bytes.length; part += 1) {
    const end = at + (lengths[part % lengths.length] ?? 1);
    // A buffer that is written over afterwards, as that of a socket may be.
    const chunk = Buffer.from(bytes.subarray(at, end));
    more += reader.isWhole ? chunk.length : reader.push(chunk);
    chunk.fill('#');
    at = end;
  }
  return { head, body, more, isWhole: reader.isWhole, endsWithConnection: reader.endsWithConnection };
}

const OK = 'HTTP/1.1 200 OK\r\n';
const RESPONSES: readonly (readonly [what: string, text: string, body: string, more: number])[] = [
  ['with a length', `${OK}Content-Length: 5\r\n\r\nhello`, 'hello', 0],
  ['with a length of nothing', `${OK}Content-Length: 0\r\n\r\n`, '', 0],
  ['with something behind it', `${OK}Content-Length: 2\r\n\r\nokmore`, 'ok', 4],
  [
    'in chunks',
    `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x="y"\r\n0123456789\r\n0\r\n\r\n`,
    'hello0123456789',
    0,
  ],
  [
    'in chunks with trailers',
    `${OK}Transfer-Encoding: Chunked\r\n\r\n1 \r\nx\r\n00\r\nX-A: 1\r\nX-B: 2\r\n\r\nz`,
    'x',
    1,
  ],
  ['in coded chunks', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n\r\n\r\n0\r\n\r\n`, '\r\n', 0],
  ['without a body, whatever it says', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', '', 0],
  [
    'behind interim ones',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nLink: </x>\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
    'x',
    0,
  ],
];

describe('a response', () => {
  for (const [what, text, body, more] of RESPONSES) {
    it(`${what} is read the same, in whatever parts it comes`, () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), (lengths) => {
          const found = read(text, lengths);
          assert.deepEqual([found.body, found.more, found.isWhole], [body, more, true]);
        }),
      );
    });
  }
  it('without a length ends with its connection', () => {
    const { body, isWhole, endsWithConnection, head } = read(`${OK}\r\nall of it`, [3]);
    assert.deepEqual([body, isWhole, endsWithConnection, head?.isPersistent], ['all of it', false, true, false]);
  });
  for (const [what, chunk] of [
    ['no size', '\r\n'],
    ['a size that is no number', 'xyz\r\n'],
    ['a size with a sign', '-1\r\n'],
    ['a size beyond every number', 'fffffffffffffffff\r\n'],
    ['no end', '1\r\nxx\r\n'],
    ['a line without end', `1;${'x'.repeat(responseHeaderBytesMax)}`],
  ] as const) {
    it(`is refused for a chunk with ${what}`, () => {
      for (const lengths of [[10_000_000], [7]])
        assert.throws(() => read(`${OK}Transfer-Encoding: chunked\r\n\r\n${chunk}`, lengths), BadResponse);
    });
  }
  for (const [what, beginning] of [
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['HTTP/2', '\0\0\x12\x04\0\0'],
    ['an empty line', '\r\n\r\n'],
    ['headers without end', `${OK}X-A: ${'x'.repeat(responseHeaderBytesMax)}`],
  ] as const) {
    it(`is refused as soon as it is ${what}`, () => {
      for (const lengths of [[10_000_000], [7]]) assert.throws(() => read(beginning, lengths), BadResponse);
    });
  }
});

/** The head of a response with these lines. */
function headOf(...lines: readonly string[]): ResponseHead {
  return new HeadReader().read(lines.join('\r\n'));
}

describe('the head of a response', () => {
  it('has its headers in lower case, without the spaces around them, and repeated ones joined', () => {
    const { status, headers } = headOf(
      'HTTP/1.1 299',
      'X-A:\t 1 \t',
      'x-a: 2',
      'X-Empty:',
      '__proto__: x',
      'X-L: \xfc',
    );
    assert.equal(status, 299);
    assert.deepEqual(Object.entries(headers), [
      ['x-a', '1, 2'],
      ['x-empty', ''],
      ['__proto__', 'x'],
      ['x-l', '\xfc'],
    ]);
  });
  it('may have a value that goes on in the next line', () => {
    assert.equal(headOf('HTTP/1.1 200 OK', 'X-A: one', '  two').headers['x-a'], 'one two');
  });
  for (const [what, lines, expected] of [
    ['stays', ['HTTP/1.1 200 OK', 'Content-Length: 1'], true],
    ['is about to end', ['HTTP/1.1 200 OK', 'Content-Length: 1', 'Connection: x, Close'], false],
    ['is one of HTTP/1.0', ['HTTP/1.0 200 OK', 'Content-Length: 1'], false],
    ['is one of HTTP/1.0 that stays', ['HTTP/1.0 200 OK', 'Content-Length: 1', 'Connection: Keep-Alive'], true],
    ['is the only end of the body', ['HTTP/1.1 200 OK'], false],
  ] as const) {
    it(`says whether the connection ${what}`, () => {
      assert.equal(headOf(...lines).isPersistent, expected);
    });
  }
  it('says how long an idle connection is kept', () => {
    const kept = (value: string): number | null => headOf('HTTP/1.1 200 OK', `Keep-Alive: ${value}`).keepAliveMs;
    assert.deepEqual(['timeout=5', 'max=3, timeout=72', 'max=3', 'timeout=x'].map(kept), [5_000, 72_000, null, null]);
  });
  for (const [what, ...lines] of [
    ['no status', 'HTTP/1.1 OK'],
    ['a status of two digits', 'HTTP/1.1 20 OK'],
    ['a control character in its reason', 'HTTP/1.1 200 O\x01K'],
    ['a line that is no header', 'HTTP/1.1 200 OK', 'no header'],
    ['a header without a name', 'HTTP/1.1 200 OK', ': x'],
    ['a space behind a name', 'HTTP/1.1 200 OK', 'X-A : x'],
    ['a line break in a value', 'HTTP/1.1 200 OK', 'X-A: x\ny'],
    ['a null in a value', 'HTTP/1.1 200 OK', 'X-A: x\0y'],
    ['a continued line that continues nothing', 'HTTP/1.1 200 OK', ' x'],
    ['two lengths', 'HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 1'],
    ['a length that is no number', 'HTTP/1.1 200 OK', 'Content-Length: +1'],
    ['a length beside chunks', 'HTTP/1.1 200 OK', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols', 'Upgrade: x'],
  ] as const) {
    it(`is refused for ${what}`, () => {
      assert.throws(() => headOf(...lines), BadResponse);
    });
  }
  it('is read again where it differs, and only there', () => {
    const heads = new HeadReader();
    const [one, other] = ['HTTP/1.1 200 OK\r\nDate: 1', 'HTTP/1.1 200 OK\r\nDate: 2'];
    assert.equal(heads.read(one), heads.read(one));
    assert.equal(heads.read(other).headers.date, '2');
    assert.equal(heads.read(one).headers.date, '1');
  });
});
