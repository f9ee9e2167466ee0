import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Position } from '../../src/domain/event.ts';
import {
  type EventLogBackend,
  EventLogSubject,
  positionsOf,
  startFollowing,
  TINY_SEGMENTS,
} from './event-log.subject.ts';

/** What every event log promises to ingest, and over restarts and kills. */
export function eventLogAppendingSuite(backend: EventLogBackend): void {
  describe(`event log, ${backend.name}: appending`, () => {
    const subject = new EventLogSubject(backend);

    describe('append', () => {
      it('gives positions that count from 1, in the order of the call', async () => {
        assert.deepEqual(await subject.append(...subject.makeEvents(3)), [1, 2, 3]);
        assert.deepEqual(await subject.append(...subject.makeEvents(2)), [4, 5]);
      });

      it('takes no events at all', async () => {
        assert.deepEqual(await subject.append(), []);
        assert.equal((await subject.log.extent()).end, 0);
      });

      it('gives concurrent calls their own positions, in the order in which they came', async () => {
        const calls = Array.from({ length: 50 }, async (_, index) =>
          subject.append(...subject.makeEvents((index % 3) + 1)),
        );
        const positions = (await Promise.all(calls)).flat();
        assert.deepEqual(
          positions,
          positions.map((_, index) => index + 1),
        );
        const bodies = (await subject.readAll()).events.map(
          ({ body }) => (JSON.parse(body) as { number: number }).number,
        );
        assert.deepEqual(
          bodies,
          bodies.map((_, index) => index),
        );
      });

      it('lets concurrent calls share a write', async () => {
        const followed = await startFollowing(subject.log);
        await Promise.all(Array.from({ length: 100 }, async () => subject.append(subject.makeEvent())));
        await followed.until(100);
        assert.ok(followed.slices.length <= 2, `100 calls of one moment came in ${followed.slices.length} slices`);
      });

      it('keeps every column as it was given', async () => {
        const events = [
          subject.makeEvent({ messageId: 'nul\0inside', name: '\0', user: '', body: '{"a":"\\u0000"}' }),
          subject.makeEvent({ messageId: '𝕬stral 😀', name: 'ünïcode \u2028', user: '用户', body: '{"😀":"𝕬"}' }),
          subject.makeEvent({ type: 'identify', name: null, user: null, integrations: '{"All":false}' }),
          subject.makeEvent({ body: JSON.stringify({ long: 'ä'.repeat(500_000) }) }),
          subject.makeEvent({ source: 'src_\0', messageId: '', body: '' }),
        ];
        const positions = await subject.append(...events);
        const found = await subject.log.get(positions);
        assert.deepEqual(
          positions.map((position) => found.get(position)),
          events.map((event, index) => ({ ...event, position: positions[index] })),
        );
      });

      it('refuses with log_busy what would make too much wait, and takes it afterwards', async () => {
        await subject.reopen({ appendCharsMax: 1_000 });
        const large = subject.makeEvents(2, { body: `"${'x'.repeat(598)}"` });
        const first = subject.append(large[0]!);
        await assert.rejects(subject.append(large[1]!), { code: 'log_busy' });
        assert.deepEqual(await first, [1]);
        assert.deepEqual(await subject.append(large[1]!), [2]);
      });
    });

    describe('deduplication', () => {
      it('answers 0 for a repetition in the same call', async () => {
        const event = subject.makeEvent();
        assert.deepEqual(await subject.append(event, subject.makeEvent(), { ...event, body: 'other' }), [1, 2, 0]);
        assert.equal((await subject.log.get([1])).get(1)?.body, event.body);
      });

      it('answers 0 for a repetition in a concurrent call, once the original is there', async () => {
        const event = subject.makeEvent();
        const [original, repetition] = await Promise.all([subject.append(event), subject.append(event)]);
        assert.deepEqual([original, repetition], [[1], [0]]);
        assert.deepEqual(positionsOf(await subject.readAll()), [1]);
      });

      it('answers 0 for a repetition in a later call, and stores what is new beside it', async () => {
        const event = subject.makeEvent();
        await subject.append(event);
        assert.deepEqual(await subject.append(subject.makeEvent(), event, subject.makeEvent()), [2, 0, 3]);
      });

      it('tells apart sources with the same message id', async () => {
        const events = [
          subject.makeEvent({ source: 'src_a', messageId: 'bc' }),
          subject.makeEvent({ source: 'src_ab', messageId: 'c' }),
          subject.makeEvent({ source: 'src_b', messageId: 'bc' }),
        ];
        assert.deepEqual(await subject.append(...events), [1, 2, 3]);
        assert.deepEqual(await subject.append(...events), [0, 0, 0]);
      });

      it('reaches into earlier segments', async () => {
        await subject.reopen({ segmentMs: 60_000 });
        const event = subject.makeEvent();
        await subject.append(event);
        for (let segment = 0; segment < 3; segment++) {
          await subject.ambient.advance(60_000);
          await subject.append(subject.makeEvent());
        }
        assert.deepEqual(await subject.append(event), [0]);
      });

      it('forgets after its time and not before', async () => {
        await subject.reopen({ dedupeMs: 24 * 3_600_000 });
        const event = subject.makeEvent();
        await subject.append(event);
        await subject.ambient.advance(24 * 3_600_000 - 1);
        assert.deepEqual(await subject.append({ ...event, receivedAtMs: subject.ambient.nowMs() }), [0]);
        await subject.ambient.advance(60_000);
        assert.deepEqual(await subject.append({ ...event, receivedAtMs: subject.ambient.nowMs() }), [2]);
      });

      it('forgets the oldest beyond its number of keys', async () => {
        await subject.reopen({ dedupeKeysMax: 10 });
        const events = subject.makeEvents(11);
        await subject.append(...events);
        assert.deepEqual(await subject.append(events[1]!), [0]);
        assert.deepEqual(await subject.append(events[0]!), [12]);
      });

      it('holds while the clock is set back', async () => {
        const event = subject.makeEvent();
        await subject.append(event);
        subject.ambient.jump(-3 * 3_600_000);
        assert.deepEqual(
          await subject.append({ ...event, receivedAtMs: subject.ambient.nowMs() }, subject.makeEvent()),
          [0, 2],
        );
      });
    });

    describe('close', () => {
      it('waits for appends under way', async () => {
        const calls = Array.from({ length: 20 }, async () => subject.append(...subject.makeEvents(3)));
        await subject.close();
        const positions = (await Promise.all(calls)).flat();
        assert.equal(positions.length, 60);
        await subject.open();
      });
    });
    if (backend.cannot.surviveRestart === undefined) {
      describe('a restart', () => {
        it('keeps events, positions, epoch and what was seen', async () => {
          await subject.reopen(TINY_SEGMENTS);
          const events = subject.makeEvents(6);
          for (const event of events) await subject.append(event);
          const before = await subject.readAll();
          const { epoch } = subject.log;
          await subject.reopen();
          assert.equal(subject.log.epoch, epoch);
          assert.deepEqual(await subject.readAll(), before);
          assert.deepEqual(await subject.append(...events), [0, 0, 0, 0, 0, 0]);
          assert.deepEqual(await subject.append(subject.makeEvent()), [7]);
        });

        for (const [name, atOnce] of [
          ['at once', 6],
          ['one by one', 1],
          ['by fours and twos', 4],
        ] as const) {
          it(`forgets what is past the dedupe window as if it had not happened, where it came ${name}`, async () => {
            await subject.reopen({ dedupeKeysMax: 4 });
            const events = subject.makeEvents(6);
            for (let at = 0; at < events.length; at += atOnce) await subject.append(...events.slice(at, at + atOnce));
            await subject.reopen({ dedupeKeysMax: 4 });
            assert.deepEqual(await subject.append(events[2]!), [0]);
            assert.deepEqual(await subject.append(events[1]!), [7]);
          });
        }

        it('gives no position twice, whatever was pruned', async () => {
          await subject.reopen(TINY_SEGMENTS);
          await subject.fillSegments(2);
          await subject.log.prune(100);
          await subject.reopen();
          assert.deepEqual(await subject.append(subject.makeEvent()), [5]);
        });
      });
    }

    if (backend.cannot.surviveKill === undefined) {
      describe('a kill', () => {
        it('loses nothing that was acknowledged', async () => {
          await subject.close();
          const rounds = process.env['SLUICE_TEST_LONG'] === '1' ? 30 : 3;
          const acknowledged = new Map<number, Position>();
          for (let round = 0; round < rounds; round++) {
            await runAndKill(backend.startAppender(subject.place), acknowledged);
          }
          await subject.open();
          const found = await subject.log.get([...acknowledged.values()]);
          for (const [number, position] of acknowledged) {
            assert.equal(found.get(position)?.messageId, `killed-${number}`);
          }
          const again = [...acknowledged.keys()].map((number) => subject.makeEvent({ messageId: `killed-${number}` }));
          assert.deepEqual(new Set(await subject.append(...again)), new Set([0]));
        });
      });
    }
  });
}

/** Notes what the process acknowledges, and kills it in the midst. */
async function runAndKill(child: ChildProcess, acknowledged: Map<number, Position>): Promise<void> {
  const exited = once(child, 'exit');
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    const [number, position] = line.split(' ').map(Number);
    if (position === undefined || Number.isNaN(position)) continue;
    if (position > 0) acknowledged.set(number!, position);
    lines += 1;
    if (lines === 300) child.kill('SIGKILL');
  }
  await exited;
  assert.ok(lines >= 300, `the process acknowledged ${lines} calls before it ended`);
}
