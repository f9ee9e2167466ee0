import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PAGES } from '../../scripts/write-docs.ts';

describe('a page that is written from code', () => {
  for (const { path, written } of PAGES) {
    it(`is up to date: ${path} (bin/node scripts/write-docs.ts writes it)`, () => {
      const now = readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
      assert.equal(now, written(now));
    });
  }
});
