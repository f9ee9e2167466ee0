import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configurationPage } from '../../scripts/configuration-page.ts';
import { parseConfig } from '../../src/config/load.ts';

describe('the page on configuration', () => {
  it('describes every setting', () => {
    const settings = [...configurationPage().matchAll(/^- `(?<path>[^`]+)`: .+?; .+?\. (?<text>.+)$/gm)];
    const listed = [...configurationPage().matchAll(/^- /gm)];
    assert.ok(settings.length > 20);
    assert.equal(settings.length, listed.length);
  });

  it('has examples that are right', () => {
    const examples = [...configurationPage().matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    assert.ok(examples.length > 0);
    for (const example of examples) assert.ok(parseConfig(example, 'example').destinations.length > 0);
  });
});
