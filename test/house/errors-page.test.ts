import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ERRORS } from '../../src/domain/errors.ts';
import { REFUSALS } from '../../src/domain/refusal.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

describe('the page on errors', () => {
  it('explains every error of the catalogue with its status, and no other', () => {
    const explained = [...page.matchAll(/^### `(\w+)` \((\d+)\)\n\n\S/gm)].map(
      ([, code, status]) => `${code} ${status}`,
    );
    const catalogue = Object.entries(ERRORS).map(([code, { status }]) => `${code} ${status}`);
    assert.deepEqual(explained.toSorted(), catalogue.toSorted());
  });

  it('has every reason for which a call is not accepted, in the words of the catalogue, and no other', () => {
    const rows = [...page.matchAll(/^\| `(\w+)`\s*\| (.+?)\s*\|$/gm)].map(([, reason, why]) => [reason, why]);
    assert.deepEqual(Object.fromEntries(rows), REFUSALS);
  });
});
