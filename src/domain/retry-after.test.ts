import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retryAfterMs } from './retry-after.ts';

const HOUR_MS = 60 * 60 * 1000;
/** A quarter of a second before what the examples of RFC 9110 name. */
const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 36, 750);

function waitFor(value: string, status = 503, nowMs = NOW_MS): number | null {
  return retryAfterMs({ 'retry-after': value }, status, nowMs);
}

describe('the wait that an endpoint asks for', () => {
  for (const [value, waitMs] of [
    ['7', 7_000],
    ['0', 0],
    [' 120 ', 120_000],
    ['3600', HOUR_MS],
  ] as const) {
    it(`is ${waitMs} ms for ${JSON.stringify(value)}`, () => {
      assert.equal(waitFor(value), waitMs);
    });
  }
  for (const value of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
    it(`lasts until ${value}`, () => {
      assert.equal(waitFor(value), 250);
    });
  }
  it('is none for a time that is past', () => {
    assert.equal(waitFor('Sun, 06 Nov 1994 08:49:37 GMT', 503, NOW_MS + HOUR_MS), 0);
  });
  for (const [what, value] of [
    ['ten years', '315360000'],
    ['a number without end', '9'.repeat(400)],
    ['a time ten years away', 'Sat, 06 Nov 2004 08:49:37 GMT'],
  ] as const) {
    it(`is cut to an hour for ${what}`, () => {
      assert.equal(waitFor(value), HOUR_MS);
    });
  }
  for (const value of [
    ...['', '-1', '+1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', 'soon', '7, 7', '7;', '７'],
    ...['1994-11-06T08:49:37Z', 'Sun, 06 Nov 1994 08:49:37', 'Sun, 99 Nov 1994 08:49:37 GMT', 'Nov 6'],
  ]) {
    it(`is not known from ${JSON.stringify(value)}`, () => {
      assert.equal(waitFor(value), null);
    });
  }
  for (const status of [429, 503]) {
    it(`is heard of a ${status}`, () => {
      assert.equal(waitFor('7', status), 7_000);
    });
  }
  for (const status of [200, 301, 400, 413, 500, 502, 504]) {
    it(`is not heard of a ${status}`, () => {
      assert.equal(waitFor('7', status), null);
    });
  }
  it('is not known where nothing was said', () => {
    assert.equal(retryAfterMs({}, 503, NOW_MS), null);
  });
});
