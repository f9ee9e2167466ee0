import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeEvent } from '../../test/support/reports.ts';
import type { LoggedEvent } from '../domain/event.ts';
import { Gathering } from './gathering.ts';

const LIMITS = { maxEvents: 3, maxBytes: 20, maxWaitMs: 100 };
const withBody = (body: string): { readonly event: LoggedEvent } => ({
  event: { ...makeEvent({ body }), position: 1 },
});

/** Adds them as far as they fit; answers how many that were. */
function added(gathering: Gathering<{ readonly event: LoggedEvent }>, bodies: readonly string[], nowMs = 0): number {
  const refused = bodies.findIndex((body) => {
    const member = withBody(body);
    if (!gathering.fits(member.event)) return true;
    gathering.add(member, nowMs);
    return false;
  });
  return refused === -1 ? bodies.length : refused;
}

describe('a batch that gathers', () => {
  it('is ready with its last event, and takes no other', () => {
    const gathering = new Gathering(LIMITS);
    assert.equal(added(gathering, ['1', '2']), 2);
    assert.equal(gathering.isReady(0), false);
    assert.equal(added(gathering, ['3', '4']), 1);
    assert.equal(gathering.isReady(0), true);
  });

  it('counts bytes of UTF-8, brackets and commas, to the last one', () => {
    const gathering = new Gathering(LIMITS);
    assert.equal(added(gathering, ['"ééé"', '123456789']), 2);
    const body = `[${gathering
      .take()
      .map(({ event }) => event.body)
      .join()}]`;
    assert.equal(Buffer.byteLength(body), LIMITS.maxBytes);
    assert.equal(added(gathering, ['"ééé"', '1234567890']), 1);
    assert.equal(gathering.isReady(0), true, 'it is full once something did not fit');
  });

  it('waits from its first event on, and starts afresh once taken', () => {
    const gathering = new Gathering(LIMITS);
    assert.equal(gathering.isReady(1e9), false);
    added(gathering, ['1'], 50);
    added(gathering, ['2'], 120);
    assert.deepEqual([gathering.sendAtMs, gathering.isReady(149), gathering.isReady(150)], [150, false, true]);
    assert.equal(gathering.take().length, 2);
    assert.deepEqual([gathering.isEmpty, gathering.sendAtMs, gathering.isReady(1e9)], [true, Infinity, false]);
  });

  it('holds one alone that is larger than a batch', () => {
    const gathering = new Gathering(LIMITS);
    assert.equal(added(gathering, ['x'.repeat(50), '1']), 1);
    assert.equal(gathering.isReady(0), true);
  });

  it('has as many events as fit, however it counts them', () => {
    const bodies = fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        bodies,
        fc.integer({ min: 2, max: 90 }),
        fc.integer({ min: 1, max: 12 }),
        (given, maxBytes, maxEvents) => {
          const texts = given.map((text) => text.toWellFormed());
          const bytesOf = (count: number): number => Buffer.byteLength(`[${texts.slice(0, count).join()}]`);
          let expected = 1;
          while (expected < Math.min(texts.length, maxEvents) && bytesOf(expected + 1) <= maxBytes) expected += 1;
          const gathering = new Gathering({ maxEvents, maxBytes, maxWaitMs: 100 });
          assert.equal(added(gathering, texts), expected);
          const isFull = expected === maxEvents || expected < texts.length || bytesOf(expected) >= maxBytes;
          assert.equal(gathering.isReady(0), isFull);
        },
      ),
    );
  });
});
