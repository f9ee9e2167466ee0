import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeSystemAmbient } from './ambient.ts';

/** Awaits a timer that keeps nothing alive, by a timer that does. */
async function ran(start: (run: () => void) => void): Promise<void> {
  const alive = setInterval(() => undefined, 1_000);
  await new Promise<void>((resolve) => {
    start(resolve);
  });
  clearInterval(alive);
}

describe('the system ambient', () => {
  const ambient = makeSystemAmbient();

  it('never runs a timer before its time', async () => {
    for (const ms of [0, 0.4, 1, 2.7, 5, 11]) {
      const startedAtMs = ambient.elapsedMs();
      await ran((run) => ambient.after(ms, run));
      assert.ok(ambient.elapsedMs() - startedAtMs >= ms);
    }
  });

  it('does not run a wait at once that is longer than a timer of Node can be', async () => {
    let isRun = false;
    const wait = ambient.after(2 ** 31, () => {
      isRun = true;
    });
    await ran((run) => ambient.after(5, run));
    wait.cancel();
    assert.equal(isRun, false);
  });

  it('runs no cancelled timer, and lets one that ran be cancelled', async () => {
    let runs = 0;
    const first = ambient.after(1, () => {
      runs++;
    });
    first.cancel();
    await ran((run) => {
      const second = ambient.after(3, () => {
        second.cancel();
        run();
      });
    });
    assert.equal(runs, 0);
  });

  it('runs what is wanted soon after what is on the stack and before the next timer', async () => {
    const order: string[] = [];
    await ran((run) => {
      ambient.after(1, () => {
        order.push('timer');
        run();
      });
      ambient.soon(() => order.push('soon'));
      order.push('stack');
    });
    assert.deepEqual(order, ['stack', 'soon', 'timer']);
  });

  it('makes UUIDs in lower case, each another', () => {
    const [first, second] = [ambient.uuid(), ambient.uuid()];
    assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(first, second);
  });

  it('has a clock since 1970, one that never goes back, and chance below 1', () => {
    assert.ok(Math.abs(ambient.nowMs() - Date.now()) < 1_000);
    const before = ambient.elapsedMs();
    assert.ok(ambient.elapsedMs() >= before);
    const chances = Array.from({ length: 100 }, () => ambient.chance());
    assert.ok(chances.every((chance) => chance >= 0 && chance < 1) && new Set(chances).size > 90);
  });
});
