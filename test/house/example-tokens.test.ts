import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isGuessable } from '../../src/domain/guessable.ts';

const root = join(import.meta.dirname, '../..');
/** Where a page has the token of operators written out, and not taken from a file or a variable. */
const TOKEN = /(?:SLUICE_ADMIN_TOKEN[=:]\s*|Bearer |admin: \{ token: |^admin:\n\s+token: )['"]?([\w.-]{16,256})/gm;

describe('a token in an example', () => {
  it('is refused by `serve`, so that nobody runs with it', () => {
    const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**', 'src/config/minimal.ts'], { cwd: root });
    assert.ok(pages.length > 10);
    for (const page of pages.filter((path) => /\.\w+$/.test(path))) {
      const text = readFileSync(join(root, page), 'utf8');
      for (const [, token = ''] of text.matchAll(TOKEN)) assert.ok(isGuessable(token), `${page}: ${token}`);
    }
  });
});
