import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyDestination, anySource } from '../../test/support/arbitrary-workspace.ts';
import { makeCertificates } from '../../test/support/certificates.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { DEFAULT_BATCH_POLICY, type Destination } from '../domain/destination.ts';
import { makeSource } from '../domain/source.ts';
import { withPreset } from './backoff-presets.ts';
import { destinationFormOf, destinationOf, wholeDestinationFormOf } from './destination-form.ts';
import { type DestinationForm, destinationSchema } from './destination-schema.ts';
import { sourceFormOf, sourceOf, wholeSourceFormOf } from './source-form.ts';
import { sourceSchema } from './source-schema.ts';

function readAgain(form: DestinationForm, { origin }: Destination): Destination {
  return destinationOf(destinationSchema.parse(withPreset(form)), origin);
}

describe('the form of a source', () => {
  it('is read as the same source, complete or as somebody would write it', () => {
    fc.assert(
      fc.property(anySource, (source) => {
        for (const form of [wholeSourceFormOf(source), sourceFormOf(source)]) {
          assert.deepEqual(sourceOf(sourceSchema.parse(form), source.origin), source);
        }
      }),
    );
  });

  it('leaves out what goes without saying', () => {
    assert.deepEqual(sourceFormOf(makeSource({ id: 'web', writeKeys: ['wk'] })), { id: 'web', writeKeys: ['wk'] });
    const said = { name: 'Web', enabled: false, keyNames: { b: 'shop' }, kind: 'web' } as const;
    assert.deepEqual(sourceFormOf(makeSource({ id: 'web', writeKeys: ['a', 'b'], ...said })), {
      ...{ id: 'web', name: 'Web', enabled: false, kind: 'web' },
      writeKeys: ['a', { key: 'b', name: 'shop' }],
    });
  });
});

describe('the form of a destination', () => {
  it('is read as the same destination, complete or as somebody would write it', () => {
    fc.assert(
      fc.property(anyDestination(['web', 'app']), (destination) => {
        assert.deepEqual(readAgain(wholeDestinationFormOf(destination), destination), destination);
        assert.deepEqual(readAgain(destinationFormOf(destination), destination), destination);
      }),
    );
  });

  it('has its certificates', () => {
    const { ca, good: client } = makeCertificates();
    const tls = { ca, client };
    for (const each of [tls, { ...tls, client: null }, { ...tls, ca: null }]) {
      const destination = makeDestination('crm', ['https://crm.example/'], {}, { tls: each });
      assert.deepEqual(readAgain(destinationFormOf(destination), destination), destination);
    }
  });

  it('leaves out what goes without saying', () => {
    const endpoint = { url: 'https://crm.example/', headers: {}, auth: null };
    const destination = makeDestination('crm', [endpoint.url], {}, { basic: endpoint });
    const settings = { webhookUrl: endpoint.url };
    assert.deepEqual(destinationFormOf(destination), { id: 'crm', sources: ['web'], settings });
    const delivery = { ...destination.delivery, batch: DEFAULT_BATCH_POLICY, timeoutMs: 1_000 };
    const said = { batch: {}, timeoutMs: 1_000 };
    assert.deepEqual(destinationFormOf({ ...destination, delivery }).delivery, said);
  });

  it('says how many retries there are unless they come with the waits', () => {
    const retriesOf = (delivery: Partial<Destination['delivery']>): number | undefined =>
      destinationFormOf(makeDestination('crm', ['https://crm.example/'], delivery)).delivery?.retries;
    assert.equal(retriesOf({ backoffMs: 'durable', retries: 20 }), undefined);
    assert.equal(retriesOf({ backoffMs: 'durable', retries: 1 }), 1);
    assert.equal(retriesOf({ retries: 1 }), undefined);
    assert.equal(retriesOf({ retries: 20 }), 20);
  });

  it('has the secret that was set last', () => {
    const rotating = { sharedSecret: 'one', nextSecret: 'two', rotationEndsAtMs: 1 };
    const destination = makeDestination('crm', ['https://crm.example/'], {}, rotating);
    assert.equal(destinationFormOf(destination).settings.sharedSecret, 'two');
  });
});
