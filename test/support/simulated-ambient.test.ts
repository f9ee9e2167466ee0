import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from './simulated-ambient.ts';

describe('SimulatedAmbient', () => {
  it('stands still until it is moved', async () => {
    const ambient = new SimulatedAmbient();
    const before = ambient.nowMs();
    await ambient.advance(1_500);
    assert.equal(ambient.nowMs() - before, 1_500);
    assert.equal(ambient.elapsedMs(), 1_500);
  });

  it('runs timers at their own moment, in the order in which they fall due', async () => {
    const ambient = new SimulatedAmbient();
    const ran: string[] = [];
    const note = (what: string) => () => ran.push(`${what} at ${ambient.elapsedMs()}`);
    ambient.after(20, note('late'));
    ambient.after(10, note('early'));
    ambient.after(10, note('early too'));
    ambient.after(15, note('cancelled')).cancel();
    ambient.after(30, note('not yet'));
    await ambient.advance(25);
    assert.deepEqual(ran, ['early at 10', 'early too at 10', 'late at 20']);
    assert.equal(ambient.nextTimerMs, 5);
  });

  it('lets promises settle between timers', async () => {
    const ambient = new SimulatedAmbient();
    const wait = async (ms: number): Promise<void> => new Promise((resolve) => void ambient.after(ms, resolve));
    const ran: number[] = [];
    const steps = (async () => {
      for (let step = 0; step < 3; step++) {
        await wait(10);
        ran.push(ambient.elapsedMs());
      }
    })();
    await ambient.advance(100);
    await steps;
    assert.deepEqual(ran, [10, 20, 30]);
  });

  it('repeats chance from a seed', () => {
    const drawn = (seed: number): number[] => {
      const ambient = new SimulatedAmbient({ seed });
      return Array.from({ length: 100 }, () => ambient.chance());
    };
    assert.deepEqual(drawn(7), drawn(7));
    assert.notDeepEqual(drawn(7), drawn(8));
    assert.ok(drawn(7).every((chance) => chance >= 0 && chance < 1));
  });

  it('moves the wall clock alone when it jumps', () => {
    const ambient = new SimulatedAmbient();
    const before = ambient.nowMs();
    ambient.jump(-60_000);
    assert.equal(ambient.nowMs() - before, -60_000);
    assert.equal(ambient.elapsedMs(), 0);
  });
});
