import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SPREADS } from '../../bench/destinations.ts';
import { goalsTableOf } from '../../bench/goals.ts';
import type { LongResults, Result } from '../../bench/report.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { batchedBy, crowd, fannedOut, measured, noLongResults, remembered, result, slowed, waited } from './rounds.ts';

const MIB = 1_024 * 1_024;

describe('goals', () => {
  it('say what is wanted, what was measured, and whether that is reached', () => {
    const rows = rowsOf({ results: [result([100, 100, 100], [80, 79, 81])] });
    assert.deepEqual(rows, [
      '| single calls, flat out: delivered, sluice ÷ forwarder | at least 0.80 | 0.800 (0.790–0.810) | yes |',
    ]);
  });

  it('are missed by the median and not by the worst round', () => {
    const [row] = rowsOf({ results: [result([100, 100, 100], [79, 79.9, 120])] });
    assert.match(row ?? '', /\| 0\.799 \(0\.790–1\.200\) \| \*\*no\*\* \|$/);
  });

  it('are only those of which something was measured', () => {
    assert.equal(goalsTableOf({ results: [], long: noLongResults() }), '');
    assert.equal(rowsOf({ slow: { rounds: [slowed(1_000, 1, 4_600)] } }).length, 1);
  });

  it('hold latencies to milliseconds', () => {
    const rows = rowsOf({ results: [of('rate-3000', { endToEndMs: { p50: 1.5, p99: 10, p999: 26, worst: 40 } })] });
    assert.deepEqual(rows.map(verdictOf), ['yes', 'yes', '**no**']);
  });

  it('hold bytes on disk to the body that was delivered', () => {
    const stored = { bodyBytesPerEvent: 700, diskBytesPerEvent: 1_011, peakRssBytes: 256 * MIB };
    assert.deepEqual(rowsOf({ results: [of('single', stored)] }), [
      '| peak memory, single calls, flat out, MiB | at most 256 | 256 | yes |',
      '| on disk, bytes per delivered event, single calls | at most 1,010 | 1,011 | **no** |',
    ]);
  });

  it('compare many destinations with ten within a round', () => {
    const spreads = SPREADS.map((spread) => {
      const many = spread.destinations > 10;
      const sluicePerSecond = many ? 9.6 : 10;
      return { spread, forwarderPerSecond: 20, sluicePerSecond, rssBytes: 1, lost: 0 };
    });
    const rows = rowsOf({ destinations: { rounds: [{ ...crowd(1.3, 2), spreads }] } });
    assert.deepEqual(
      rows.map((row) => row.split(' | ').slice(-3).join(', ').replace(' |', '')),
      [
        // Less than what is noise.
        'at least 1, 0.960, yes',
        'at least 1, 0.960, yes',
        'at most 1.20, 1.300, **no**',
        'at most 1.20, 1.000, yes',
      ],
    );
  });

  it('are reached or not by each of the other scenarios', () => {
    const rows = rowsOf({
      backlog: { rounds: [waited(100, 95)] },
      fanOut: { rounds: [fannedOut(100, 94)] },
      batched: { rounds: [batchedBy(5)] },
      slow: { rounds: [[...slowed(64, 1, 311), ...slowed(1_000, 1, 4_599)]] },
      history: { rounds: [remembered(1_000, 999)] },
    });
    const verdicts = ['**no**', 'yes', 'yes', '**no**', 'yes', 'yes', 'yes', 'yes', 'yes'];
    assert.deepEqual(rows.map(verdictOf), verdicts, rows.join('\n'));
  });
});

type Given = { readonly results?: readonly Result[] } & {
  readonly [name in keyof LongResults]?: Pick<LongResults[name], 'rounds'>;
};

function rowsOf({ results = [], ...long }: Given): readonly string[] {
  const table = goalsTableOf({ results, long: { ...noLongResults(), ...(long as Partial<LongResults>) } });
  return table.split('\n').slice(2);
}

function verdictOf(row: string): string | undefined {
  return row.split(' | ').at(-1)?.replace(' |', '');
}

/** One round of Sluice alone, in which this was measured. */
function of(name: string, differing: Partial<ReturnType<typeof measured>>): Result {
  const scenario = SCENARIOS.find((one) => one.name === name);
  assert.ok(scenario !== undefined);
  return { scenario, rounds: new Map([['sluice', [{ ...measured(1), ...differing }]]]) };
}
