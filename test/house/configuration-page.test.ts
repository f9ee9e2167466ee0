import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configurationPage } from '../../scripts/configuration-page.ts';
import { readConfigText } from '../../src/config/config-file.ts';

describe('the page on configuration', () => {
  it('describes every setting', () => {
    const settings = [...configurationPage().matchAll(/^- `(?<path>[^`]+)`: .+?; .+?\. (?<text>.+)$/gm)];
    // Before the first section of a setting, lists are prose.
    const listed = [
      ...configurationPage()
        .replace(/^.*?(?=^## `)/ms, '')
        .matchAll(/^- /gm),
    ];
    assert.ok(settings.length > 20);
    assert.equal(settings.length, listed.length);
  });

  it('has examples that are right', () => {
    const examples = [...configurationPage().matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    assert.ok(examples.length > 0);
    const options = { name: 'example', folder: '.', environment: { CRM_SECRET: 's', TEAM_TOKEN: 't' } };
    for (const example of examples) assert.deepEqual(readConfigText(example, options).mistakes, []);
  });
});
