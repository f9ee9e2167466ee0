import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ATTEMPT_ERRORS } from '../../src/domain/attempt.ts';

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const table = page.slice(page.indexOf('## Why an attempt failed'));
const rows = [...table.matchAll(/^\| `(\w+)`\s*\| (.+?)\s*\| (yes|no)\s*\|$/gm)];
const documented = new Map(rows.map(([, code = '', meaning = '', retried]) => [code, { meaning, retried }]));

describe('the page on webhooks', () => {
  it('explains every error that an attempt can have, and no other', () => {
    assert.deepEqual([...documented.keys()].sort(), Object.keys(ATTEMPT_ERRORS).sort());
  });

  for (const [code, { meaning, rejected }] of Object.entries(ATTEMPT_ERRORS)) {
    it(`says of ${code} what the code says, and whether it is retried`, () => {
      const row = documented.get(code);
      // The first words, in the page's way of putting a condition into a sentence.
      const words = meaning.split(/[,;(]/)[0]?.split(' and ')[0] ?? '';
      assert.ok(row !== undefined);
      assert.ok(row.meaning.startsWith(words), `${row.meaning} begins with ${words}`);
      assert.equal(row.retried, rejected ? 'no' : 'yes');
    });
  }
});
