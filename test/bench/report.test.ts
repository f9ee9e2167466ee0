import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backlogTableOf } from '../../bench/backlog-report.ts';
import { BACKLOG } from '../../bench/backlog.ts';
import type { BacklogMeasurement } from '../../bench/backlog.ts';
import type { Measurement } from '../../bench/measure.ts';
import { latencyOf } from '../../bench/quantile.ts';
import { destinationsTablesOf, type DestinationsRound } from '../../bench/destinations-report.ts';
import { SPREADS } from '../../bench/destinations.ts';
import { historyTablesOf } from '../../bench/history-report.ts';
import { HISTORY, type HistoryMeasurement } from '../../bench/history.ts';
import { streamTableOf } from '../../bench/live-stream-report.ts';
import { STREAM, type StreamMeasurement } from '../../bench/live-stream.ts';
import { NEIGHBOURS } from '../../bench/neighbours.ts';
import { lostOf, readmeOf, tableOf } from '../../bench/report.ts';
import type { Result } from '../../bench/report.ts';
import { retentionTableOf } from '../../bench/retention-report.ts';
import { RETENTION } from '../../bench/retention.ts';
import type { RetentionMeasurement } from '../../bench/retention.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';

const latency = latencyOf(Float64Array.from({ length: 1_000 }, (_, index) => (index + 1) * 1_000));

describe('a report', () => {
  it('shows medians with their spread, and the median of the ratios of each round', () => {
    const rows = tableOf(result([100, 300, 200], [50, 30, 160])).split('\n');
    assert.equal(rows[3], '| delivered, events/s | 200 (100–300) | 50 (30–160) | 0.50 |');
  });

  it('leaves out what was not measured', () => {
    assert.match(tableOf(result([1], [1])), /\| on disk, bytes per event \| – \| – \| – \|/);
  });

  it('counts what was lost in any round of any program', () => {
    assert.equal(lostOf([result([1, 1], [1, 1])]), 0);
    const [scenario] = SCENARIOS;
    const lossy = new Map([
      ['sluice' as const, [measured(1), { ...measured(1), lost: 2 }, { ...measured(1), lost: 1 }]],
    ]);
    assert.equal(lostOf([result([1], [1]), { scenario: scenario!, rounds: lossy }]), 3);
  });

  it('names machine, commit and date', async () => {
    const machine = {
      date: '2026-01-02',
      commit: 'abc123',
      processors: '2 × Some Processor',
      memoryGib: 8,
      system: 'Linux 6',
      node: 'v26.0.0',
      fsyncMs: { p50: 1.5, p99: 2.25, p999: 3, worst: 4 },
    };
    const backlog = { scenario: BACKLOG, rounds: [waited(1, 1)] };
    const destinations = { scenario: NEIGHBOURS, rounds: [crowd(2, 3)] };
    const retention = { scenario: RETENTION, rounds: [forgot(1, 2)] };
    const history = { scenario: HISTORY, rounds: [remembered(1, 2)] };
    const stream = { scenario: STREAM, rounds: [told(1, 2)] };
    const long = { backlog, destinations, retention, history, stream };
    const readme = await readmeOf([result([1], [1])], long, machine, 1);
    for (const part of [
      '2026-01-02',
      'abc123',
      '2 × Some Processor',
      '1.50 ms',
      '2.25 ms',
      BACKLOG.title,
      RETENTION.title,
      HISTORY.title,
      STREAM.title,
    ])
      assert.ok(readme.includes(part), part);
  });
});

describe("a backlog's report", () => {
  it('compares each round with itself', () => {
    const rows = backlogTableOf({ scenario: BACKLOG, rounds: [waited(100, 50), waited(10, 20)] }).split('\n');
    assert.equal(rows[2], '| accepted, events/s | 10 (10–100) | 20 (20–50) | 0.50 |');
  });

  it('leaves out what there is only where events wait', () => {
    const rows = backlogTableOf({ scenario: BACKLOG, rounds: [waited(1, 1)] }).split('\n');
    assert.equal(rows.at(-1), '| duplicates after `kill -9` | – | 3 | – |');
  });
});

describe('the report of many destinations', () => {
  it('compares each round with itself', () => {
    const [spread, beside, dead] = destinationsTablesOf({
      scenario: NEIGHBOURS,
      rounds: [crowd(2, 4), crowd(3, 3), crowd(4, 2)],
    });
    assert.match(spread ?? '', /^\| 1 on one source \| 10 \| 30 \(20–40\) \| 3\.00 \| 1 \|$/m);
    assert.match(beside ?? '', /^\| beside 200 \| 3\.0 \(2\.0–4\.0\) \| 3\.00 \| 3\.0 \(2\.0–4\.0\) \| 1\.50 \|$/m);
    assert.match(dead ?? '', /^\| processor time, ms \| 100 \| 300 \(200–400\) \| 3\.00 \|$/m);
  });
});

