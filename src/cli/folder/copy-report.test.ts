import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { progressText, sizeText } from './copy-report.ts';

describe('the report of a copy', () => {
  it('tells sizes in the unit that people would choose', () => {
    const sizes = [0, 1, 1_023, 1_024, 1_536, 12.34 * 1024 ** 2, 512 * 1024 ** 2, 3 * 1024 ** 4, 5_000 * 1024 ** 4];
    assert.deepEqual(
      sizes.map((bytes) => sizeText(bytes)),
      ['0 B', '1 B', '1023 B', '1 KiB', '1.5 KiB', '12.3 MiB', '512 MiB', '3 TiB', '5000 TiB'],
    );
  });

  it('tells how far it is, and never says 100 per cent early', () => {
    const text = progressText({ path: 'delivery.db', doneBytes: 999, totalBytes: 1_000, isComplete: false });
    assert.equal(text, ' 99 %  999 B of 1000 B  delivery.db');
    assert.match(progressText({ path: 'x', doneBytes: 0, totalBytes: 0, isComplete: true }), /^100 %/);
  });
});
