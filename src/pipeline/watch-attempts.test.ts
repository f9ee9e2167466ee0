import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent, makeReport } from '../../test/support/reports.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Outcome } from '../domain/attempt.ts';
import type { LoggedEvent } from '../domain/event.ts';
import {
  streamAttemptsBurstMax,
  watchedKeptBurstMax,
  watchedKeptPerSecondMax,
  watchedKeptTotalBurstMax,
} from '../domain/limits.ts';
import type { StreamQuery } from '../domain/stream-query.ts';
import type { AttemptReport } from '../ports/telemetry.ts';
import { AttemptWatch } from './watch-attempts.ts';
import type { WatchedAttempts } from './watched-attempts.ts';

const ALL: StreamQuery = { kinds: ['attempt'], of: {} };

function open() {
  const ambient = new SimulatedAmbient();
  const told: WatchedAttempts[] = [];
  const watch = new AttemptWatch({ ambient, tell: (attempts) => told.push(attempts) });
  const attempt = (id: string, outcome: Outcome = 'succeeded', more: Partial<AttemptReport> = {}): void => {
    const event: LoggedEvent = { ...makeEvent({ messageId: id }), position: 1 };
    watch.telemetry.attempted(makeReport({ outcome }, { eventId: id, ...more }), [event]);
  };
  return { ambient, told, watch, attempt };
}

describe('the watch over attempts', () => {
  it('tells nobody while nobody watches, and sets no timer', async () => {
    const { ambient, told, watch, attempt } = open();
    attempt('a');
    watch.watch([{ key: 1, query: ALL }]);
    watch.watch([]);
    attempt('b');
    assert.equal(ambient.nextTimerMs, null);
    await ambient.advance(1_000);
    assert.deepEqual(told, []);
  });

  it('tells in one piece what somebody wants, and who', async () => {
    const { ambient, told, watch, attempt } = open();
    watch.watch([
      { key: 1, query: ALL },
      { key: 2, query: { ...ALL, destination: 'crm' } },
      { key: 3, query: { ...ALL, of: { messageId: 'b' } } },
    ]);
    attempt('a');
    attempt('b', 'failed', { destination: 'other' });
    await ambient.advance(50);
    assert.equal(told.length, 1);
    assert.deepEqual(
      told[0]?.attempts.map(({ report, keys }) => [report.eventId, keys]),
      [
        ['a', [1, 2]],
        ['b', [1, 3]],
      ],
    );
  });

  it('tells of many the failures first, in the order in which they ended, and counts the rest for each filter', async () => {
    const { ambient, told, watch, attempt } = open();
    watch.watch([
      { key: 1, query: ALL },
      { key: 2, query: { ...ALL, outcome: 'failed' } },
    ]);
    const count = streamAttemptsBurstMax + 100;
    for (let index = 0; index < count; index += 1) attempt(`m${index}`, index >= count - 10 ? 'failed' : 'succeeded');
    await ambient.advance(50);
    const [first] = told;
    assert.equal(first?.attempts.filter(({ keys }) => keys.includes(1)).length, streamAttemptsBurstMax);
    assert.equal(first.attempts.filter(({ keys }) => keys.includes(2)).length, 10);
    const order = first.attempts.map(({ report }) => Number(report.eventId.slice(1)));
    assert.deepEqual(
      order,
      order.toSorted((one, other) => one - other),
    );
    assert.deepEqual(first.leftOut, [{ key: 1, count: 100, fromMs: 0, toMs: 0 }]);
  });

  it('keeps what a filter was told when other filters come and go', async () => {
    const { ambient, told, watch, attempt } = open();
    watch.watch([{ key: 1, query: ALL }]);
    for (let index = 0; index < streamAttemptsBurstMax; index += 1) attempt(`m${index}`);
    await ambient.advance(50);
    watch.watch([
      { key: 1, query: ALL },
      { key: 2, query: ALL },
    ]);
    for (let index = 0; index < 50; index += 1) attempt(`n${index}`);
    await ambient.advance(50);
    const of = (key: number): number => told[1]?.attempts.filter(({ keys }) => keys.includes(key)).length ?? 0;
    assert.ok(of(1) < 20 && of(2) === 50, `${of(1)}, ${of(2)}`);
  });

  it('keeps exchanges of successes at destinations that are watched, a burst and then some a second', async () => {
    const { ambient, watch } = open();
    const keeps = watch.keeps('crm');
    const kept = (): number => Array.from({ length: 500 }, () => keeps()).filter(Boolean).length;
    assert.equal(kept(), 0);
    watch.watch([{ key: 1, query: { ...ALL, destination: 'other' } }]);
    assert.equal(kept(), 0);
    watch.watch([{ key: 1, query: { ...ALL, destination: 'crm' } }]);
    assert.equal(kept(), watchedKeptBurstMax);
    await ambient.advance(1_000);
    assert.equal(kept(), watchedKeptPerSecondMax);
    watch.watch([{ key: 1, query: ALL }]);
    await ambient.advance(1_000);
    assert.equal(kept(), watchedKeptPerSecondMax);
    const ofMany = Array.from({ length: 50 }, (_, index) => watch.keeps(`d${index}`));
    const keptOfMany = ofMany.flatMap((each) => Array.from({ length: 500 }, () => each())).filter(Boolean).length;
    assert.equal(keptOfMany, watchedKeptTotalBurstMax - watchedKeptPerSecondMax);
  });
});