/** A round in which Sluice is that many times faster than the forwarder, and its neighbours cost as much. */
function crowd(factor: number, late: number): DestinationsRound {
  const beside = [0, 1, 200].map((hanging) => ({
    ...{ hanging, lost: 0, earlyMs: hanging === 0 ? 1 : factor, lateMs: hanging === 0 ? 2 : late },
  }));
  const cost = { rssBytes: 1, storeBytes: 1 };
  const measured = { forwarderPerSecond: 10, sluicePerSecond: 10 * factor, rssBytes: 1_048_576, lost: 0 };
  const spreads = [{ spread: SPREADS[0]!, ...measured }];
  return { beside, spreads, none: { ...cost, cpuMs: 100 }, dead: { ...cost, cpuMs: 100 * factor } };
}

describe('a report on a long history', () => {
  it('compares each round with itself', () => {
    const [rates, , p99] = historyTablesOf({ scenario: HISTORY, rounds: [remembered(100, 50), remembered(10, 20)] });
    assert.match(rates ?? '', /^\| accepted, events\/s \| 10 \(10–100\) \| 20 \(20–50\) \| 0\.50 \|$/m);
    assert.match(p99 ?? '', /^\| newest, p99 ms \| 10\.0 \(10\.0–100\.0\) \| 20\.0 \(20\.0–50\.0\) \| 0\.50 \|$/m);
  });
});

function remembered(short: number, long: number): HistoryMeasurement {
  const both = { short, long };
  return {
    ...{ attempts: both, diskBytes: both, acceptedPerSecond: both, deliveredPerSecond: both, answerP99Ms: both },
    ...{ questions: [{ title: 'newest', p50Ms: both, p99Ms: both }], lost: 0 },
  };
}

describe('a report on readers of the live stream', () => {
  it('compares each round with itself', () => {
    const table = streamTableOf({ scenario: STREAM, rounds: [told(100, 50), told(10, 20)] });
    assert.match(table, /^\| single calls accepted, events\/s \| 10 \(10–100\) \| 20 \(20–50\) \| 0\.50 \|$/m);
    assert.match(table, /^\| told to all readers, MiB\/s \| – \| 20\.0 \(20\.0–50\.0\) \| – \|$/m);
  });
});

function told(unread: number, read: number): StreamMeasurement {
  const both = { unread, read };
  return {
    ...{ singlePerSecond: both, batchPerSecond: both, singleP99Ms: both, batchP99Ms: both, singleCpuUs: both },
    ...{ batchCpuUs: both, readBytesPerSecond: { unread: 0, read: read * 1_048_576 }, readersCpuShare: both, lost: 0 },
  };
}

describe('a report on retention', () => {
  it('compares each round with itself', () => {
    const rows = retentionTableOf({ scenario: RETENTION, rounds: [forgot(100, 50), forgot(10, 20)] }).split('\n');
    assert.equal(rows[2], '| until the 200, p99 ms | 10.00 (10.00–100.00) | 20.00 (20.00–50.00) | 0.50 |');
  });
});

describe('a latency', () => {
  it('is the smallest value that the share does not exceed', () => {
    assert.deepEqual(latency, { p50: 500, p99: 990, p999: 999, worst: 1_000 });
  });
});

function result(forwarder: readonly number[], sluice: readonly number[]): Result {
  const [scenario] = SCENARIOS;
  return {
    scenario: scenario!,
    rounds: new Map([
      ['forwarder', forwarder.map(measured)],
      ['sluice', sluice.map(measured)],
    ]),
  };
}

function measured(deliveredPerSecond: number): Measurement {
  return {
    events: 1,
    acceptedPerSecond: 7,
    deliveredPerSecond,
    answerMs: latency,
    endToEndMs: latency,
    cpuUsPerEvent: null,
    endsCpuUsPerEvent: 5,
    peakRssBytes: null,
    diskBytesPerEvent: null,
    lost: 0,
    duplicates: 0,
  };
}

function forgot(keeping: number, forgetting: number): RetentionMeasurement {
  const same = { keeping: 1, forgetting: 1 };
  return {
    answerP99Ms: { keeping, forgetting },
    answerP999Ms: same,
    answerWorstMs: same,
    stallMs: same,
    segmentsGone: same,
    logPeakBytes: same,
    logEndBytes: same,
    lost: 0,
    duplicates: 0,
  };
}

function waited(acceptedEmpty: number, acceptedWaiting: number): BacklogMeasurement {
  const same = { empty: 1, waiting: 1 };
  return {
    acceptedPerSecond: { empty: acceptedEmpty, waiting: acceptedWaiting },
    startAfterStopMs: same,
    startAfterKillMs: same,
    deliveredPerSecond: same,
    rssAcceptingBytes: same,
    rssStartedBytes: same,
    rssDeliveringBytes: 1,
    diskBytesPerEvent: 1,
    lost: 0,
    duplicatesAfterStop: 0,
    duplicatesAfterKill: 3,
  };
}
