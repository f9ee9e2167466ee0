import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALL_TYPES } from '../../../contract/vocabulary.ts';
import { callOf, collectProperty, jsonObjectOf } from './given-call.ts';

const FLAGS = {
  ...{ user: 'u1', event: 'Order Completed', name: 'Home', group: 'g1', previous: 'a1', messageId: 'm1' },
  ...{ properties: { plan: 'free', seats: 2 }, property: collectProperty('plan=pro') },
} as const;

describe('a call of flags', () => {
  it('is what a library sends, of each type', () => {
    const facts = { plan: 'pro', seats: 2 };
    const own = {
      track: { event: 'Order Completed', properties: facts },
      identify: { traits: facts },
      page: { name: 'Home', properties: facts },
      screen: { name: 'Home', properties: facts },
      group: { groupId: 'g1', traits: facts },
      alias: { previousId: 'a1' },
    };
    for (const type of CALL_TYPES) {
      const { context, ...call } = callOf(type, FLAGS);
      assert.deepEqual(call, { type, messageId: 'm1', userId: 'u1', ...own[type] });
      assert.deepEqual(context, { library: { name: 'sluice-cli' } });
    }
  });

  it('says what is not there', () => {
    assert.throws(() => callOf('track', { event: 'E' }), /say whose it is: --user ID or --anonymous ID/);
    assert.throws(() => callOf('track', { user: 'u' }), /say what happened: --event/);
    assert.throws(() => callOf('group', { user: 'u' }), /--group/);
    assert.throws(() => callOf('alias', { user: 'u' }), /--previous/);
  });

  it('has values that are JSON where they are, and texts otherwise', () => {
    const given = ['a=1', 'b=true', 'c=x y', 'd={"e":[1]}', 'f=', '__proto__=1'].flatMap((text) =>
      collectProperty(text),
    );
    assert.deepEqual(
      given.map(([, value]) => value),
      [1, true, 'x y', { e: [1] }, '', 1],
    );
    assert.throws(() => collectProperty('=1'), /a name and a value/);
    assert.throws(() => jsonObjectOf('[1]'), /It must be a JSON object/);
  });
});
