import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeSource } from './source.ts';
import { makeWorkspace } from './workspace.ts';

const website = makeSource({ id: 'website', name: 'Website', writeKeys: ['wk_1', 'wk_2'] });
const app = makeSource({ id: 'app', name: 'App', enabled: false, writeKeys: ['__proto__'] });
const silent = makeSource({ id: 'silent', name: 'Silent', writeKeys: [] });

describe('a workspace', () => {
  it('finds a source by each of its write keys, a disabled one too', () => {
    const { sourceByWriteKey } = makeWorkspace(3, [website, app, silent], []);
    assert.deepEqual(
      [...sourceByWriteKey],
      [
        ['wk_1', website],
        ['wk_2', website],
        ['__proto__', app],
      ],
    );
  });

  it('finds nothing by a key that no source has', () => {
    const { sourceByWriteKey } = makeWorkspace(1, [website], []);
    for (const key of ['wk_3', 'WK_1', '', 'website', 'constructor'])
      assert.equal(sourceByWriteKey.get(key), undefined);
  });

  it('has the version, sources and destinations that it is made of', () => {
    const workspace = makeWorkspace(3, [website], []);
    assert.deepEqual([workspace.version, workspace.sources, workspace.destinations], [3, [website], []]);
  });
});
