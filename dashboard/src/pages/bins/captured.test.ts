import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerWords, bytesOf, type Captured, hexOf, merged, pathBelow } from './captured.ts';

const captured = (order: number, more: Partial<Captured> = {}): Captured => ({
  ...{ id: `req_${order}`, method: 'POST', path: '/bins/b', headers: {}, rawHeaders: [], from: null, body: 'x' },
  ...{ bodyBase64: null, bytes: 1, at: '2026-01-01T00:00:00.000Z', answer: 200, answeredMs: 1, gaveUp: false },
  ...more,
});

describe('Requests of a bin', () => {
  it('are each there once, newest first, with what is known best', () => {
    const listed = [captured(9, { answeredMs: null }), captured(8)];
    const came = [captured(10), captured(9, { answeredMs: 5, gaveUp: true, body: null })];
    const found = merged(listed, came);
    assert.deepEqual(
      found.map(({ id, body, answeredMs, gaveUp }) => [id, body, answeredMs, gaveUp]),
      [
        ['req_10', 'x', 1, false],
        ['req_9', 'x', 5, true],
        ['req_8', 'x', 1, false],
      ],
    );
    const many = Array.from({ length: 501 }, (_, order) => captured(order));
    assert.deepEqual([merged(many, []).length, merged(many, [])[0]?.id], [500, 'req_500']);
  });

  it('have their bytes, whatever they are', () => {
    assert.deepEqual(bytesOf(captured(1, { body: 'é' })), new Uint8Array([0xc3, 0xa9]));
    assert.deepEqual(bytesOf(captured(1, { body: '\ufffd', bodyBase64: '/w==' })), new Uint8Array([0xff]));
    assert.equal(bytesOf(captured(1, { body: null })), null);
    assert.equal(hexOf(new TextEncoder().encode('Hi\n')), `000000  48 69 0a${' '.repeat(39)}  Hi.`);
  });

  it('say what became of them', () => {
    const words = (more: Partial<Captured>): string => answerWords(captured(1, more)).words;
    assert.equal(words({}), 'answered 200 in 1 ms');
    assert.equal(words({ answeredMs: null }), 'waits for 200');
    assert.equal(words({ answer: 'hang', answeredMs: null }), 'is left hanging');
    assert.equal(words({ answer: 'hang', answeredMs: 5_000, gaveUp: true }), 'its sender gave up after 5 s');
    assert.equal(words({ answer: 'reset' }), 'was reset after 1 ms');
  });

  it('have the path below the bin', () => {
    assert.equal(pathBelow(captured(1), 'b'), '/');
    assert.equal(pathBelow(captured(1, { path: '/Bins/b/c?d' }), 'b'), '/c?d');
  });
});
