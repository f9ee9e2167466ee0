import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deadlines } from './deadlines.ts';

/** Timers and turns that a test lets pass by hand. */
class Loop {
  readonly #timers = new Set<() => void>();
  readonly #turns: (() => void)[] = [];

  after(_ms: number, run: () => void): { cancel(): void } {
    this.#timers.add(run);
    return { cancel: () => this.#timers.delete(run) };
  }

  soon(run: () => void): void {
    this.#turns.push(run);
  }

  /** All timers go off in one turn, as those of one moment do. */
  ring(): void {
    const due = [...this.#timers];
    this.#timers.clear();
    for (const run of due) run();
  }

  turn(): boolean {
    const run = this.#turns.shift();
    run?.();
    return run !== undefined;
  }
}

describe('deadlines', () => {
  it('that are over together end a few in a turn, in order, none forgotten', () => {
    const loop = new Loop();
    const deadlines = new Deadlines(loop);
    const ended: number[] = [];
    for (let n = 0; n < 100; n += 1) deadlines.after(5, () => ended.push(n));
    loop.ring();
    const turns = [ended.length];
    while (loop.turn()) turns.push(ended.length);
    assert.ok(turns.length > 4 && turns.every((count, index) => count - (turns[index - 1] ?? 0) <= 16), turns.join());
    assert.deepEqual(
      ended,
      Array.from({ length: 100 }, (_, n) => n),
    );
  });

  it('that are called off do not end, also when they wait for their turn', () => {
    const loop = new Loop();
    const deadlines = new Deadlines(loop);
    const ended: number[] = [];
    const all = Array.from({ length: 40 }, (_, n) => deadlines.after(5, () => ended.push(n)));
    all[0]?.cancel();
    loop.ring();
    all[39]?.cancel();
    while (loop.turn());
    assert.deepEqual([ended[0], ended.at(-1), ended.length], [1, 38, 38]);
  });

  it('that are set by one that ends are their own', () => {
    const loop = new Loop();
    const deadlines = new Deadlines(loop);
    let ended = 0;
    deadlines.after(5, () => {
      ended += 1;
      deadlines.after(5, () => (ended += 1));
    });
    for (const expected of [1, 2]) {
      loop.ring();
      loop.turn();
      assert.equal(ended, expected);
    }
  });
});
