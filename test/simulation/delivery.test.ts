/**
 * The whole inside, from a library's call to its endpoints' answers, on simulated time, by thousands of seeds: slow and
 * failing logs and stores, endpoints that fail, hang and refuse, crashes, power cuts, stops, clocks that jump, changes
 * of destinations. After each seed, when all is well again, every event that was answered with 200 has an end at every
 * destination, and the promises of `verdict.ts` and `witness.ts` were kept all the way. A failing seed is printed;
 * `SLUICE_TEST_SEED=n` repeats it, and prints all that happened.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { SeedsAsk, SeedsReport } from './seeds-thread.ts';

const SEEDS = process.env['SLUICE_TEST_LONG'] === '1' ? 24_000 : 600;
const ONLY = process.env['SLUICE_TEST_SEED'];
/** Seeds that are run twice, to see that a seed repeats what it found. */
const REPEATED = 20;
/** Of a failing seed's trace, where it is not asked for by its number. */
const TRACE_LINES = 30;

/** Runs seeds on all processors, and answers what became of them in their order; ends at the first that fails. */
async function run(seeds: readonly number[]): Promise<readonly SeedsReport[]> {
  const left = [...seeds];
  const reports: SeedsReport[] = [];
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), seeds.length) }, async () => {
      const thread = new Worker(join(import.meta.dirname, 'seeds-thread.ts'));
      const exited = once(thread, 'exit');
      thread.on('message', (report: SeedsReport) => {
        reports.push(report);
        if (report.broken.length > 0) left.length = 0;
        thread.postMessage((left.shift() ?? null) satisfies SeedsAsk);
      });
      thread.postMessage((left.shift() ?? null) satisfies SeedsAsk);
      await exited;
    }),
  );
  return reports.sort((a, b) => a.seed - b.seed);
}

function told({ seed, broken, trace }: SeedsReport): string {
  const lines = ONLY === undefined ? trace.slice(-TRACE_LINES) : trace;
  return `seed ${seed} (repeat it with SLUICE_TEST_SEED=${seed}):\n${broken.join('\n')}\n\n${lines.join('\n')}`;
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('Sluice, simulated', () => {
  it('keeps its promises, whatever goes wrong and whenever it dies', async () => {
    const seeds = ONLY === undefined ? upTo(SEEDS) : [Number(ONLY)];
    const reports = await run(seeds);
    const failed = reports.find(({ broken }) => broken.length > 0);
    assert.equal(failed === undefined ? '' : told(failed), '');
    assert.equal(reports.length, seeds.length);
  });

  it('does the same again with the same seed', async () => {
    const hashes = async (): Promise<readonly string[]> => (await run(upTo(REPEATED))).map(({ hash }) => hash);
    const first = await hashes();
    assert.deepEqual(await hashes(), first);
    assert.equal(new Set(first).size, REPEATED);
  });
});
