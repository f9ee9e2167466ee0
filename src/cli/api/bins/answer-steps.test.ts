import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stepIn, stepText } from './answer-steps.ts';

describe("a step of a bin's script, as a word", () => {
  for (const [word, step] of [
    ['503*2', { status: 503, times: 2 }],
    ['200', { status: 200 }],
    ['200+3s', { status: 200, delayMs: 3_000 }],
    ['429+250ms*10', { status: 429, delayMs: 250, times: 10 }],
    ['hang', { hang: true }],
    ['reset*1', { reset: true, times: 1 }],
    ['again', { again: true }],
  ] as const) {
    it(`is ${word}, there and back`, () => {
      assert.deepEqual(stepIn(word), step);
      assert.equal(stepText(step), word);
    });
  }

  for (const word of ['', '99', '2000', 'slow', '200*0', '200*-1', '200+3', '503x2', 'hang+']) {
    it(`is not ${JSON.stringify(word)}`, () => {
      assert.throws(() => stepIn(word), /is none/);
    });
  }

  it('names what a word cannot say', () => {
    assert.equal(stepText({ status: 500, rate: 0.3, body: 'x' }), '500 (with a chance of 0.3, a body)');
  });
});
