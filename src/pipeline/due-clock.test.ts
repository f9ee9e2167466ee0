import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DueClock } from './due-clock.ts';

function openClock() {
  const time = { wallMs: 1_000_000, elapsedMs: 0.4 };
  const clock = new DueClock({ nowMs: () => time.wallMs, elapsedMs: () => time.elapsedMs });
  const pass = (ms: number, wallMs = ms): number => {
    time.wallMs += wallMs;
    time.elapsedMs += ms;
    return clock.nowMs();
  };
  return { clock, pass };
}

describe('the clock of what falls due', () => {
  it('is the wall clock', () => {
    const { clock, pass } = openClock();
    assert.equal(clock.nowMs(), 1_000_000);
    assert.equal(pass(500), 1_000_500);
  });

  it('goes on where it was when the wall clock is set back, until that has caught up', () => {
    const { pass } = openClock();
    assert.equal(pass(500, -3_600_000), 1_000_500);
    assert.equal(pass(1_000), 1_001_500);
    assert.equal(pass(1_000, 3_601_000), 1_002_500);
    assert.equal(pass(1_000, 5_000), 1_007_000);
  });

  it('follows the wall clock when that is set forward', () => {
    const { pass } = openClock();
    assert.equal(pass(500, 3_600_500), 4_600_500);
    assert.equal(pass(500, -3_599_500), 4_601_000);
  });

  it('loses no fraction of a millisecond', () => {
    const { pass } = openClock();
    pass(0, -3_600_000);
    for (let step = 0; step < 12; step += 1) pass(0.25, 0);
    assert.equal(pass(0, 0), 1_000_003);
  });
});
