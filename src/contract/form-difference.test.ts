import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyDestination } from '../../test/support/arbitrary-workspace.ts';
import { DESTINATION_SCHEMA, wholeDestinationFormOf } from './destination-form.ts';
import { type FieldChange, fieldChanges } from './form-difference.ts';

function changes(before: object, after: object): readonly FieldChange[] {
  return fieldChanges(before, after, DESTINATION_SCHEMA);
}

describe('what differs between two forms of a destination', () => {
  it('is nothing between the same', () => {
    fc.assert(
      fc.property(anyDestination(['web']), (destination) => {
        const form = wholeDestinationFormOf(destination);
        assert.deepEqual(changes(form, structuredClone(form)), []);
      }),
    );
  });

  it('is told by its path, lists of plain values as a whole', () => {
    const before = { name: 'CRM', sources: ['web'], delivery: { retries: 1 } };
    const after = { sources: ['web', 'app'], delivery: { retries: 1, batch: { maxEvents: 5 } } };
    assert.deepEqual(changes(before, after), [
      { path: 'sources', before: ['web'], after: ['web', 'app'], isHidden: false },
      { path: 'delivery.batch.maxEvents', after: 5, isHidden: false },
      { path: 'name', before: 'CRM', isHidden: false },
    ]);
  });

  it('says of a secret that it changes, is set or is gone, and nothing of what it is', () => {
    const url = 'https://a.example/keep-me';
    const before = { settings: { sharedSecret: 'keep-me', webhooks: [{ url, headers: { A: 'keep-me', B: 'b' } }] } };
    const after = { settings: { webhooks: [{ url: `${url}-2`, headers: { A: 'keep', B: 'b', C: 'keep-me' } }] } };
    const told = changes(before, after);
    assert.deepEqual(told, [
      {
        ...{ path: 'settings.webhooks[0].url', before: 'https://a.example/***', after: 'https://a.example/***' },
        isHidden: true,
      },
      { path: 'settings.webhooks[0].headers.A', before: '***', after: '***', isHidden: true },
      { path: 'settings.webhooks[0].headers.C', after: '***', isHidden: false },
      { path: 'settings.sharedSecret', before: '***', isHidden: false },
    ]);
    assert.doesNotMatch(JSON.stringify(told), /keep/);
  });

  it('tells of an entry that is new or gone what it has', () => {
    const [a, b] = ['https://a.example/', 'https://b.example/'];
    const both = { settings: { webhooks: [{ url: a }, { url: b, headers: { A: 'x' } }] } };
    const gone = { settings: { webhooks: [{ url: a }] } };
    assert.deepEqual(
      changes(both, gone).map(({ path }) => path),
      ['settings.webhooks[1].url', 'settings.webhooks[1].headers.A'],
    );
    assert.deepEqual(
      changes({ settings: { webhooks: [] } }, gone).map(({ path }) => path),
      ['settings.webhooks[0].url'],
    );
  });
});
