import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { nowUs } from '../../bench/calls.ts';
import { LateAnswers } from '../../bench/late-answers.ts';

const AFTER_MS = 30;

describe('late answers', () => {
  it('go out after the time that was asked for, in the order of their requests', async () => {
    const late = new LateAnswers('OK');
    late.afterMs = AFTER_MS;
    const beganUs = nowUs();
    const written: string[] = [];
    await new Promise<void>((resolve) => {
      for (const name of ['first', 'second', 'third'])
        late.add(
          socketOf((text) => {
            if (written.push(`${name} ${text}`) === 3) resolve();
          }),
          nowUs(),
        );
    });
    assert.deepEqual(written, ['first OK', 'second OK', 'third OK']);
    // Half a millisecond early is due.
    assert.ok(nowUs() - beganUs >= (AFTER_MS - 0.5) * 1_000);
    assert.ok(late.meanMs >= AFTER_MS - 0.5, `${late.meanMs} ms`);
  });

  it('are not asked for unless a time is set', () => {
    const late = new LateAnswers('OK');
    assert.equal(late.areAsked, false);
    late.afterMs = AFTER_MS;
    assert.equal(late.areAsked, true);
    late.afterMs = 0;
    assert.equal(late.areAsked, false);
  });
});

/** What alone is asked of a socket. */
function socketOf(write: (text: string) => void): Socket {
  return { write } as unknown as Socket;
}
