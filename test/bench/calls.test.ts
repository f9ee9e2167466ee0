import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readStamps, renderCall, stamp } from '../../bench/calls.ts';
import { HttpMessages } from '../../bench/http-messages.ts';

const url = new URL('http://127.0.0.1:8080');

describe('a rendered call', () => {
  for (const eventsPerCall of [1, 100]) {
    it(`carries number and time of each of its ${eventsPerCall} event(s), however often it is stamped`, () => {
      const call = renderCall(url, 'wk', eventsPerCall);
      for (const [first, sentUs] of [
        [0, 1],
        [1_234_567_000, 123_456_789_012_345],
        [7, 42],
      ] as const) {
        stamp(call, first, sentUs);
        const expected = Array.from({ length: eventsPerCall }, (_, index) => [first + index, sentUs]);
        assert.deepEqual(stampsIn(call.bytes), expected);
      }
    });

    it(`is one HTTP request whose JSON body holds ${eventsPerCall} event(s)`, () => {
      const call = renderCall(url, 'wk', eventsPerCall);
      const bodies: string[] = [];
      new HttpMessages().push(call.bytes, (message, bodyAt) => bodies.push(message.toString('utf8', bodyAt)));
      assert.equal(bodies.length, 1);
      const body = JSON.parse(bodies[0]!) as { batch?: unknown[]; messageId?: string };
      assert.equal(body.batch?.length ?? 1, eventsPerCall);
      assert.match(JSON.stringify(body), /"messageId":"bench-\d{10}-\d{15}"/);
    });
  }
});

function stampsIn(bytes: Buffer): number[][] {
  const stamps: number[][] = [];
  readStamps(bytes, 0, (number, sentUs) => stamps.push([number, sentUs]));
  return stamps;
}
