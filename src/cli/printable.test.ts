import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clockTime, durationText, printable } from './printable.ts';

describe('printable text', () => {
  it('has no character that moves the cursor, hides text or turns it round', () => {
    assert.equal(printable('\u001b[2J\u0007\r\n'), '\\u{1b}[2J\\u{7}\\u{d}\\u{a}');
    assert.equal(
      printable('a\u009bb\u202ec\u2066d\u200be\u2028f\u007f'),
      'a\\u{9b}b\\u{202e}c\\u{2066}d\\u{200b}e\\u{2028}f\\u{7f}',
    );
    assert.equal(printable('\ud83d'), '\\u{d83d}');
  });

  it('leaves letters of any script and symbols as they are', () => {
    assert.equal(printable('Signed Up – Größe 漢字 🚀'), 'Signed Up – Größe 漢字 🚀');
  });

  it('is cut when it is long, and not through a character', () => {
    assert.equal(printable('a'.repeat(60)), 'a'.repeat(60));
    assert.equal(printable('a'.repeat(61)), `${'a'.repeat(59)}…`);
    assert.equal(printable('🚀🚀🚀', 4), '🚀…');
  });

  it('is always one line that a terminal takes as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('times', () => {
  it('are local, to the millisecond', () => {
    assert.equal(clockTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime()), '03:04:05.006');
  });

  it('are said in the unit that reads best', () => {
    const said = [0, 0.4, 12.3, 999, 999.7, 1_000, 1_550, 119_000, 150_000, 86_400_000].map(durationText);
    assert.deepEqual(said, ['0 ms', '0 ms', '12 ms', '999 ms', '1 s', '1 s', '1.6 s', '119 s', '3 min', '24 h']);
  });
});
