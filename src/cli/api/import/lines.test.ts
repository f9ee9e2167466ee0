import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineReader, lineBytesMax } from './lines.ts';

/** A text in pieces of so many bytes. */
async function* pieces(text: string, bytes: number): AsyncGenerator<Buffer, void> {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length; at += bytes) yield Promise.resolve(whole.subarray(at, at + bytes));
}

/** All lines, and the digest behind each. */
async function read(text: string, bytes = 7) {
  const reader = new LineReader(pieces(text, bytes));
  const lines: (string | null)[] = [];
  const digests = [reader.digest()];
  for (let hasMore = true; hasMore;) {
    const line = reader.take();
    if (line === null) {
      hasMore = await reader.more();
      continue;
    }
    assert.equal(line.number, lines.length + 1);
    lines.push(line.bytes?.toString() ?? null);
    assert.equal(reader.digest(), digests.at(-1), 'it counts when it is passed');
    reader.pass();
    digests.push(reader.digest());
  }
  return { lines, digests, first: reader.first };
}

describe('lines of a file', () => {
  it('are the same in whatever pieces it is read, and so is the digest of each beginning', async () => {
    const text = 'one\r\n\ntwo äöü\n{"three":3}\n';
    const whole = await read(text, 1_000);
    assert.deepEqual(whole.lines, ['one\r', '', 'two äöü', '{"three":3}']);
    for (const bytes of [1, 2, 3, 5, 11]) assert.deepEqual(await read(text, bytes), whole);
    assert.equal(new Set(whole.digests).size, 5);
    assert.equal(whole.first, whole.digests[1]);
  });

  it('may lack the end of the last one, which is the same line with it', async () => {
    assert.deepEqual(await read('one\ntwo'), await read('one\ntwo\n'));
    assert.deepEqual((await read('')).lines, []);
  });

  it('are not kept where they are too long, and told apart all the same', async () => {
    const long = 'x'.repeat(lineBytesMax + 1);
    for (const bytes of [1_000, 64 * 1024, 1024 * 1024]) {
      const { lines, digests } = await read(`a\n${long}\nb\n${long}`, bytes);
      assert.deepEqual(lines, ['a', null, 'b', null]);
      assert.notEqual(digests[2], (await read(`a\n${long}x\nb`, bytes)).digests[2]);
    }
    assert.equal((await read('x'.repeat(lineBytesMax))).lines[0]?.length, lineBytesMax);
  });
});
