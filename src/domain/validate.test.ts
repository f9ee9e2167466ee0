import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALL_TYPES } from './event.ts';
import type { CallType } from './event.ts';
import { mistakeIn } from './validate.ts';

/** The least that each type needs. */
const LEAST: Readonly<Record<CallType, Readonly<Record<string, unknown>>>> = {
  identify: { userId: 'u' },
  track: { userId: 'u', event: 'Bought' },
  page: { userId: 'u' },
  screen: { userId: 'u' },
  group: { userId: 'u', groupId: 'g' },
  alias: { userId: 'u', previousId: 'p' },
};

describe('mistakeIn', () => {
  for (const type of CALL_TYPES) {
    it(`finds none in the least ${type} call`, () => {
      assert.equal(mistakeIn(LEAST[type], type), null);
    });

    it(`wants an id in a ${type} call, of which null is none`, () => {
      const nobody = { ...LEAST[type], userId: null, anonymousId: undefined };
      assert.equal(mistakeIn(nobody, type), 'no_user_anon_id');
      assert.equal(mistakeIn({ ...nobody, anonymousId: 'a' }, type), null);
      for (const id of ['', 7, {}, [], false]) {
        assert.equal(mistakeIn({ ...nobody, userId: id }, type), 'id_not_string');
        assert.equal(mistakeIn({ ...LEAST[type], anonymousId: id }, type), 'id_not_string');
      }
    });
  }

  it('wants the name of an event', () => {
    for (const event of [undefined, null, ''])
      assert.equal(mistakeIn({ userId: 'u', event }, 'track'), 'event_not_defined');
    for (const event of [7, {}, true]) assert.equal(mistakeIn({ userId: 'u', event }, 'track'), 'event_not_string');
  });

  it('wants the group and the previous id', () => {
    assert.equal(mistakeIn({ userId: 'u' }, 'group'), 'id_required');
    assert.equal(mistakeIn({ userId: 'u', groupId: 7 }, 'group'), 'id_not_string');
    assert.equal(mistakeIn({ userId: 'u', previousId: null }, 'alias'), 'id_required');
    assert.equal(mistakeIn({ userId: 'u', previousId: '' }, 'alias'), 'id_not_string');
  });

  it('wants objects for traits and properties, or nothing', () => {
    for (const type of ['identify', 'group'] as const) {
      assert.equal(mistakeIn({ ...LEAST[type], traits: null }, type), null);
      for (const traits of [[], 'x', 1]) assert.equal(mistakeIn({ ...LEAST[type], traits }, type), 'traits_not_object');
    }
    for (const type of ['track', 'page', 'screen'] as const) {
      assert.equal(mistakeIn({ ...LEAST[type], properties: null }, type), null);
      for (const properties of [[], 'x', 1]) {
        assert.equal(mistakeIn({ ...LEAST[type], properties }, type), 'properties_not_object');
      }
    }
  });

  it('wants text for name and category, empty or absent too', () => {
    for (const type of ['page', 'screen'] as const) {
      assert.equal(mistakeIn({ userId: 'u', name: '', category: '' }, type), null);
      assert.equal(mistakeIn({ userId: 'u', name: null, category: null }, type), null);
      assert.equal(mistakeIn({ userId: 'u', name: 1 }, type), 'name_not_string');
      assert.equal(mistakeIn({ userId: 'u', category: {} }, type), 'category_not_string');
    }
  });
});
