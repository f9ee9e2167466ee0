import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytesOf, millisecondsOf, sizeText, spanText } from './units.ts';

describe('a time with its unit', () => {
  it('is read as milliseconds', () => {
    const read = ['250ms', '90s', '15 m', '12h', '7d'].map(millisecondsOf);
    assert.deepEqual(read, [250, 90_000, 900_000, 43_200_000, 604_800_000]);
  });

  it('needs a unit that there is, and a whole number', () => {
    for (const text of ['', '7', 'd', '7w', '1.5h', '-1h', '1e3s', '7D', '7d 1h', '7toString', '999999999999999d']) {
      assert.equal(millisecondsOf(text), null, text);
    }
  });

  it('is written as short as it can be', () => {
    assert.deepEqual([0, 250, 90_000, 3_600_000, 604_800_000].map(spanText), ['0s', '250ms', '90s', '1h', '7d']);
  });
});

describe('a size with its unit', () => {
  it('is read as bytes', () => {
    assert.deepEqual(
      ['0B', '512MiB', '50GB', '1TiB'].map(bytesOf),
      [0, 536_870_912, 50_000_000_000, 1_099_511_627_776],
    );
  });

  it('needs a unit that there is', () => {
    for (const text of ['512', '512M', '512mb', 'MiB']) assert.equal(bytesOf(text), null, text);
  });

  it('is written as short as it can be', () => {
    assert.deepEqual([0, 536_870_912, 50_000_000_000].map(sizeText), ['0B', '512MiB', '50GB']);
  });

  it('comes back as what it was written from', () => {
    for (const bytes of [1, 1_000, 1_024, 1_500_000, 3 * 1024 ** 3]) assert.equal(bytesOf(sizeText(bytes)), bytes);
  });
});
