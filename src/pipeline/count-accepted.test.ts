import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent } from '../../test/support/reports.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Refusal } from '../ports/telemetry.ts';
import { AcceptedCounter } from './count-accepted.ts';

function open() {
  const ambient = new SimulatedAmbient();
  const counter = new AcceptedCounter(ambient);
  const first = Math.floor(ambient.nowMs() / 60_000);
  return {
    ...{ ambient, counter },
    accept: (source: string, count = 1, position = 1): void => {
      const events = Array.from({ length: count }, () => makeEvent({ source }));
      counter.telemetry.accepted(1, events, new Float64Array(count).fill(position));
    },
    pace: (source = 'web'): number | undefined => counter.read(source)[0]?.perSecond,
    /** Minutes since the first, with what was accepted in them. */
    minutes: (source = 'web') => counter.read(source)[0]?.minutes.map((each) => [each.minute - first, each.accepted]),
  };
}

const refusal = (source: string | null): Refusal => ({
  ...{ atMs: 0, source, reason: 'not_an_object', type: null, message: '', count: 1, route: 'track' },
  ...{ writeKey: null, subject: null },
});

describe('the counter of what is accepted', () => {
  it('knows since when it counts, and no source before its first call', () => {
    const { ambient, counter } = open();
    assert.equal(counter.sinceMs, ambient.nowMs());
    assert.deepEqual(counter.read(), []);
  });

  it('counts by source and minute, of the last hour', async () => {
    const { ambient, counter, accept, minutes } = open();
    accept('web', 3);
    accept('app', 1);
    await ambient.advance(59_000);
    accept('web', 2);
    await ambient.advance(121_000);
    accept('web', 4);
    assert.deepEqual(minutes(), [
      [0, 5],
      [3, 4],
    ]);
    assert.deepEqual(minutes('app'), [[0, 1]]);
    await ambient.advance(57 * 60_000);
    assert.deepEqual(minutes(), [[3, 4]]);
    await ambient.advance(3 * 60_000);
    assert.deepEqual(counter.read(), [
      { source: 'web', perSecond: 0, minutes: [] },
      { source: 'app', perSecond: 0, minutes: [] },
    ]);
  });

  it('tells the mean of the last ten seconds, at any time of a second', async () => {
    const { ambient, accept, pace } = open();
    for (let tenth = 0; tenth < 200; tenth++) {
      accept('web', 5);
      await ambient.advance(100);
    }
    assert.equal(pace(), 50);
    await ambient.advance(2_500);
    assert.equal(pace(), 37.5);
    await ambient.advance(8_000);
    assert.equal(pace(), 0);
  });

  it('takes the mean of as many seconds as it has counted for, at least one', async () => {
    const { ambient, accept, pace } = open();
    accept('web', 8);
    assert.equal(pace(), 8);
    await ambient.advance(2_000);
    assert.equal(pace(), 4);
  });

  it('goes by time that passes, whatever a clock is set to', async () => {
    const { ambient, accept, pace, minutes } = open();
    await ambient.advance(10_000);
    accept('web', 20);
    ambient.jump(-3_600_000);
    assert.equal(pace(), 2);
    assert.deepEqual(minutes(), []);
    accept('web', 10);
    assert.equal(pace(), 3);
    assert.deepEqual(minutes(), [[-60, 10]]);
  });

  it('knows a source by what was refused or was there already, and counts neither', () => {
    const { counter, accept } = open();
    accept('again', 1, 0);
    counter.telemetry.refused(refusal('refused'));
    counter.telemetry.refused(refusal(null));
    counter.telemetry.accepted(1, [makeEvent({ source: 'erased', type: 'delete' })], new Float64Array([1]));
    const none = { perSecond: 0, minutes: [] };
    assert.deepEqual(counter.read(), [
      { source: 'again', ...none },
      { source: 'refused', ...none },
    ]);
    assert.deepEqual(counter.read('other'), []);
  });

  it('forgets sources that are gone', () => {
    const { counter, accept } = open();
    accept('web');
    accept('gone');
    counter.keep(['web', 'new']);
    assert.deepEqual(
      counter.read().map(({ source }) => source),
      ['web'],
    );
  });
});
