import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSENT_EVENT, mistakeInConsent } from './consent.ts';
import { mistakeIn } from './validate.ts';

const consent = (given: object): object => ({ consent: { categoryPreferences: { ads: true, ads2: false }, ...given } });

describe('mistakeInConsent', () => {
  it('finds none where each category is said', () => {
    assert.equal(mistakeInConsent(consent({}), undefined), null);
    assert.equal(mistakeInConsent(consent({ categoryPreferences: {}, version: 2 }), undefined), null);
    assert.equal(mistakeInConsent({ ...consent({ version: null }), device: { advertisingId: 'x' } }, undefined), null);
  });

  it('wants categories', () => {
    for (const context of [undefined, null, 'x', {}, { consent: null }, { consent: { categoryPreferences: null } }]) {
      assert.equal(mistakeInConsent(context, undefined), 'consent_categorypreferences_should_exist');
    }
  });

  it('wants them in an object, each true or false', () => {
    for (const categoryPreferences of ['x', 1, true, ['ads']]) {
      const mistake = mistakeInConsent(consent({ categoryPreferences }), undefined);
      assert.equal(mistake, 'consent_categorypreferences_fields_should_be_object');
    }
    for (const said of ['true', 1, null, {}]) {
      const mistake = mistakeInConsent(consent({ categoryPreferences: { ads: true, mail: said } }), undefined);
      assert.equal(mistake, 'consent_categorypreferences_fields_should_be_bool');
    }
  });

  it('wants a number for the version and text for the advertising id, or nothing', () => {
    assert.equal(mistakeInConsent(consent({ version: '2' }), undefined), 'consent_version_should_be_number');
    const withDevice = { ...consent({}), device: { advertisingId: 7 } };
    assert.equal(mistakeInConsent(withDevice, undefined), 'device_advertisingid_should_be_string');
  });

  it('sees what the batch says for all its calls', () => {
    assert.equal(mistakeInConsent(undefined, consent({})), null);
    assert.equal(mistakeInConsent({ app: {} }, consent({})), null);
    const own = consent({ categoryPreferences: { ads: 'no' } });
    assert.equal(mistakeInConsent(own, consent({})), 'consent_categorypreferences_fields_should_be_bool');
  });

  it('is asked of one event of track calls alone', () => {
    const call = { userId: 'u', event: CONSENT_EVENT, name: CONSENT_EVENT };
    assert.equal(mistakeIn(call, 'track'), 'consent_categorypreferences_should_exist');
    assert.equal(mistakeIn(call, 'track', consent({})), null);
    assert.equal(mistakeIn(call, 'page'), null);
    assert.equal(mistakeIn({ ...call, event: 'Bought' }, 'track'), null);
  });
});
