import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backlogTableOf } from '../../bench/backlog-report.ts';
import { BACKLOG } from '../../bench/backlog.ts';
import { BATCHED } from '../../bench/batched.ts';
import { destinationsTablesOf } from '../../bench/destinations-report.ts';
import { fanOutTableOf } from '../../bench/fan-out-report.ts';
import { FAN_OUT } from '../../bench/fan-out.ts';
import { historyTablesOf } from '../../bench/history-report.ts';
import { HISTORY } from '../../bench/history.ts';
import { streamTableOf } from '../../bench/live-stream-report.ts';
import { STREAM } from '../../bench/live-stream.ts';
import { NEIGHBOURS } from '../../bench/neighbours.ts';
import { lostOf, readmeOf, tableOf } from '../../bench/report.ts';
import { retentionTableOf } from '../../bench/retention-report.ts';
import { RETENTION } from '../../bench/retention.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { slowTableOf } from '../../bench/slow-endpoint-report.ts';
import { SLOW } from '../../bench/slow-endpoint.ts';
import {
  batchedBy,
  crowd,
  fannedOut,
  forgot,
  latency,
  measured,
  remembered,
  result,
  slowed,
  told,
  waited,
} from './rounds.ts';

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
    const fanOut = { scenario: FAN_OUT, rounds: [fannedOut(1, 2)] };
    const slow = { scenario: SLOW, rounds: [slowed(64, 1, 2)] };
    const batched = { scenario: BATCHED, rounds: [batchedBy(2)] };
    const long = { backlog, fanOut, batched, slow, destinations, retention, history, stream };
    const readme = await readmeOf([result([1], [1])], long, machine, 1);
    for (const part of [
      '2026-01-02',
      'abc123',
      '2 × Some Processor',
      '1.50 ms',
      '2.25 ms',
      'Goals',
      BACKLOG.title,
      FAN_OUT.title,
      BATCHED.title,
      SLOW.title,
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

describe('a report on five endpoints', () => {
  it('compares each round with itself', () => {
    const table = fanOutTableOf({ scenario: FAN_OUT, rounds: [fannedOut(100, 50), fannedOut(10, 20)] });
    assert.match(table, /^\| delivered, events\/s \| 10 \(10–100\) \| 20 \(20–50\) \| 0\.50 \|$/m);
    assert.match(table, /^\| arrivals per event \| 5\.00 \| 4\.50 \| 0\.90 \|$/m);
  });
});

describe('a report on a slow endpoint', () => {
  it('compares both programs with the limit, at each concurrency', () => {
    const round = [...slowed(64, 320, 304), ...slowed(1_000, 4_500, 4_900)];
    const rows = slowTableOf({ scenario: SLOW, rounds: [round] }).split('\n');
    assert.equal(rows[2], '| 64 at a time | 320 | 320 | 1.00 | 200.0 | 304 | 0.95 | 200.0 |');
    assert.equal(rows[3], '| 1,000 at a time | 5,000 | 4,500 | 0.90 | 200.0 | 4,900 | 0.98 | 200.0 |');
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

describe('a report on a long history', () => {
  it('compares each round with itself', () => {
    const [rates, , p99] = historyTablesOf({ scenario: HISTORY, rounds: [remembered(100, 50), remembered(10, 20)] });
    assert.match(rates ?? '', /^\| accepted, events\/s \| 10 \(10–100\) \| 20 \(20–50\) \| 0\.50 \|$/m);
    assert.match(p99 ?? '', /^\| newest, p99 ms \| 10\.0 \(10\.0–100\.0\) \| 20\.0 \(20\.0–50\.0\) \| 0\.50 \|$/m);
  });
});

describe('a report on readers of the live stream', () => {
  it('compares each round with itself', () => {
    const table = streamTableOf({ scenario: STREAM, rounds: [told(100, 50), told(10, 20)] });
    assert.match(table, /^\| single calls accepted, events\/s \| 10 \(10–100\) \| 20 \(20–50\) \| 0\.50 \|$/m);
    assert.match(table, /^\| told to all readers, MiB\/s \| – \| 20\.0 \(20\.0–50\.0\) \| – \|$/m);
  });
});

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
