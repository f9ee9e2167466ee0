import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { Budget, type BudgetLimits, type Share } from './budget.ts';

const LIMITS: BudgetLimits = { attemptsMax: 4_096, charsMax: 256 * 1024 * 1024 };

function openShares(count: number, limits = LIMITS): { shares: Share[] } {
  const budget = new Budget(limits, new SimulatedAmbient());
  return { shares: Array.from({ length: count }, () => budget.open(() => undefined)) };
}

/** Takes turns with others in taking all that each may. */
function fillAll(shares: readonly Share[], chars = 1): void {
  for (let isAny = true; isAny;) {
    isAny = false;
    for (const share of shares) {
      if (!share.hasRoom()) continue;
      share.enter(chars);
      isAny = true;
    }
  }
}

const held = (shares: readonly Share[]): number => shares.reduce((sum, { attempts }) => sum + attempts, 0);

describe('the budget of all endpoints', () => {
  it('leaves each of 1,000 its two attempts and more, while 200 take all that they can', () => {
    const { shares } = openShares(1_000);
    const [hanging, healthy] = [shares.slice(0, 200), shares.slice(200)];
    fillAll(hanging);
    assert.deepEqual(new Set(hanging.map(({ attempts }) => attempts)), new Set([12, 13]));
    for (const share of healthy) {
      for (let attempt = 0; attempt < 2; attempt += 1) {
        assert.ok(share.hasRoom());
        share.enter(1);
      }
    }
    assert.ok(healthy[0]!.hasRoom());
    assert.ok(held(shares) <= LIMITS.attemptsMax);
  });

  it('lets a single endpoint have as much as it is allowed in flight', () => {
    const { shares } = openShares(1);
    for (let attempt = 0; attempt < 1_000; attempt += 1) {
      assert.ok(shares[0]!.hasRoom());
      shares[0]!.enter(1);
    }
  });

  it('leaves something free, whoever takes all they can, also where nobody has a share', () => {
    const { shares } = openShares(10_000);
    fillAll(shares.slice(0, 500));
    assert.ok(shares[9_999]!.hasRoom());
    assert.ok(held(shares) < LIMITS.attemptsMax);
  });

  it('counts the characters of bodies in the same way', () => {
    const { shares } = openShares(64, { attemptsMax: 4_096, charsMax: 64 * 1024 });
    fillAll(shares.slice(1), 100);
    const total = shares.reduce((sum, { chars }) => sum + chars, 0);
    assert.ok(total <= 64 * 1024 + 64 * 100, `${total}`);
    assert.ok(shares[0]!.hasRoom());
  });

  it('wakes who has least first, and among equals who has waited longest', async () => {
    const ambient = new SimulatedAmbient();
    const budget = new Budget({ attemptsMax: 8, charsMax: 1_000 }, ambient);
    const woken: string[] = [];
    const open = (name: string): Share => budget.open(() => woken.push(name));
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(open);
    // Nine endpoints have no share of their own, and thresholds alone decide.
    fillAll(many);
    assert.deepEqual(many.map(({ attempts }) => attempts).join(), '1,1,1,1,1,1,1,1,0');
    many[0]!.leave(1);
    await ambient.advance(0);
    // The others have one attempt each, and find no room as long as nobody takes what is free.
    assert.deepEqual(woken, ['i', 'a']);
  });

  it('makes a share of what is given back', () => {
    const { shares } = openShares(2);
    fillAll(shares);
    assert.equal(shares[1]!.hasRoom(), false);
    shares[0]!.close();
    assert.ok(shares[1]!.hasRoom());
  });

  it('never exceeds its total, nor denies a share what is its own', () => {
    const steps = fc.array(fc.tuple(fc.nat(11), fc.boolean()), { maxLength: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 24, max: 100 }), steps, (count, max, moves) => {
        const { shares } = openShares(count, { attemptsMax: max, charsMax: 1_000_000 });
        const own = Math.floor(max / 2 / 2 ** Math.ceil(Math.log2(count)));
        for (const [index, isEntering] of moves) {
          const share = shares[index % count]!;
          if (isEntering && share.hasRoom()) share.enter(1);
          else if (!isEntering && share.attempts > 0) share.leave(1);
          assert.ok(held(shares) <= max);
          for (const each of shares) if (each.attempts < own) assert.ok(each.hasRoom());
        }
      }),
    );
  });
});
