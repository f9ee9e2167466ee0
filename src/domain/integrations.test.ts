import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WEBHOOKS_NAMES } from './destination.ts';
import { isMeantFor } from './integrations.ts';

const isMeant = (integrations: unknown): boolean => isMeantFor(JSON.stringify(integrations), WEBHOOKS_NAMES);

describe('isMeantFor', () => {
  it('is on when nothing is said', () => {
    assert.equal(isMeantFor(null, WEBHOOKS_NAMES), true);
    assert.equal(isMeant({ Salesforce: false }), true);
    assert.equal(isMeant({ All: true }), true);
  });

  it('is off by false at any of the names', () => {
    for (const name of WEBHOOKS_NAMES) assert.equal(isMeant({ All: true, [name]: false }), false, name);
  });

  it('is off by All: false, in any case of All', () => {
    for (const all of ['All', 'all', 'ALL']) assert.equal(isMeant({ [all]: false, Salesforce: true }), false, all);
  });

  it('is on by true or options at one of the names, whatever All says', () => {
    assert.equal(isMeant({ All: false, Webhooks: true }), true);
    assert.equal(isMeant({ All: false, Webhook: {} }), true);
    assert.equal(isMeant({ All: false, Webhooks: { enabled: false } }), true);
  });

  it('takes names in their exact case only', () => {
    assert.equal(isMeant({ webhooks: false }), true);
    assert.equal(isMeant({ All: false, webhooks: true }), false);
  });

  it('does not find a name in a prototype', () => {
    assert.equal(isMeantFor('{"All":false}', ['constructor', 'toString']), false);
  });
});
