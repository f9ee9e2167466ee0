import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectSetting, pathsIn, settingsObject } from './given-settings.ts';

describe('settings on the command line', () => {
  it('are an object, later ones over earlier ones, values as JSON where they are', () => {
    const texts = ['delivery.retries=5', 'delivery.backoffMs=durable', 'name=a=b', 'delivery.filter=null'];
    const given = [...texts, 'delivery.retries=6', 'settings.webhooks=[{"url":"x"}]'];
    assert.deepEqual(settingsObject(given.flatMap((text) => collectSetting(text))), {
      delivery: { retries: 6, backoffMs: 'durable', filter: null },
      name: 'a=b',
      settings: { webhooks: [{ url: 'x' }] },
    });
  });

  it('have a name and a value', () => {
    for (const text of ['x', '=1', 'a..b=1', 'a b=1', 'webhooks[0].url=x']) {
      assert.throws(() => collectSetting(text), /It must be a setting and its value/, text);
    }
    assert.deepEqual(collectSetting('name='), [{ path: ['name'], value: '' }]);
  });

  it('set no prototype', () => {
    const object = settingsObject(collectSetting('__proto__.polluted=true'));
    assert.equal(({} as { readonly polluted?: boolean }).polluted, undefined);
    assert.deepEqual(Object.keys(object), ['__proto__']);
  });

  it('are shown by the paths that they are given by', () => {
    const shown = { delivery: { retries: 5, filter: { types: { include: ['track'] } } }, name: 'CRM' };
    assert.deepEqual(pathsIn(shown), [
      ['delivery.retries', '5'],
      ['delivery.filter.types.include', '["track"]'],
      ['name', 'CRM'],
    ]);
  });
});
