import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DedupeWindow } from './dedupe-window.ts';

const MINUTE_MS = 60_000;

/** The same promises kept without any care for cost. */
class ModelWindow {
  readonly #ms: number;
  readonly #keysMax: number;
  readonly #noted = new Map<number, { hash: number; atMs: number }>();

  constructor(ms: number, keysMax: number) {
    this.#ms = ms;
    this.#keysMax = keysMax;
  }

  add(first: number, hashes: Float64Array, atMs: number): void {
    hashes.forEach((hash, index) => this.#noted.set(first + index, { hash, atMs }));
  }

  /** All that must be found and, beyond them, all that may be: what expired less than a minute ago. */
  find(hash: number, nowMs: number): { must: number[]; may: number[] } {
    const within = [...this.#noted].slice(-this.#keysMax);
    const equal = within.filter(([, noted]) => noted.hash === hash);
    const younger = (ms: number): number[] =>
      equal.filter(([, { atMs }]) => atMs > nowMs - ms).map(([position]) => position);
    return { must: younger(this.#ms), may: younger(this.#ms + MINUTE_MS) };
  }
}

/** Few distinct hashes, many of which have their home in the same slots, so that runs are long and wrap around. */
const crowdedHash = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 7 }).map((number) => 2 ** 32 * number + 2_047),
  fc.integer({ min: 0, max: 7 }).map((number) => 2 ** 52 + 2 ** 33 * number + 15),
);

const commit = fc.record({
  gap: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
    { weight: 1, arbitrary: fc.integer({ min: 2 ** 36, max: 2 ** 40 }) },
  ),
  hashes: fc.array(crowdedHash, { minLength: 1, maxLength: 30 }),
  waitMs: fc.integer({ min: 0, max: 5 * MINUTE_MS }),
});

describe('DedupeWindow', () => {
  it('finds what a plain map of the same window finds', () => {
    const windows = fc.record({
      ms: fc.integer({ min: MINUTE_MS, max: 60 * MINUTE_MS }),
      keysMax: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(windows, fc.array(commit, { maxLength: 40 }), ({ ms, keysMax }, commits) => {
        const window = new DedupeWindow({ ms, keysMax });
        const model = new ModelWindow(ms, keysMax);
        let next = 1;
        let nowMs = 0;
        for (const { gap, hashes, waitMs } of commits) {
          nowMs += waitMs;
          next += gap;
          window.add(next, Float64Array.from(hashes), nowMs);
          model.add(next, Float64Array.from(hashes), nowMs);
          next += hashes.length;
          window.expire(nowMs);
          assert.ok(window.size <= keysMax);
          for (const hash of new Set(commits.flatMap((each) => each.hashes))) {
            const found = [...window.find(hash)].sort((a, b) => a - b);
            const { must, may } = model.find(hash, nowMs);
            assert.deepEqual(
              found.filter((position) => must.includes(position)),
              must,
            );
            assert.deepEqual(
              found.filter((position) => !may.includes(position)),
              [],
            );
          }
        }
      }),
    );
  });

  for (const [name, reservedAt] of [
    ['while it grows and forgets', null],
    ['where room for them was taken before', 1],
    ['where room for them is taken among them', 3_001],
    ['where room for more is taken when it forgets already', 9_001],
  ] as const) {
    it(`finds each of very many keys ${name}`, () => {
      const keysMax = 5_000;
      const window = new DedupeWindow({ ms: Infinity, keysMax });
      const hashOf = (position: number): number => (position * 0x9e3779b97f4a7) % 2 ** 53;
      for (let first = 1; first <= 20_000; first += 100) {
        if (first === reservedAt) window.reserve(20_000);
        window.add(
          first,
          Float64Array.from({ length: 100 }, (_, index) => hashOf(first + index)),
          first,
        );
        const oldest = Math.max(1, first + 100 - keysMax);
        assert.deepEqual(window.find(hashOf(oldest)), [oldest]);
        assert.deepEqual(window.find(hashOf(first + 99)), [first + 99]);
        assert.deepEqual(window.find(hashOf(oldest - 1)), []);
      }
      assert.equal(window.size, keysMax);
    });
  }

  it('steps over positions that hold no event, however many, and forgets nothing by it', () => {
    const window = new DedupeWindow({ ms: 1_000, keysMax: 100 });
    window.add(5, Float64Array.of(7, 8), 0);
    window.add(50, Float64Array.of(7), 0);
    assert.deepEqual(
      [...window.find(7)].sort((a, b) => a - b),
      [5, 50],
    );
    window.add(2 ** 50, Float64Array.of(7), 0);
    assert.deepEqual(
      [...window.find(7)].sort((a, b) => a - b),
      [5, 50, 2 ** 50],
    );
    assert.deepEqual(window.find(8), [6]);
    assert.equal(window.size, 4);
  });
});
