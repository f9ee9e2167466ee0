import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ALL, EVENTS, type Message, numbered, type Reader, Scene } from '../../test/support/stream-scene.ts';
import { streamWaitingBytesMax } from '../domain/limits.ts';
import type { StreamQuery } from '../domain/stream-query.ts';

describe('a reader that comes back', () => {
  it('is told what it missed, and then what comes', async () => {
    const scene = new Scene();
    const { reader, leave } = await scene.open(EVENTS);
    scene.accept(['a']);
    await scene.tick();
    leave();
    scene.accept(['b', 'c']);
    await scene.ambient.advance(30_000);
    const { reader: back } = await scene.open(EVENTS, reader.lastId);
    scene.accept(['d']);
    await scene.tick();
    assert.deepEqual(back.told, ['b', 'c', 'd']);
  });

  it('is told that nobody knows what it missed, when it comes too late, from elsewhere or with other filters', async () => {
    const scene = new Scene();
    const { reader, leave } = await scene.open(EVENTS);
    scene.accept(['a']);
    await scene.tick();
    leave();
    const elsewhere = reader.lastId?.replace(/^\w{12}/, 'ffffffffffff') ?? '';
    const beyond = reader.lastId?.replace(/-\w+-/, '-zzzz-') ?? '';
    const cases: readonly (readonly [StreamQuery, string | null, string])[] = [
      [EVENTS, elsewhere, 'restarted'],
      [EVENTS, beyond, 'restarted'],
      [EVENTS, 'x\ny', 'restarted'],
      [ALL, reader.lastId, 'too_old'],
    ];
    for (const [query, lastId, reason] of cases) {
      const { reader: back, leave: leaveAgain } = await scene.open(query, lastId);
      assert.deepEqual(back.told, [reason], String(lastId));
      assert.equal(back.gaps[0]?.count, null);
      leaveAgain();
    }
    await scene.ambient.advance(70_000);
    assert.deepEqual((await scene.open(EVENTS, reader.lastId)).reader.told, ['too_old']);
  });

  it('is not told what was forgotten', async () => {
    const scene = new Scene();
    const { reader, leave } = await scene.open(EVENTS);
    scene.accept(['a']);
    await scene.tick();
    leave();
    scene.accept(['b']);
    await scene.tick();
    scene.stream.forget();
    assert.deepEqual((await scene.open(EVENTS, reader.lastId)).reader.told, ['too_old']);
  });

  it('waits for its turn when many come back with much to be told', async () => {
    const scene = new Scene();
    const { reader, leave } = await scene.open(EVENTS);
    leave();
    scene.accept(numbered(0, 900), { name: 'n'.repeat(1_000) });
    await scene.tick();
    const back: Reader[] = [];
    for (let index = 0; index < 50; index += 1) back.push((await scene.open(EVENTS, reader.lastId)).reader);
    const told = (): number => back.filter((each) => each.told.length === 900).length;
    assert.ok(told() > 0 && told() < 20, `${told()} at once`);
    await scene.ambient.advance(10_000);
    assert.equal(told(), 50);
  });

  it('is told each thing once, told or counted, however often and wherever its connection breaks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            accepted: fc.integer({ min: 0, max: 40 }),
            waitMs: fc.integer({ min: 0, max: 700 }),
            does: fc.constantFrom('nothing', 'nothing', 'cut', 'sleep', 'wake'),
            lost: fc.integer({ min: 0, max: 30 }),
            awayMs: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 90_000 })),
            acceptedAway: fc.integer({ min: 0, max: 1_500 }),
          }),
          { maxLength: 20 },
        ),
        async (steps) => {
          const scene = new Scene();
          const kept: Message[] = [];
          let { reader, leave } = await scene.open(EVENTS);
          let accepted = 0;
          const accept = (count: number): void => {
            scene.accept(numbered(accepted, count));
            accepted += count;
          };
          for (const { accepted: count, waitMs, does, lost, awayMs, acceptedAway } of steps) {
            accept(count);
            await scene.ambient.advance(waitMs);
            if (does === 'sleep') reader.waitingBytes = streamWaitingBytesMax + 1;
            if (does === 'wake') reader.waitingBytes = 0;
            if (does !== 'cut' && !reader.isEnded) continue;
            // What was on its way is lost.
            const messages = reader.messages.slice(0, Math.max(2, reader.messages.length - lost));
            kept.push(...messages);
            leave();
            accept(acceptedAway);
            await scene.ambient.advance(awayMs);
            const lastId = messages.findLast(({ id }) => id !== null)?.id ?? null;
            ({ reader, leave } = await scene.open(EVENTS, lastId));
            const isBackInTime = awayMs < 58_000 && steps.every(({ waitMs: ms }) => ms < 58_000);
            if (isBackInTime && lost === 0) assert.ok(reader.messages.every(({ what }) => what !== 'too_old'));
          }
          reader.waitingBytes = 0;
          await scene.ambient.advance(3_000);
          kept.push(...reader.messages);
          const names = kept.filter(({ kind }) => kind === 'event').map(({ what }) => Number(what.slice(1)));
          assert.deepEqual(
            names,
            [...new Set(names)].sort((one, other) => one - other),
          );
          const gaps = kept.filter(({ kind }) => kind === 'gap');
          const counted = names.length + gaps.reduce((sum, { count }) => sum + (count ?? 0), 0);
          if (gaps.every(({ count }) => count !== null)) assert.equal(counted, accepted);
          else assert.ok(counted <= accepted);
          assert.deepEqual(scene.failures, []);
        },
      ),
      { numRuns: 100 },
    );
  });
});
