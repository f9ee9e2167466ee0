import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ALERT_KINDS } from '../../src/domain/alert.ts';

const page = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');

describe('the page on alerts', () => {
  it('has a section for every kind, and for no other, with an example and what to do', () => {
    const sections = page.split(/^### /m).slice(1);
    assert.deepEqual(
      sections.map((section) => /^`(.+)`$/m.exec(section)?.[1]),
      [...ALERT_KINDS],
    );
    for (const section of sections) assert.match(section, /\n> .+\n[^]*\n\*\*What to do\.\*\* /);
  });
});
