import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Refusal } from '../ports/telemetry.ts';
import { sampleOf } from './sample-refusal.ts';

const BYTES_MAX = 4_096;

function refusal(given: Partial<Refusal> = {}): Refusal {
  return {
    atMs: 5,
    source: 'website',
    reason: 'event_not_defined',
    type: 'track',
    message: 'a track call needs `event`',
    count: 1,
    route: 'batch',
    writeKey: 'wk_website',
    subject: { userId: 'u', messageId: 'm1' },
    ...given,
  };
}

const textOf = (subject: unknown): string | null => sampleOf(refusal({ subject })).sample;

describe('a sample', () => {
  it('tells of the refusal, and shows what was refused as JSON', () => {
    assert.deepEqual(sampleOf(refusal()), {
      atMs: 5,
      source: 'website',
      reason: 'event_not_defined',
      type: 'track',
      route: 'batch',
      count: 1,
      message: 'a track call needs `event`',
      messageId: 'm1',
      writeKey: 'wk_w…',
      isCut: false,
      sample: '{"userId":"u","messageId":"m1"}',
    });
  });

  it('shows the bytes that came as text where they are not JSON', () => {
    assert.equal(textOf(Buffer.from('{"userId": "ü", broken')), '{"userId": "ü", broken');
    assert.equal(textOf(Buffer.from([0x7b, 0xff, 0x7d])), '{\ufffd}');
  });

  it('is null where nothing was read', () => {
    const { sample, isCut, messageId, writeKey } = sampleOf(refusal({ subject: null, writeKey: null }));
    assert.deepEqual([sample, isCut, messageId, writeKey], [null, false, null, null]);
  });

  it('takes at most 4 KiB, says when it is cut, and is never cut within a character', () => {
    const long = { text: '€😀'.repeat(5_000) };
    const { sample, isCut } = sampleOf(refusal({ subject: long }));
    const bytes = Buffer.byteLength(sample ?? '');
    assert.ok(isCut && bytes <= BYTES_MAX && bytes > BYTES_MAX - 8, String(bytes));
    assert.ok(JSON.stringify(long).startsWith(sample ?? ''));
    const head = Buffer.from('😀'.repeat(2_000)).subarray(1, 1 + BYTES_MAX);
    const ofBytes = sampleOf(refusal({ subject: head }));
    assert.ok(ofBytes.isCut);
    assert.match(ofBytes.sample ?? '', /^\ufffd+(?:😀)+$/u);
  });

  it('is well-formed text of at most 4 KiB, whatever came', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '€', '\ud83d', '\ude00', '\0'), maxLength: 3_000 });
    const anything = fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 300 }), text);
    fc.assert(
      fc.property(anything, (subject) => {
        const shown = textOf(subject) ?? '';
        assert.ok(shown.isWellFormed() && Buffer.byteLength(shown) <= BYTES_MAX);
      }),
    );
  });

  it('keeps of write keys four characters, wherever they stand', () => {
    const key = 'SECRET-0123456789';
    const sent = { writeKey: key, batch: [{ writeKey: key, event: 'x' }] };
    assert.equal(textOf(sent), '{"writeKey":"SECR…","batch":[{"writeKey":"SECR…","event":"x"}]}');
    assert.equal(textOf(Buffer.from(`{"writeKey" : "${key}", broken`)), '{"writeKey" : "SECR…", broken');
    assert.equal(textOf(Buffer.from(`{"writeKey":"${key}`)), '{"writeKey":"SECR…');
    assert.equal(textOf({ writeKey: 'a"b"SECRET' }), '{"writeKey":"a\\"b…"}');
    assert.equal(sampleOf(refusal({ writeKey: key })).writeKey, 'SECR…');
  });

  it('takes the message id of a call alone, and not more of it than one should have', () => {
    const idOf = (subject: unknown): string | null => sampleOf(refusal({ subject })).messageId;
    assert.equal(idOf({ messageId: 'x'.repeat(500) })?.length, 100);
    for (const none of [{ messageId: 7 }, {}, [{ messageId: 'm' }], 'm', null]) assert.equal(idOf(none), null);
  });
});
