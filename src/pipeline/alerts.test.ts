import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '../domain/alert.ts';
import type { Observed } from './alert-conditions.ts';
import { AlertRules } from './alerts.ts';

const LAG_MS = 600_000;
const LOOK_MS = 10_000;
const OPEN = { url: 'https://a.example/secret', state: 'open', reason: null, sinceMs: null } as const;
const HELD = { ...OPEN, state: 'held', reason: 'circuit_breaker', sinceMs: 1 } as const;
const PAUSED = { ...OPEN, url: 'https://b.example/secret', state: 'paused', reason: 'http_410', sinceMs: 1 } as const;
const ROOM = { freeBytes: 2 ** 30, reserveBytes: 2 ** 28, isFull: false };

type Lane = Observed['lanes'][number];
const lane = (rest: Partial<Lane> = {}): Lane => ({
  ...{ destination: 'crm', oldestAtMs: null, endpoints: [OPEN] },
  ...rest,
});

/** Looks every ten seconds. */
function makeRules() {
  const rules = new AlertRules({ lagMs: LAG_MS });
  let nowMs = 1_000_000_000;
  const look = (observed: Partial<Observed>): readonly Alert[] => {
    nowMs += LOOK_MS;
    return rules.look({ lanes: [lane()], deaths: [], disk: ROOM, ...observed }, { nowMs, elapsedMs: nowMs });
  };
  const told = (observed: Partial<Observed>): readonly string[] =>
    look(observed).map(({ kind, state, message }) => `${kind} ${state}: ${message}`);
  return { rules, look, told, now: () => nowMs };
}

describe('an alert', () => {
  it('begins once when something holds at two looks, and ends once when it does not at two', () => {
    const { look, told, now } = makeRules();
    const held = { lanes: [lane({ endpoints: [HELD] })] };
    assert.deepEqual(told(held), []);
    const sinceMs = now();
    const [begun] = look(held);
    assert.deepEqual(begun, {
      ...{ kind: 'destination_held', state: 'begun', destination: 'crm', sinceMs, atMs: now() },
      message: 'crm: https://a.example is held (circuit_breaker); what is owed there waits',
    });
    assert.deepEqual([told(held), told(held), told({})], [[], [], []]);
    assert.deepEqual(told({}), ['destination_held ended: crm: all of its endpoints are open again']);
    assert.deepEqual(told({}), []);
    assert.deepEqual([told(held), told(held).length], [[], 1], 'and begins anew');
  });

  it('is none of a listener that is away, nor of what waits for it', () => {
    const { told } = makeRules();
    const away = { ...HELD, url: 'listener:ada', reason: 'listener_away' } as const;
    const gone = { lanes: [lane({ oldestAtMs: 0, endpoints: [away] })] };
    assert.deepEqual([told(gone), told(gone), told(gone)], [[], [], []]);
    const beside = { lanes: [lane({ endpoints: [away, HELD] })] };
    assert.deepEqual([told(beside), told(beside)].flat(), [
      'destination_held begun: crm: https://a.example is held (circuit_breaker); what is owed there waits',
    ]);
  });

  it('is none of what holds for a moment, and does not end with what is gone for a moment', () => {
    const { told } = makeRules();
    const held = { lanes: [lane({ endpoints: [HELD] })] };
    assert.deepEqual([told(held), told({}), told(held), told({})].flat(), []);
    told(held);
    assert.equal(told(held).length, 1);
    for (let time = 0; time < 5; time++) assert.deepEqual([...told({}), ...told(held)], []);
  });

  it('is of each destination, and names every endpoint that is not open', () => {
    const { told } = makeRules();
    const lanes = [lane({ endpoints: [HELD, PAUSED] }), lane({ destination: 'ads', endpoints: [OPEN, PAUSED] })];
    told({ lanes });
    assert.deepEqual(told({ lanes }), [
      'destination_held begun: crm: https://a.example is held (circuit_breaker), https://b.example is paused (http_410); what is owed there waits',
      'destination_held begun: ads: https://b.example is paused (http_410); what is owed there waits',
    ]);
  });

  it('stands from when it is told until it ends, in the words of the last look', () => {
    const { rules, told, now } = makeRules();
    told({ lanes: [lane({ endpoints: [HELD] })] });
    const sinceMs = now();
    assert.deepEqual(rules.standing, []);
    told({ lanes: [lane({ endpoints: [HELD] })] });
    told({
      lanes: [lane({ endpoints: [HELD, PAUSED] })],
      deaths: [{ destination: 'ads', count: 1, reason: 'timeout' }],
    });
    assert.deepEqual(
      rules.standing.map(({ kind, destination, message, sinceMs: since }) => [kind, destination, message, since]),
      [
        [
          ...['destination_held', 'crm'],
          'crm: https://a.example is held (circuit_breaker), https://b.example is paused (http_410); what is owed there waits',
          sinceMs,
        ],
        [
          ...['dead_letters', 'ads'],
          'ads: a delivery is dead (timeout); they are not tried again until somebody retries them',
          sinceMs + 2 * LOOK_MS,
        ],
      ],
    );
    for (let time = 0; time < 2; time++) told({});
    assert.deepEqual(
      rules.standing.map(({ kind }) => kind),
      ['dead_letters'],
    );
  });

  it('ends when its destination is gone', () => {
    const { told } = makeRules();
    for (let time = 0; time < 2; time++) told({ lanes: [lane({ endpoints: [HELD] })] });
    assert.deepEqual(
      [...told({ lanes: [] }), ...told({ lanes: [] })],
      ['destination_held ended: crm: nothing is delivered to it any more'],
    );
  });
});

