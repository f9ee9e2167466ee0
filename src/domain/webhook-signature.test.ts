import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeSigner } from '../adapters/webhook/signature.ts';
import { literalSignature, type SignedRequest, signaturesOf, standardSignature } from './webhook-signature.ts';

const BODY = Buffer.from('{"type":"track","event":"Ünïcode 😀"}');
const AT_MS = 1_700_000_000_000;
const WHSEC = `whsec_${Buffer.from('a key of its own, 24 bytes').toString('base64')}`;

type Made = { sharedSecret: string | null; nextSecret?: string | null };

function signed({ sharedSecret, nextSecret = null }: Made, body = BODY): SignedRequest {
  const inTurn = makeSigner({ sharedSecret, nextSecret }).headersOf('evt_1', AT_MS, body.toString());
  const pairs = inTurn.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), inTurn[at + 1]!]] : []));
  return { headers: Object.fromEntries(pairs) as SignedRequest['headers'], body: new Uint8Array(body) };
}

const VALID = { xSignature: 'valid', xSignatureNext: 'absent', standardWebhooks: 'valid' };

describe('a signature', () => {
  it('is valid for whatever Sluice signs, with whatever secret', async () => {
    const secret = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 64 }).map((key) => `whsec_${Buffer.from(key).toString('base64')}`),
    );
    await fc.assert(
      fc.asyncProperty(secret, fc.string({ unit: 'grapheme' }), async (sharedSecret, body) => {
        const request = signed({ sharedSecret }, Buffer.from(body));
        // A secret may begin like one of Standard Webhooks without being one.
        fc.pre(!sharedSecret.startsWith('whsec_') || /^whsec_[A-Za-z0-9+/]+=*$/.test(sharedSecret));
        assert.deepEqual(await signaturesOf(request, { sharedSecret, nextSecret: null }), VALID);
      }),
    );
  });

  it('is absent without a secret, and invalid where nobody signs', async () => {
    const none = { sharedSecret: null, nextSecret: null };
    const absent = { xSignature: 'absent', xSignatureNext: 'absent', standardWebhooks: 'absent' };
    assert.deepEqual(await signaturesOf(signed(none), none), absent);
    assert.deepEqual(await signaturesOf(signed({ sharedSecret: 's' }), none), {
      ...absent,
      ...{ xSignature: 'invalid', standardWebhooks: 'invalid' },
    });
    assert.deepEqual(await signaturesOf(signed(none), { ...none, sharedSecret: 's' }), absent);
  });

  it('is valid with the old secret and with the new one while it is rotated', async () => {
    for (const secrets of [
      { sharedSecret: 'old', nextSecret: 'new' },
      { sharedSecret: WHSEC, nextSecret: 'new' },
    ]) {
      const request = signed(secrets);
      assert.deepEqual(await signaturesOf(request, secrets), { ...VALID, xSignatureNext: 'valid' });
      assert.equal(await standardSignature(request, secrets.sharedSecret), 'valid');
      assert.equal(await standardSignature(request, secrets.nextSecret), 'valid');
      assert.equal(await literalSignature(request, secrets.nextSecret), 'invalid');
      const onlyOld = signed({ sharedSecret: secrets.sharedSecret });
      assert.equal(
        (await signaturesOf(onlyOld, secrets)).standardWebhooks,
        'invalid',
        'who has the new one cannot tell',
      );
    }
  });

  it('is invalid when the body, the id or the time is another, or the secret is', async () => {
    const secret = { sharedSecret: 's3cret', nextSecret: null };
    const request = signed(secret);
    const { headers } = request;
    const others: readonly SignedRequest[] = [
      { ...request, body: new Uint8Array(Buffer.from(`${BODY.toString()} `)) },
      { ...request, headers: { ...headers, 'webhook-id': 'evt_2' } },
      { ...request, headers: { ...headers, 'webhook-timestamp': '1700000001' } },
      { ...request, headers: { ...headers, 'webhook-id': undefined } },
      { ...request, headers: { ...headers, 'webhook-signature': '' } },
      {
        ...request,
        headers: { ...headers, 'webhook-signature': headers['webhook-signature']!.replace('v1,', 'v1a,') },
      },
      { ...request, headers: { ...headers, 'webhook-signature': headers['webhook-signature']!.slice(3) } },
    ];
    for (const other of others) assert.equal(await standardSignature(other, 's3cret'), 'invalid');
    assert.equal(await literalSignature(others[0]!, 's3cret'), 'invalid');
    assert.equal(await standardSignature(request, 's3creT'), 'invalid');
    assert.equal(await literalSignature(request, 's3creT'), 'invalid');
  });

  it('of one kind does not stand for the other: a hash of SHA-1 is no signature of Standard Webhooks', async () => {
    const sha1 = createHmac('sha1', 's').update(`evt_1.1700000000.`).update(BODY).digest('base64');
    const request = signed({ sharedSecret: 's' });
    const weak = { ...request, headers: { ...request.headers, 'webhook-signature': `v1,${sha1}` } };
    assert.equal(await standardSignature(weak, 's'), 'invalid');
  });

  it('may stand anywhere in the list, beside others of whatever kind', async () => {
    const request = signed({ sharedSecret: 's' });
    const own = request.headers['webhook-signature']!;
    for (const list of [`v1,AAAA ${own}`, `${own} v1a,AAAA`, `v2,x  ${own} `])
      assert.equal(
        await standardSignature({ ...request, headers: { ...request.headers, 'webhook-signature': list } }, 's'),
        'valid',
      );
  });

  it('with a secret that says that it is base64 and is not, is nothing that a receiver could check', async () => {
    for (const sharedSecret of ['whsec_', 'whsec_not base64', 'whsec_a', 'whsec_-_-_'])
      assert.equal(await standardSignature(signed({ sharedSecret }), sharedSecret), 'invalid', sharedSecret);
    const unpadded = WHSEC.replace(/=+$/, '');
    assert.equal(await standardSignature(signed({ sharedSecret: unpadded }), unpadded), 'valid');
  });
});
