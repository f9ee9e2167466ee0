import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import { Deadlines, Ending, Expiries } from './deadlines.ts';

const TIMEOUT_MS = 5_000;

/** Turns of the event loop that a test lets pass by hand, each as long as the test wants. */
class Loop {
  turnMs = 0;
  #nowMs = 0;
  readonly #turns: (() => void)[] = [];

  elapsedMs(): number {
    return this.#nowMs;
  }

  soon(run: () => void): void {
    this.#turns.push(run);
  }

  turn(): boolean {
    this.#nowMs += this.turnMs;
    const run = this.#turns.shift();
    run?.();
    return run !== undefined;
  }
}

class Told extends Ending {
  readonly #tell: () => void;

  constructor(tell: () => void) {
    super();
    this.#tell = tell;
  }

  override expire(): void {
    this.#tell();
  }
}

function scene() {
  const [ambient, loop] = [new SimulatedAmbient(), new Loop()];
  const deadlines = new Deadlines(TIMEOUT_MS, ambient, new Expiries(loop));
  const ended: number[] = [];
  const begin = (number: number, then: () => void = () => undefined): Ending => {
    const ending = new Told(() => {
      ended.push(number);
      then();
    });
    deadlines.begin(ending, ambient.elapsedMs());
    return ending;
  };
  return { ambient, loop, deadlines, ended, begin };
}

describe('deadlines', () => {
  /** How many ended in each turn. */
  async function turnsOf(turnMs: number): Promise<readonly number[]> {
    const { ambient, loop, ended, begin } = scene();
    loop.turnMs = turnMs;
    for (let n = 0; n < 100; n += 1) begin(n);
    await ambient.advance(TIMEOUT_MS);
    const counts = [0];
    while (loop.turn()) counts.push(ended.length);
    assert.deepEqual(
      ended,
      Array.from({ length: 100 }, (_, n) => n),
    );
    return counts.slice(1).map((count, index) => count - (counts[index] ?? 0));
  }

  it('that are over together end a few in a turn, in order, none forgotten', async () => {
    assert.deepEqual(await turnsOf(0.5), new Array(25).fill(4));
  });

  it('that are over together end in time where turns are long', async () => {
    assert.deepEqual(await turnsOf(10), new Array(10).fill(10));
  });

  it('are each as long after their own beginning', async () => {
    const { ambient, loop, ended, begin } = scene();
    begin(1);
    await ambient.advance(3_000);
    begin(2);
    await ambient.advance(2_000);
    while (loop.turn());
    assert.deepEqual(ended, [1]);
    await ambient.advance(2_999);
    assert.equal(loop.turn(), false);
    await ambient.advance(1);
    while (loop.turn());
    assert.deepEqual(ended, [1, 2]);
    assert.equal(ambient.nextTimerMs, null);
  });

  it('that are called off do not end, also when they wait for their turn', async () => {
    const { ambient, loop, deadlines, ended, begin } = scene();
    const all = Array.from({ length: 40 }, (_, n) => begin(n));
    deadlines.end(all[0] as Ending);
    await ambient.advance(TIMEOUT_MS);
    deadlines.end(all[39] as Ending);
    while (loop.turn());
    assert.deepEqual([ended[0], ended.at(-1), ended.length], [1, 38, 38]);
  });

  it('that are set by one that ends are their own', async () => {
    const { ambient, loop, ended, begin } = scene();
    begin(1, () => begin(2));
    for (const expected of [1, 2]) {
      await ambient.advance(TIMEOUT_MS);
      loop.turn();
      assert.equal(ended.length, expected);
    }
  });

  it('have one timer, and none once nobody needs one', () => {
    const { ambient, deadlines, begin } = scene();
    for (let n = 0; n < 100; n += 1) deadlines.end(begin(n));
    assert.equal(ambient.nextTimerMs, TIMEOUT_MS);
    deadlines.close();
    assert.equal(ambient.nextTimerMs, null);
  });
});
