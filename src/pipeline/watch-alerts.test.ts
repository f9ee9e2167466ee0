import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Alert } from '../domain/alert.ts';
import { endedAlertsMax } from '../domain/limits.ts';
import type { Observed } from './alert-conditions.ts';
import { DeathCounter } from './count-deaths.ts';
import { AlertWatch } from './watch-alerts.ts';

const NOTHING: Observed = { lanes: [], deaths: [], disk: { freeBytes: null, reserveBytes: 0, isFull: false } };

function makeWatch(observe: () => Observed | Promise<never>) {
  const ambient = new SimulatedAmbient();
  const sent: Alert[] = [];
  const logged: unknown[] = [];
  const failures: unknown[] = [];
  let looks = 0;
  const watch = new AlertWatch({
    observe: async () => {
      looks += 1;
      return Promise.resolve(observe());
    },
    lagMs: 600_000,
    send: (alerts) => void sent.push(...alerts),
    ambient,
    telemetry: { trouble: (...told) => void logged.push(told) },
    onFailure: (error) => void failures.push(error),
  });
  watch.start();
  return { watch, ambient, sent, logged, failures, looks: () => looks };
}

describe('the watch for alerts', () => {
  it('looks every five seconds, and tells the log and the operator what begins and ends', async () => {
    const full = { ...NOTHING, disk: { freeBytes: 0, reserveBytes: 0, isFull: true } };
    const states = [NOTHING, full, full, NOTHING];
    const { ambient, sent, logged } = makeWatch(() => states.shift() ?? NOTHING);
    await ambient.advance(25_000);
    assert.deepEqual(
      sent.map(({ kind, state }) => [kind, state]),
      [
        ['disk_full', 'begun'],
        ['disk_full', 'ended'],
      ],
    );
    assert.deepEqual(logged[1], [
      'alert ended',
      { alert: 'disk_full', destination: null, message: 'the disk has room again: calls are accepted' },
    ]);
  });

  it('lists what stands, and behind it what ended of late, newest first and so many at most', async () => {
    const full = { ...NOTHING, disk: { freeBytes: 0, reserveBytes: 0, isFull: true } };
    const near = { ...NOTHING, disk: { freeBytes: 1, reserveBytes: 2, isFull: false } };
    let now: Observed = full;
    const { watch, ambient } = makeWatch(() => now);
    const startMs = ambient.nowMs();
    assert.deepEqual(watch.list(), []);
    await ambient.advance(5_000);
    now = near;
    await ambient.advance(10_000);
    assert.deepEqual(
      watch.list().map(({ kind, state, sinceMs, untilMs }) => [kind, state, sinceMs - startMs, untilMs]),
      [
        ['disk_near', 'standing', 10_000, null],
        ['disk_full', 'ended', 5_000, startMs + 10_000],
      ],
    );
    assert.equal(watch.list()[1]?.message, 'the disk has room again: calls are accepted');
    for (let looks = 0; looks < 3 * endedAlertsMax; looks += 1) {
      now = looks % 2 === 0 ? full : NOTHING;
      await ambient.advance(5_000);
    }
    const listed = watch.list();
    assert.deepEqual([listed.length, new Set(listed.map(({ state }) => state)).size], [endedAlertsMax, 1]);
    assert.ok(listed[0]!.untilMs! > listed.at(-1)!.untilMs!);
  });

  it('stops', async () => {
    const { watch, ambient, looks } = makeWatch(() => NOTHING);
    await ambient.advance(5_000);
    await watch.stop();
    await ambient.advance(60_000);
    assert.equal(looks(), 1);
  });

  it('tells when it cannot look', async () => {
    const { ambient, failures } = makeWatch(async () => Promise.reject(new Error('gone')));
    await ambient.advance(5_000);
    assert.match(String(failures[0]), /gone/);
  });
});

describe('the counter of deaths', () => {
  it('has those since it was asked before, by destination, with the last reason', () => {
    const counter = new DeathCounter();
    counter.telemetry.died('crm', 'evt_1', 'http_500');
    counter.telemetry.died('ads', 'evt_1', 'timeout');
    counter.telemetry.died('crm', 'evt_2', 'http_503');
    assert.deepEqual(counter.take(), [
      { destination: 'crm', count: 2, reason: 'http_503' },
      { destination: 'ads', count: 1, reason: 'timeout' },
    ]);
    assert.deepEqual(counter.take(), []);
  });
});
