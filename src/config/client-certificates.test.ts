import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeCertificates } from '../../test/support/certificates.ts';
import { makeDestination } from '../../test/support/inside.ts';
import type { Destination } from '../domain/destination.ts';
import { staleCertificates } from './client-certificates.ts';

const FROM_MS = Date.UTC(2030, 0, 1);
const TO_MS = Date.UTC(2031, 0, 1);
const client = makeCertificates().another({ fromMs: FROM_MS, toMs: TO_MS });

const presenting = (more: Partial<Destination> = {}): Destination =>
  makeDestination('d', ['https://hooks.example/'], {}, { tls: { ca: null, client }, ...more });

describe('a certificate that requests present', () => {
  it('is told of when it has expired, and when it is not good yet', () => {
    const validity = { destination: 'd', validFrom: '2030-01-01T00:00:00.000Z', validTo: '2031-01-01T00:00:00.000Z' };
    assert.deepEqual(staleCertificates([presenting()], TO_MS + 1_000), [
      { ...validity, problem: 'it has expired; renew it, and set tls.cert and tls.key' },
    ]);
    assert.deepEqual(staleCertificates([presenting()], FROM_MS - 1_000), [
      { ...validity, problem: 'it is not good yet; check the clock of this machine' },
    ]);
  });

  it('is nothing to tell while it is good, in its first second and its last', () => {
    assert.deepEqual(staleCertificates([presenting()], FROM_MS), []);
    assert.deepEqual(staleCertificates([presenting()], TO_MS), []);
  });

  it('is nothing to tell of a destination that is disabled, or presents none', () => {
    const others = [
      presenting({ enabled: false }),
      presenting({ tls: null }),
      presenting({ tls: { ca: null, client: null } }),
    ];
    assert.deepEqual(staleCertificates(others, TO_MS + 1_000), []);
  });
});
