import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anySource } from '../../test/support/arbitrary-workspace.ts';
import { makeSource, type Source } from '../domain/source.ts';
import type { Checked } from './checked.ts';
import { checkedNewSource, checkedSource } from './checked-source.ts';
import { shownSource } from './shown-forms.ts';

const isApiToken = (text: string): boolean => text === 'the-operators-token';

function made(given: unknown): Checked<Source> {
  return checkedNewSource(given, { id: 'src_1', writeKey: 'wk_made', isApiToken });
}

function changed(patch: unknown, current: Source): Checked<Source> {
  return checkedSource(patch, { current, isApiToken });
}

const web = makeSource({ id: 'web', name: 'Web', writeKeys: ['a', 'b'], keyNames: { b: 'shop' }, kind: 'web' });

describe('a new source', () => {
  it('needs nothing, and has id and key from here', () => {
    const source = makeSource({ id: 'src_1', writeKeys: ['wk_made'], origin: 'api' });
    assert.deepEqual(made({}), { value: source });
  });

  it('takes keys that are given, with names or without', () => {
    const writeKeys = ['a', { key: 'b', name: 'shop' }, { key: 'c' }];
    assert.deepEqual(made({ name: 'Web', writeKeys }), {
      value: makeSource({
        ...{ id: 'src_1', name: 'Web', origin: 'api', writeKeys: ['a', 'b', 'c'], keyNames: { b: 'shop' } },
      }),
    });
  });

  it('is refused with all that is wrong with it', () => {
    const writeKeys = ['a', 'a b', 'a', 'the-operators-token', { key: 'a', nam: 'x' }, 5];
    assert.deepEqual(made({ id: 'x', kind: 'webb', enabled: 'yes', writeKeys }), {
      problems: [
        { path: 'enabled', message: 'must be `true` or `false`' },
        { path: 'writeKeys[1]', message: 'must be 1 to 256 visible ASCII characters, without spaces and `:`' },
        { path: 'writeKeys[4].nam', message: 'unknown key `nam`; did you mean `name`?' },
        { path: 'writeKeys[5]', message: 'must be a text, or a mapping with `key` and `name`' },
        { path: 'kind', message: 'must be one of `web`, `mobile`, `server`; did you mean `web`?' },
        { path: 'id', message: 'is made here; leave it out' },
        { path: 'writeKeys[2]', message: 'this write key is there twice' },
        { path: 'writeKeys[4].key', message: 'this write key is there twice' },
        { path: 'writeKeys[3]', message: 'is an API token; choose another' },
      ],
    });
  });
});

describe('a patch of a source', () => {
  it('changes what it says, and resets what it says is null', () => {
    assert.deepEqual(changed({ name: null, kind: null, enabled: false }, web), {
      value: { ...web, name: 'web', kind: null, enabled: false },
    });
  });

  it('may be what was shown, and then changes nothing', () => {
    fc.assert(
      fc.property(anySource, (source) => {
        assert.deepEqual(changed(shownSource(source), source), { value: source });
        assert.deepEqual(changed({}, source), { value: source });
      }),
    );
  });

  it('replaces the list of keys as a whole, and cannot empty it', () => {
    assert.deepEqual(changed({ writeKeys: ['c'] }, web), { value: { ...web, writeKeys: ['c'], keyNames: {} } });
    assert.deepEqual(changed({ writeKeys: [] }, web), {
      problems: [{ path: 'writeKeys', message: 'must have at least 1 entry' }],
    });
  });
});
