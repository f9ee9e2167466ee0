import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Readiness } from '../ports/monitoring.ts';
import { openBench } from '../../test/support/http-bench.ts';

const READY: Readiness = {
  ...{ isReady: true, version: '1.2.3', facts: { survivesPowerCut: true, dedupe: 'exact' } },
  checks: { log: { status: 'ok' }, disk: { status: 'ok', freeBytes: 900, reserveBytes: 100 } },
};

function monitoringOf(readiness: Readiness) {
  const answered: number[] = [];
  const monitoring = {
    readiness: async () => Promise.resolve(readiness),
    metrics: async () => Promise.resolve('sluice_log_bytes 1\n'),
    answered: (durationMs: number) => void answered.push(durationMs),
  };
  return { monitoring, answered };
}

describe('/livez', () => {
  it('answers 200', async (context) => {
    const { send } = await openBench(context);
    const { status, body } = await send({ method: 'GET', path: '/livez' });
    assert.deepEqual([status, body], [200, '{"status":"ok"}']);
  });

  it('answers 200 also while the server refuses calls', async (context) => {
    const { send, server } = await openBench(context);
    server.refuse();
    assert.equal((await send({ method: 'GET', path: '/livez' })).status, 200);
    const refused = await send();
    assert.equal(refused.status, 503);
    assert.equal((JSON.parse(refused.body) as { code: string }).code, 'shutting_down');
  });
});

describe('/readyz', () => {
  it('answers 200 with its checks, the version and what the log promises', async (context) => {
    const { send } = await openBench(context, { monitoring: monitoringOf(READY).monitoring });
    const { status, headers, body } = await send({ method: 'GET', path: '/readyz' });
    assert.equal(status, 200);
    assert.equal(headers['cache-control'], 'no-store');
    const { isReady, ...rest } = READY;
    assert.ok(isReady);
    assert.deepEqual(JSON.parse(body), { status: 'ready', ...rest });
  });

  it('answers 503 and says which check fails', async (context) => {
    const checks = { ...READY.checks, delivery: { status: 'silent' } } as const;
    const { monitoring } = monitoringOf({ ...READY, isReady: false, checks });
    const { send } = await openBench(context, { monitoring });
    const { status, body } = await send({ method: 'GET', path: '/readyz' });
    assert.equal(status, 503);
    const told = JSON.parse(body) as { status: string; checks: Record<string, unknown> };
    assert.equal(told.status, 'not_ready');
    assert.deepEqual(told.checks['delivery'], { status: 'silent' });
  });

  it('answers 503 at once while the server refuses calls, without asking anybody', async (context) => {
    const readiness = async (): Promise<never> => new Promise(() => undefined);
    const { send, server } = await openBench(context, { monitoring: { ...monitoringOf(READY).monitoring, readiness } });
    server.refuse();
    const { status, body } = await send({ method: 'GET', path: '/readyz' });
    assert.deepEqual([status, body], [503, '{"status":"shutting_down"}']);
  });
});

describe('/metrics', () => {
  it('is open to this machine itself', async (context) => {
    const { send } = await openBench(context, { monitoring: monitoringOf(READY).monitoring });
    const { status, headers, body } = await send({ method: 'GET', path: '/metrics', headers: {} });
    assert.deepEqual([status, body], [200, 'sluice_log_bytes 1\n']);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  });

  for (const [who, headers] of [
    ['whom a proxy passes on', { 'x-forwarded-for': '203.0.113.7' }],
    ['a page under another name', { host: 'rebound.example' }],
    ['a write key', { 'x-forwarded-for': '203.0.113.7', authorization: 'Bearer wk_web' }],
  ] as const) {
    it(`is closed to ${who}`, async (context) => {
      const { send } = await openBench(context, { monitoring: monitoringOf(READY).monitoring });
      const { status, body } = await send({ method: 'GET', path: '/metrics', headers });
      assert.equal(status, 401);
      assert.doesNotMatch(body, /sluice_/);
    });
  }
});

describe('a call', () => {
  it('is measured when it was answered with 200, and only then', async (context) => {
    const { monitoring, answered } = monitoringOf(READY);
    const { send } = await openBench(context, { monitoring });
    assert.equal((await send()).status, 200);
    assert.equal((await send({ body: '{' })).status, 400);
    assert.equal(answered.length, 1);
  });
});
