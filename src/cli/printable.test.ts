import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { agoText, clockTime, counted, durationText, harmless, printable } from './printable.ts';

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

describe('a line that is about to be printed', () => {
  it('keeps its colours, and does nothing else to a terminal', () => {
    const painted = '\u001b[31mdead\u001b[39m\tat crm';
    assert.equal(harmless(painted), painted);
    assert.equal(
      harmless('a\u001b[2Jb\u001b]0;x\u0007\r\n\u202e'),
      'a\\u{1b}[2Jb\\u{1b}]0;x\\u{7}\\u{d}\\u{a}\\u{202e}',
    );
    assert.equal(harmless('\u001b[31;1m\u001b[1000m'), '\\u{1b}[31;1m\\u{1b}[1000m');
  });
});

describe('how long ago something was', () => {
  it('is said as people say it', () => {
    const now = Date.UTC(2026, 0, 31);
    const said = (beforeMs: number): string => agoText(new Date(now - beforeMs).toISOString(), now);
    assert.deepEqual([0, 5_000, 180_000, 7_200_000, 3 * 86_400_000, -30_000, -40 * 86_400_000].map(said), [
      'just now',
      '5 s ago',
      '3 min ago',
      '2 h ago',
      '3 d ago',
      'in 30 s',
      'in 40 d',
    ]);
    assert.equal(agoText('nonsense', now), '');
  });
});

describe('counts', () => {
  it('have their thousands apart, and their noun', () => {
    assert.deepEqual([counted(1, 'event'), counted(1_234, 'event')], ['1 event', '1,234 events']);
    assert.equal(counted(2, 'delivery', 'deliveries'), '2 deliveries');
  });
});
