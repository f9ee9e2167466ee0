import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayWidth, fitted, padded } from './display-width.ts';

describe('the width of a text on a terminal', () => {
  it('counts wide characters and emoji twice, and a letter with its marks once', () => {
    const widths = { abc: 3, 東京: 4, 'e\u0301': 1, '👩‍👩‍👧': 2, ｶﾅ: 2, ＡＢ: 4, '': 0 };
    for (const [text, width] of Object.entries(widths)) assert.equal(displayWidth(text), width, text);
  });

  it('is kept by what is cut, between whole characters', () => {
    assert.equal(fitted('abcdef', 6), 'abcdef');
    assert.equal(fitted('abcdef', 4), 'abc…');
    assert.equal(fitted('東京都', 4), '東…');
    assert.equal(fitted('東京都', 5), '東京…');
    assert.equal(fitted('abc', 1), '…');
    assert.equal(fitted('abc', 0), '');
  });

  it('is filled up with blanks', () => {
    assert.equal(padded('東', 4), '東  ');
    assert.equal(padded('abcd', 2), 'abcd');
  });
});
