import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Gate, type Ticket } from './gate.ts';

class Attempt implements Ticket {
  readonly isRetry: boolean;
  hasStarted = false;

  constructor(isRetry = false) {
    this.isRetry = isRetry;
  }

  start(): void {
    this.hasStarted = true;
  }
}

function enter(gate: Gate, isRetry: boolean, count: number): Attempt[] {
  return Array.from({ length: count }, () => {
    const attempt = new Attempt(isRetry);
    gate.request(attempt, false);
    return attempt;
  });
}

describe('a gate', () => {
  it('starts attempts up to its slots, and the next as soon as one ends', () => {
    const gate = new Gate(2);
    const [first, second, third] = enter(gate, false, 3);
    assert.deepEqual([first?.hasStarted, second?.hasStarted, third?.hasStarted], [true, true, false]);
    gate.leave(false);
    assert.equal(third?.hasStarted, true);
    assert.equal(gate.inFlight, 2);
  });

  it('starts what waits in the order of asking', () => {
    const gate = new Gate(1);
    const [, second, third] = enter(gate, false, 3);
    gate.leave(false);
    assert.deepEqual([second?.hasStarted, third?.hasStarted], [true, false]);
  });

  it('lets retries have half of its slots and no more', () => {
    const gate = new Gate(8);
    const retries = enter(gate, true, 8);
    assert.equal(retries.filter(({ hasStarted }) => hasStarted).length, 4);
    assert.equal(gate.hasRoom(true, false), false);
    assert.equal(gate.hasRoom(false, true), true);
  });

  it('gives first attempts every slot while no retry waits', () => {
    const gate = new Gate(8);
    assert.equal(enter(gate, false, 8).filter(({ hasStarted }) => hasStarted).length, 8);
  });

  it('keeps a quarter of its slots from first attempts while retries wait', () => {
    const gate = new Gate(8);
    enter(gate, false, 6);
    assert.equal(gate.hasRoom(false, true), false);
    assert.equal(gate.hasRoom(false, false), true);
    assert.equal(gate.hasRoom(true, true), true);
  });

  it('lets a retry in although there is a single slot', () => {
    const gate = new Gate(1);
    assert.equal(gate.hasRoom(true, true), true);
    assert.equal(gate.hasRoom(false, true), true);
  });

  it('gives a slot that a first attempt leaves to a waiting retry before a waiting first attempt', () => {
    const gate = new Gate(4);
    enter(gate, false, 4);
    const first = enter(gate, false, 1)[0];
    const retry = enter(gate, true, 1)[0];
    gate.leave(false);
    assert.deepEqual([first?.hasStarted, retry?.hasStarted], [false, true]);
  });

  it('withdraws an attempt that waits, and not one that has started', () => {
    const gate = new Gate(1);
    const [first, second] = enter(gate, false, 2);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(gate.withdraw(second), true);
    assert.equal(gate.withdraw(first), false);
    gate.leave(false);
    assert.equal(second.hasStarted, false);
    assert.equal(gate.inFlight, 0);
  });
});
