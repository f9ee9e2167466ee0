import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { type AttemptErrorCode, type Exchange, NOTHING_TIMED } from '../domain/attempt.ts';
import { DEFAULT_DELIVERY_POLICY, type DeliveryPolicy } from '../domain/destination.ts';
import type { EndpointStanding } from '../domain/endpoint-standing.ts';
import { Budget } from './budget.ts';
import { type AttemptKind, Gate, type Passer, type Ticket } from './gate.ts';

class Attempt implements Ticket {
  readonly kind: AttemptKind;
  readonly chars = 100;
  hasStarted = false;
  isShutOut = false;

  constructor(kind: AttemptKind = 'first') {
    this.kind = kind;
  }

  start(): void {
    this.hasStarted = true;
  }

  shut(): void {
    this.isShutOut = true;
  }
}

interface Opened {
  readonly gate: Gate;
  readonly passer: Passer;
  readonly ambient: SimulatedAmbient;
  readonly standings: EndpointStanding[];
  /** How often it said that there may be room. */
  readonly opens: { count: number };
}

function open(policy: Partial<DeliveryPolicy> = {}, attemptsMax = 4_096): Opened {
  const ambient = new SimulatedAmbient();
  const standings: EndpointStanding[] = [];
  const opens = { count: 0 };
  const gate = new Gate({
    policy: { ...DEFAULT_DELIVERY_POLICY, ...policy },
    budget: new Budget({ attemptsMax, charsMax: 1_000_000 }, ambient),
    ambient,
    onStanding: (standing) => standings.push(standing),
  });
  const passer: Passer = {
    isReplay: false,
    onOpen: () => {
      opens.count += 1;
    },
  };
  gate.join(passer);
  return { gate, passer, ambient, standings, opens };
}

const openSlots = (concurrency: number): Gate => open({ concurrency }).gate;

function enter(gate: Gate, isRetry: boolean, count: number): Attempt[] {
  return Array.from({ length: count }, () => {
    const attempt = new Attempt(isRetry ? 'retry' : 'first');
    gate.request(attempt, false);
    return attempt;
  });
}

function answered(answer: number | AttemptErrorCode, responseHeaders = {}): Exchange {
  const rest = { durationMs: 1, requestHeaders: [], responseHeaders, excerpt: '', isCut: false, timing: NOTHING_TIMED };
  if (typeof answer === 'number') return { ...rest, status: answer, error: null };
  return { ...rest, status: null, error: { code: answer, message: '' } };
}

/** Makes one attempt, which there is room for, and has it answered so. */
function make(gate: Gate, answer: number | AttemptErrorCode, headers = {}): void {
  const attempt = new Attempt();
  gate.request(attempt, false);
  assert.ok(attempt.hasStarted);
  gate.leave(attempt, answered(answer, headers));
}

/** Has the breaker open. */
async function fail({ gate, ambient }: Opened): Promise<void> {
  for (let count = 0; count < 20; count += 1) make(gate, 500);
  await ambient.advance(10_000);
  make(gate, 500);
  assert.equal(gate.isShut, true);
}

describe('a gate', () => {
  it('starts attempts up to its slots, and the next as soon as one ends', () => {
    const gate = openSlots(2);
    const [first, second, third] = enter(gate, false, 3);
    assert.deepEqual([first?.hasStarted, second?.hasStarted, third?.hasStarted], [true, true, false]);
    gate.leave(first!, answered(200));
    assert.equal(third?.hasStarted, true);
    assert.equal(gate.inFlight, 2);
  });

  it('starts what waits in the order of asking', () => {
    const gate = openSlots(1);
    const [first, second, third] = enter(gate, false, 3);
    gate.leave(first!, answered(200));
    assert.deepEqual([second?.hasStarted, third?.hasStarted], [true, false]);
  });

  it('lets retries have half of its slots and no more', () => {
    const gate = openSlots(8);
    const retries = enter(gate, true, 8);
    assert.equal(retries.filter(({ hasStarted }) => hasStarted).length, 4);
    assert.equal(gate.hasRoom('retry', false), false);
    assert.equal(gate.hasRoom('first', true), true);
  });

  it('gives first attempts every slot while no retry waits', () => {
    assert.equal(enter(openSlots(8), false, 8).filter(({ hasStarted }) => hasStarted).length, 8);
  });

  it('keeps a quarter of its slots from first attempts while retries wait', () => {
    const gate = openSlots(8);
    enter(gate, false, 6);
    assert.equal(gate.hasRoom('first', true), false);
    assert.equal(gate.hasRoom('first', false), true);
    assert.equal(gate.hasRoom('retry', true), true);
  });

  it('lets a retry in although there is a single slot', () => {
    const gate = openSlots(1);
    assert.equal(gate.hasRoom('retry', true), true);
    assert.equal(gate.hasRoom('first', true), true);
  });

  it('gives a slot that a first attempt leaves to a waiting retry before a waiting first attempt', () => {
    const gate = openSlots(4);
    const [leaving] = enter(gate, false, 4);
    const first = enter(gate, false, 1)[0];
    const retry = enter(gate, true, 1)[0];
    gate.leave(leaving!, answered(200));
    assert.deepEqual([first?.hasStarted, retry?.hasStarted], [false, true]);
  });

  it('withdraws an attempt that waits, and not one that has started', () => {
    const gate = openSlots(1);
    const [first, second] = enter(gate, false, 2);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(gate.withdraw(second), true);
    assert.equal(gate.withdraw(first), false);
    gate.leave(first, answered(200));
    assert.equal(second.hasStarted, false);
    assert.equal(gate.inFlight, 0);
  });

  it('has no timer while nobody asks, and one for however many do', async () => {
    const opened = open();
    await fail(opened);
    const { gate, ambient, opens } = opened;
    assert.equal(ambient.nextTimerMs, null);
    for (let asked = 0; asked < 3; asked += 1) assert.equal(gate.hasRoom('first', false), false);
    await ambient.advance(5_000);
    assert.equal(opens.count, 1);
    assert.equal(ambient.nextTimerMs, null);
  });
});