describe('an alert about deaths', () => {
  it('begins with the first, and ends when there was none for ten minutes', () => {
    const { told } = makeRules();
    const deaths = [{ destination: 'crm', count: 3, reason: 'http_500' }];
    assert.deepEqual(told({ deaths }), [
      'dead_letters begun: crm: 3 deliveries are dead (http_500); they are not tried again until somebody retries them',
    ]);
    for (let looks = 0; looks < 30; looks++) assert.deepEqual(told({}), []);
    assert.deepEqual(told({ deaths }), []);
    for (let looks = 0; looks < 59; looks++) assert.deepEqual(told({}), [], String(looks));
    assert.deepEqual(told({}), ['dead_letters ended: crm: no delivery has died for ten minutes']);
    assert.deepEqual(told({ deaths: [{ ...deaths[0]!, count: 1 }] }).length, 1);
  });
});

describe('an alert about lag', () => {
  it('begins when the oldest waiting event is older than allowed', () => {
    const { told, now } = makeRules();
    const late = (ageMs: number) => ({ lanes: [lane({ oldestAtMs: now() + LOOK_MS - ageMs })] });
    assert.deepEqual([told(late(LAG_MS)), told(late(LAG_MS)), told(late(LAG_MS + 60_000))], [[], [], []]);
    assert.deepEqual(told(late(LAG_MS + 60_000)), [
      'destination_lags begun: crm lags: its oldest waiting event was received 11 minutes ago',
    ]);
    assert.deepEqual([...told({}), ...told({})], ['destination_lags ended: crm has caught up']);
  });
});

describe('an alert about the disk', () => {
  it('begins when little is left beside the reserve, and apart from that when calls are refused', () => {
    const { told } = makeRules();
    const near = { disk: { ...ROOM, freeBytes: ROOM.freeBytes - 1 } };
    const full = { disk: { ...ROOM, freeBytes: 2 ** 20, isFull: true } };
    assert.deepEqual(told({ disk: ROOM }), []);
    told(near);
    assert.deepEqual(told(near), ['disk_near begun: the disk has 1024.0 MiB left; below 256.0 MiB calls are refused']);
    assert.deepEqual(told(full), ['disk_full begun: the disk is full, with 1.0 MiB left: calls are answered 503']);
    assert.deepEqual(told(near), ['disk_full ended: the disk has room again: calls are accepted']);
    assert.deepEqual([...told({}), ...told({})], ['disk_near ended: the disk has 1024.0 MiB left again']);
  });

  it('is none where no reserve is kept, or the file system does not tell', () => {
    const { told } = makeRules();
    for (const disk of [
      { ...ROOM, freeBytes: 0, reserveBytes: 0 },
      { ...ROOM, freeBytes: null },
    ]) {
      assert.deepEqual([...told({ disk }), ...told({ disk })], []);
    }
  });
});
