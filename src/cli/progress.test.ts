import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { barText, Pace } from './progress.ts';

describe('a bar', () => {
  it('fills, and never beyond its ends', () => {
    assert.equal(barText(0), `${'░'.repeat(24)}   0 %`);
    assert.equal(barText(0.5), `${'█'.repeat(12)}${'░'.repeat(12)}  50 %`);
    assert.equal(barText(0.999), `${'█'.repeat(23)}░  99 %`);
    assert.equal(barText(2), `${'█'.repeat(24)} 100 %`);
  });
});

describe('a pace', () => {
  it('is that of the last ten seconds', () => {
    const pace = new Pace();
    assert.equal(pace.perSecond, null);
    for (let second = 0; second <= 60; second++) pace.mark(second < 40 ? 0 : (second - 40) * 100, second * 1_000);
    assert.equal(pace.perSecond, 100);
    assert.equal(pace.leftMs(1_000), 10_000);
  });

  it('estimates nothing where nothing moves', () => {
    const pace = new Pace();
    pace.mark(5, 0);
    pace.mark(5, 1_000);
    assert.equal(pace.leftMs(10), null);
  });
});