describe('the gate of an endpoint that is down', () => {
  it('is shut, tells so once, and lets one attempt in as a probe', async () => {
    const opened = open();
    await fail(opened);
    const { gate, ambient, standings, opens } = opened;
    assert.equal(standings.length, 1);
    assert.deepEqual({ ...standings[0], sinceMs: 0 }, { state: 'held', reason: 'circuit_breaker', sinceMs: 0 });
    assert.equal(gate.hasRoom('first', false), false);
    await ambient.advance(5_000);
    assert.equal(opens.count, 1);
    assert.deepEqual(
      enter(gate, false, 3).map(({ hasStarted }) => hasStarted),
      [true, false, false],
    );
    assert.equal(gate.isShut, true);
  });

  it('opens when the probe is answered, with one slot that doubles with each round of answers', async () => {
    const opened = open();
    await fail(opened);
    const { gate, ambient, standings } = opened;
    await ambient.advance(5_000);
    let inFlight = enter(gate, false, 1);
    const rounds: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      rounds.push(inFlight.length);
      for (const attempt of inFlight) gate.leave(attempt, answered(200));
      inFlight = [];
      while (gate.hasRoom('first', false)) inFlight.push(...enter(gate, false, 1));
    }
    assert.deepEqual(rounds, [1, 2, 4, 8, 16, 32, 64, 64]);
    assert.deepEqual(
      standings.map(({ state }) => state),
      ['held', 'open'],
    );
  });

  it('tells those that wait that it is shut', async () => {
    const opened = open({ concurrency: 1 });
    const { gate, ambient } = opened;
    for (let count = 0; count < 9; count += 1) make(gate, 'timeout');
    await ambient.advance(10_000);
    const [inFlight, waiting] = enter(gate, false, 2);
    gate.leave(inFlight!, answered('timeout'));
    assert.deepEqual([waiting?.hasStarted, waiting?.isShutOut], [false, true]);
  });

  it('stays open with the breaker switched off', async () => {
    const { gate, ambient } = open({ circuitBreaker: false });
    for (let count = 0; count < 100; count += 1) {
      make(gate, 500);
      await ambient.advance(1_000);
    }
    assert.equal(gate.isShut, false);
  });
});

describe('the gate of an endpoint that answers with Retry-After', () => {
  it('is shut until then, and begins with one slot', async () => {
    const { gate, ambient, standings, opens } = open();
    make(gate, 429, { 'retry-after': '30' });
    assert.equal(gate.hasRoom('first', false), false);
    assert.equal(standings[0]?.reason, 'retry_after');
    await ambient.advance(29_999);
    assert.equal(opens.count, 0);
    await ambient.advance(1);
    assert.equal(opens.count, 1);
    assert.deepEqual(
      enter(gate, false, 2).map(({ hasStarted }) => hasStarted),
      [true, false],
    );
    assert.equal(gate.standing.state, 'open');
    assert.equal(standings.length, 2);
  });

  it('says nothing of waits that are shorter than ten seconds', async () => {
    const { gate, ambient, standings } = open();
    for (let count = 0; count < 5; count += 1) {
      make(gate, 503, { 'retry-after': '2' });
      assert.equal(gate.isShut, true);
      await ambient.advance(2_000);
    }
    assert.deepEqual(standings, []);
  });

  it('counts answers that were begun together as one failure, and waits for the latest', async () => {
    const { gate, ambient } = open();
    const together = enter(gate, false, 8);
    for (const [index, attempt] of together.entries())
      gate.leave(attempt, answered(429, { 'retry-after': String(index + 1) }));
    await ambient.advance(7_999);
    assert.equal(gate.isShut, true);
    await ambient.advance(1);
    assert.equal(gate.isShut, false);
    // 19 failures with the one before, in more than ten seconds.
    for (let count = 0; count < 18; count += 1) {
      make(gate, 500);
      await ambient.advance(1_000);
    }
    assert.equal(gate.isShut, false);
    make(gate, 500);
    assert.equal(gate.isShut, true);
  });
});

