import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerOf, type BinStep, isForbiddenInAnswer, stepProblems } from './bin-script.ts';

/** What each of the first so many requests is answered, in a word. */
function answers(script: readonly BinStep[], count: number, chance = 0): readonly (number | string)[] {
  return Array.from({ length: count }, (_, number) => {
    const answer = answerOf(script, number, chance);
    return answer.kind === 'answer' ? answer.status : answer.kind;
  });
}

describe('the script of a request bin', () => {
  it('is 200 at once when there is none', () => {
    const body = '{"success":true}';
    assert.deepEqual(answerOf([], 7, 0), { kind: 'answer', status: 200, headers: {}, body, delayMs: 0 });
  });

  it('goes on with its last step for ever', () => {
    assert.deepEqual(answers([{ status: 503, times: 2 }, { status: 201 }], 5), [503, 503, 201, 201, 201]);
    assert.deepEqual(answers([{ hang: true }], 3), ['hang', 'hang', 'hang']);
    assert.deepEqual(answers([{ status: 500 }, { status: 410 }], 3), [500, 410, 410]);
  });

  it('goes back to 200 when its last step is through', () => {
    assert.deepEqual(answers([{ status: 503, times: 2 }], 4), [503, 503, 200, 200]);
  });

  it('begins again where it says so', () => {
    const everyOther: BinStep[] = [{ reset: true }, { status: 200 }, { again: true }];
    assert.deepEqual(answers(everyOther, 5), ['reset', 200, 'reset', 200, 'reset']);
    assert.deepEqual(answers([{ status: 500, times: 2 }, { again: true }], 5), [500, 500, 500, 500, 500]);
  });

  it('answers so by chance, and those that it lets pass count as well', () => {
    const script: BinStep[] = [{ status: 500, rate: 0.3, times: 2 }, { status: 202 }];
    assert.deepEqual(answers(script, 3, 0.29), [500, 500, 202]);
    assert.deepEqual(answers(script, 3, 0.3), [200, 200, 202]);
    assert.deepEqual(answers([{ status: 500, rate: 0 }], 1, 0), [200]);
  });

  it('has what an answer is made of', () => {
    const step: BinStep = { status: 429, headers: { 'Retry-After': '2' }, delayMs: 3_000 };
    assert.deepEqual(answerOf([step], 0, 0), { kind: 'answer', body: '', ...step });
    assert.deepEqual(answerOf([{ reset: true, delayMs: 5 }], 0, 0), { kind: 'reset', delayMs: 5 });
  });
});

describe('a step of a script', () => {
  it('is one thing, with what belongs to it', () => {
    for (const step of [{ status: 200, body: '', headers: {}, rate: 1 }, { hang: true, times: 2 }, { again: true }])
      assert.deepEqual(stepProblems(step as BinStep), []);
    for (const step of [{}, { times: 2 }, { status: 200, hang: true }, { hang: true, reset: true }])
      assert.deepEqual(
        stepProblems(step as BinStep).map(({ key }) => key),
        [''],
      );
    const odd = { hang: true, body: 'x', delayMs: 1 } as const;
    assert.deepEqual(
      stepProblems(odd).map(({ key }) => key),
      ['body', 'delayMs'],
    );
  });

  it('cannot have the answer speak for the rest of its server', () => {
    for (const name of ['Set-Cookie', 'content-length', 'Clear-Site-Data']) assert.ok(isForbiddenInAnswer(name));
    for (const name of ['Retry-After', 'Content-Type', 'Location']) assert.ok(!isForbiddenInAnswer(name));
  });
});
