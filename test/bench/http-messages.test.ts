import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpMessages } from '../../bench/http-messages.ts';

const FIRST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello';
const SECOND = 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n';
const THIRD = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('HttpMessages', () => {
  it('cuts a stream into its messages wherever the chunks end', () => {
    const stream = Buffer.from(FIRST + SECOND + THIRD);
    for (let size = 1; size <= stream.length; size++) {
      const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
        stream.subarray(index * size, (index + 1) * size),
      );
      assert.deepEqual(messagesOf(chunks), [FIRST, SECOND, THIRD], `in chunks of ${size}`);
    }
  });

  it('says where the body begins', () => {
    new HttpMessages().push(Buffer.from(FIRST), (message, bodyAt) => {
      assert.equal(message.toString('latin1', bodyAt), 'hello');
    });
  });

  it('refuses a chunked body, which it would miscount', () => {
    const chunked = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
    assert.throws(() => messagesOf([chunked]), /without Content-Length/);
  });
});

function messagesOf(chunks: readonly Buffer[]): string[] {
  const messages = new HttpMessages();
  const found: string[] = [];
  for (const chunk of chunks) messages.push(chunk, (message) => found.push(message.toString()));
  return found;
}