describe('a gate with a rate', () => {
  it('begins no more attempts than that, retries and first attempts in turn', async () => {
    const { gate, ambient } = open({ rateLimitPerSecond: 2 });
    enter(gate, false, 2);
    const [first, retries] = [enter(gate, false, 4), enter(gate, true, 4)];
    const started = (attempts: readonly Attempt[]): number => attempts.filter(({ hasStarted }) => hasStarted).length;
    assert.deepEqual([started(first), started(retries)], [0, 0]);
    await ambient.advance(1_000);
    assert.deepEqual([started(first), started(retries)], [1, 1]);
    await ambient.advance(1_000);
    assert.deepEqual([started(first), started(retries)], [2, 2]);
  });

  it('tells who asked for room as soon as there is some', async () => {
    const { gate, ambient, opens } = open({ rateLimitPerSecond: 10 });
    enter(gate, false, 8).forEach((attempt) => {
      gate.leave(attempt, answered(200));
    });
    enter(gate, false, 2);
    assert.equal(gate.hasRoom('first', false), false);
    await ambient.advance(99);
    assert.equal(opens.count, 0);
    await ambient.advance(1);
    assert.equal(opens.count, 1);
    assert.equal(gate.hasRoom('first', false), true);
  });
});

describe('a gate that is paused', () => {
  it('begins nothing until it is resumed, however long that is, and says why', async () => {
    const { gate, ambient, standings, opens } = open();
    const [inFlight] = enter(gate, false, 1);
    gate.pause('gone');
    assert.deepEqual([gate.hasRoom('first', false), gate.hasRoom('retry', false)], [false, false]);
    gate.leave(inFlight!, answered(200));
    await ambient.advance(86_400_000);
    assert.equal(gate.isShut, true);
    assert.equal(gate.standing.reason, 'gone');
    assert.equal(opens.count, 0);
    gate.resume();
    assert.equal(opens.count, 1);
    assert.equal(gate.hasRoom('first', false), true);
    assert.deepEqual(
      standings.map(({ state }) => state),
      ['paused', 'open'],
    );
  });

  it('begins with one slot when it is resumed', () => {
    const { gate } = open();
    gate.pause('operator');
    gate.resume();
    assert.equal(enter(gate, false, 8).filter(({ hasStarted }) => hasStarted).length, 1);
  });
});

describe('a gate without room in the budget', () => {
  it('tells who asked as soon as there is some', async () => {
    const { gate, ambient, opens } = open({}, 4);
    const attempts = enter(gate, false, 4);
    assert.deepEqual(
      attempts.map(({ hasStarted }) => hasStarted),
      [true, true, true, false],
    );
    gate.withdraw(attempts[3]!);
    assert.equal(gate.hasRoom('first', false), false);
    gate.leave(attempts[0]!, answered(200));
    await ambient.advance(0);
    assert.equal(opens.count, 1);
  });

  it('opens no more by itself once it is closed', async () => {
    const opened = open();
    await fail(opened);
    const { gate, passer, ambient, opens } = opened;
    gate.hasRoom('first', false);
    gate.part(passer);
    await ambient.advance(60_000);
    assert.equal(opens.count, 0);
  });

  it('has for replays at most half of its slots, and not the last quarter', () => {
    const gate = openSlots(8);
    const replays = Array.from({ length: 8 }, () => new Attempt('replay'));
    for (const attempt of replays) gate.request(attempt, false);
    assert.equal(replays.filter(({ hasStarted }) => hasStarted).length, 4);
    assert.equal(enter(gate, false, 8).filter(({ hasStarted }) => hasStarted).length, 4);
    const busy = openSlots(8);
    enter(busy, false, 5);
    const [one, two] = [new Attempt('replay'), new Attempt('replay')];
    for (const attempt of [one, two]) busy.request(attempt, false);
    assert.deepEqual([one.hasStarted, two.hasStarted], [true, false]);
  });

  it('has nothing for replays while others ask for a slot, and tells those first when there is one', async () => {
    const { gate, passer, ambient, opens } = open({ concurrency: 1 });
    const told: string[] = [];
    const replay: Passer = { isReplay: true, onOpen: () => told.push(`replay after ${opens.count}`) };
    gate.join(replay);
    const [running] = enter(gate, false, 1);
    assert.ok(running !== undefined);
    assert.equal(gate.hasRoom('first', false), false);
    gate.leave(running, answered(200));
    assert.equal(gate.hasRoom('replay', false), false);
    await ambient.advance(0);
    assert.deepEqual([opens.count, told], [1, ['replay after 1']]);
    assert.equal(gate.hasRoom('replay', false), true);
    gate.part(passer);
    gate.part(replay);
  });

  it('stays open until nobody goes through it any more', async () => {
    const opened = open();
    const { gate, passer, ambient } = opened;
    const told: number[] = [];
    const replay: Passer = { isReplay: true, onOpen: () => told.push(ambient.elapsedMs()) };
    gate.join(replay);
    gate.part(passer);
    await fail(opened);
    gate.hasRoom('replay', false);
    await ambient.advance(10_000);
    assert.ok(told.length > 0);
    const before = told.length;
    gate.part(replay);
    await ambient.advance(60_000);
    assert.equal(told.length, before);
  });
});
