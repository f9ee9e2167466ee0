import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ATTEMPT_ERRORS } from '../../src/domain/attempt.ts';
import { STATUS_ADVICE } from '../../src/domain/status-advice.ts';

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const section = /^## Why an attempt failed\n(.*?)^## /ms.exec(page)?.[1] ?? '';

/** The cells of each row whose first one is code, by that. */
function rowsWith(key: RegExp): Readonly<Record<string, readonly string[]>> {
  const rows = section.split('\n').flatMap((line) => {
    const [, first = '', ...cells] = line.split('|').map((cell) => cell.trim());
    const name = /^`(.+)`$/.exec(first)?.[1] ?? '';
    return key.test(name) ? [[name, cells.slice(0, -1)] as const] : [];
  });
  return Object.fromEntries(rows);
}

describe('the page on webhooks', () => {
  it('says of every error that an attempt can have, and of no other, what the code says', () => {
    const expected = Object.entries(ATTEMPT_ERRORS).map(([code, { meaning, advice, rejected }]) => {
      return [code, [meaning, advice, rejected ? 'no' : 'yes']] as const;
    });
    assert.deepEqual(rowsWith(/^[a-z_]+$/), Object.fromEntries(expected));
  });
  it('says of every status that is explained, and of no other, what the code says', () => {
    const expected = Object.entries(STATUS_ADVICE).map(([status, { meaning, advice }]) => [status, [meaning, advice]]);
    assert.deepEqual(rowsWith(/^\d/), Object.fromEntries(expected));
  });
});
