import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Batcher } from './batcher.ts';

/** A write that a test ends by hand. */
class Writes {
  readonly begun: string[][] = [];
  readonly #ends: { resolve: (results: string[]) => void; reject: (error: Error) => void }[] = [];

  readonly write = async (items: readonly string[]): Promise<readonly string[]> => {
    this.begun.push([...items]);
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
  };

  end(): void {
    this.#ends
      .shift()
      ?.resolve(this.begun[this.begun.length - this.#ends.length - 1]!.map((word) => word.toUpperCase()));
  }

  fail(error: Error): void {
    this.#ends.shift()?.reject(error);
  }
}

/** Long enough for every promise that can settle by itself. */
const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function makeBatcher(sizeMax?: number): { batcher: Batcher<string, string>; writes: Writes } {
  const writes = new Writes();
  const batcher = new Batcher(writes.write, { soon: queueMicrotask, ...(sizeMax === undefined ? {} : { sizeMax }) });
  return { batcher, writes };
}

describe('Batcher', () => {
  it('writes what one tick adds at once, and answers each caller with its own result', async () => {
    const { batcher, writes } = makeBatcher();
    const results = Promise.all([batcher.add('a', 1), batcher.add('b', 1)]);
    await settled();
    writes.end();
    assert.deepEqual(await results, ['A', 'B']);
    assert.deepEqual(writes.begun, [['a', 'b']]);
  });

  it('gathers what is added during a write into the next', async () => {
    const { batcher, writes } = makeBatcher();
    const first = batcher.add('a', 1);
    await settled();
    const rest = Promise.all([batcher.add('b', 1), batcher.add('c', 1)]);
    await settled();
    assert.deepEqual(writes.begun, [['a']]);
    writes.end();
    assert.equal(await first, 'A');
    await settled();
    assert.deepEqual(writes.begun, [['a'], ['b', 'c']]);
    writes.end();
    assert.deepEqual(await rest, ['B', 'C']);
  });

  it('rejects the callers of a failed write and of no other', async () => {
    const { batcher, writes } = makeBatcher();
    const first = batcher.add('a', 1);
    await settled();
    const second = batcher.add('b', 1);
    writes.fail(new Error('no room'));
    await assert.rejects(first, /no room/);
    await settled();
    writes.end();
    assert.equal(await second, 'B');
  });

  it('splits what waits where one write takes no more, and writes a larger item alone', async () => {
    const { batcher, writes } = makeBatcher(10);
    const all = Promise.all([batcher.add('a', 6), batcher.add('b', 4), batcher.add('c', 25), batcher.add('d', 1)]);
    for (let round = 0; round < 3; round++) {
      await settled();
      writes.end();
    }
    assert.deepEqual(await all, ['A', 'B', 'C', 'D']);
    assert.deepEqual(writes.begun, [['a', 'b'], ['c'], ['d']]);
  });

  it('tells how much is asked for and not written', async () => {
    const { batcher, writes } = makeBatcher();
    const first = batcher.add('a', 5);
    await settled();
    const second = batcher.add('b', 7);
    assert.equal(batcher.size, 12);
    writes.end();
    await first;
    await settled();
    assert.equal(batcher.size, 7);
    writes.fail(new Error('no room'));
    await assert.rejects(second);
    assert.equal(batcher.size, 0);
  });

  it('is idle once all that was added is written', async () => {
    const { batcher, writes } = makeBatcher();
    await batcher.idle();
    const order: string[] = [];
    void batcher.add('a', 1).then(() => order.push('written'));
    const idle = batcher.idle().then(() => order.push('idle'));
    await settled();
    writes.end();
    await idle;
    assert.deepEqual(order, ['written', 'idle']);
  });
});
