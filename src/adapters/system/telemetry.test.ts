import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptReport, Refusal } from '../../ports/telemetry.ts';
import { makeReport } from '../../../test/support/reports.ts';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import { type LogOptions, makeLogTelemetry } from './telemetry.ts';

type Line = Record<string, unknown>;

function makeLog(level: LogOptions['level'] = 'info', attempts: LogOptions['attempts'] = 'failed') {
  const ambient = new SimulatedAmbient();
  const lines: Line[] = [];
  const output = {
    write: (line: string) => {
      lines.push(JSON.parse(line) as Line);
    },
    close: async () => Promise.resolve(),
  };
  return { log: makeLogTelemetry({ level, attempts, ambient, output }), lines, ambient };
}

const REFUSAL: Refusal = {
  atMs: 0,
  source: null,
  reason: 'unknown_source',
  type: 'track',
  message: 'no source has this write key',
  ...{ count: 1, route: 'track', writeKey: 'wk_no', subject: { userId: 'u' } },
};

function report(attempt: Partial<AttemptReport['attempt']> = {}): AttemptReport {
  const failed = {
    endpoint: 'https://hooks.example:8443/services/T0/SECRET?token=SECRET',
    atMs: 1_767_225_600_000,
    durationMs: 12,
    outcome: 'failed',
    status: 503,
    exchange: '{"request":"SECRET"}',
  } as const;
  return makeReport(
    { ...failed, ...attempt },
    {
      eventId: 'evt_100000000001',
      name: 'Signed Up',
      message: 'the endpoint answered 503',
      retryAtMs: 1_767_225_601_000,
      decided: null,
      receivedAtMs: 1_767_225_598_000,
    },
  );
}

describe('the log', () => {
  it('writes one wide record for a failed attempt', () => {
    const { log, lines } = makeLog();
    log.attempted(report());
    assert.deepEqual(lines, [
      {
        level: 'warn',
        time: '2026-01-01T00:00:00.000Z',
        destination: 'crm',
        endpoint: 'https://hooks.example:8443',
        eventId: 'evt_100000000001',
        type: 'track',
        name: 'Signed Up',
        attempt: 1,
        outcome: 'failed',
        status: 503,
        error: null,
        detail: 'the endpoint answered 503',
        durationMs: 12,
        decided: null,
        retryAt: '2026-01-01T00:00:01.000Z',
        receivedAt: '2025-12-31T23:59:58.000Z',
        ageMs: 2012,
        msg: 'attempt failed',
      },
    ]);
  });

  it('has nothing of an endpoint beyond its origin, and nothing of its exchange', () => {
    const { log, lines } = makeLog();
    log.attempted(report({ outcome: 'rejected' }));
    assert.doesNotMatch(JSON.stringify(lines), /SECRET/);
  });

  it('says nothing about what goes well', () => {
    const { log, lines } = makeLog('debug');
    log.attempted(report({ outcome: 'succeeded', status: 200 }));
    log.attempted(report({ outcome: 'skipped', status: null }));
    log.accepted(1, [], new Float64Array());
    assert.deepEqual(lines, []);
  });

  it('writes each attempt in the same form when each is asked for, what failed at warn', () => {
    const { log, lines } = makeLog('info', 'all');
    const outcomes = ['succeeded', 'failed', 'rejected', 'skipped'] as const;
    for (const outcome of outcomes) log.attempted(report({ outcome }));
    assert.deepEqual(
      lines.map(({ level, msg, outcome }) => [level, msg, outcome]),
      [
        ['info', 'attempt succeeded', 'succeeded'],
        ['warn', 'attempt failed', 'failed'],
        ['warn', 'attempt rejected', 'rejected'],
        ['info', 'attempt skipped', 'skipped'],
      ],
    );
    assert.equal(new Set(lines.map((line) => Object.keys(line).join())).size, 1);
  });

  it('leaves out none of them then, and only a sample of the failed ones otherwise', async () => {
    const [all, sampled] = [makeLog('info', 'all'), makeLog('info', 'failed')];
    for (let index = 0; index < 100; index++) {
      all.log.attempted(report());
      sampled.log.attempted(report());
    }
    await sampled.ambient.advance(1_000);
    assert.equal(all.lines.length, 100);
    assert.equal(sampled.lines.length, 21);
    assert.equal(sampled.lines.at(-1)?.['leftOut'], 80);
  });

  it('writes deaths and trouble as warnings', () => {
    const { log, lines } = makeLog('warn');
    log.died('crm', 'evt_1', 'http_500');
    log.trouble('the disk is full', { folder: '/data' });
    log.note('started', {});
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [
        ['warn', 'delivery is dead'],
        ['warn', 'the disk is full'],
      ],
    );
  });

  it('writes ten refused calls a second and counts the others', async () => {
    const { log, lines, ambient } = makeLog();
    for (let call = 0; call < 35; call++) log.refused(REFUSAL);
    assert.equal(lines.length, 10);
    assert.equal(lines[0]?.['reason'], 'unknown_source');
    await ambient.advance(1_000);
    assert.deepEqual(
      lines.slice(10).map(({ leftOut }) => leftOut),
      [25],
    );
    log.refused(REFUSAL);
    await ambient.advance(5_000);
    assert.equal(lines.length, 12);
  });

  it('cuts long texts from outside, and keeps a line break from beginning a line of its own', () => {
    const { log, lines } = makeLog();
    log.attempted({ ...report(), name: `x\n{"level":"fatal"}${'y'.repeat(10_000)}` });
    assert.equal(lines.length, 1);
    assert.ok(String(lines[0]?.['name']).length < 300);
  });

  it('writes the stack of an error that nobody expected, and its cause', () => {
    const { log, lines } = makeLog('error');
    log.failed(new Error('outer', { cause: new Error('inner') }));
    assert.equal(lines[0]?.['level'], 'fatal');
    assert.match(JSON.stringify(lines[0]['err']), /outer.*telemetry\.test.*inner/s);
  });
});
