import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent, makeReport } from '../../test/support/reports.ts';
import { ALL, EVENTS, numbered, Reader, Scene } from '../../test/support/stream-scene.ts';
import { streamEventsBurstMax, streamReadersMax, streamWaitingBytesMax } from '../domain/limits.ts';
import type { StreamQuery } from '../domain/stream-query.ts';
import { LiveStream } from './live-stream.ts';
import type { StreamFrames } from './stream-group.ts';

describe('the live stream', () => {
  it('costs nothing while nobody reads: no timer, and nothing is written', async () => {
    const scene = new Scene();
    scene.accept(['a']);
    scene.refuse('b');
    assert.equal(scene.ambient.nextTimerMs, null);
    const { leave } = await scene.open(ALL);
    scene.accept(['c']);
    await scene.tick();
    assert.equal(scene.rendered, 1);
    leave();
    await scene.ambient.advance(120_000);
    scene.accept(['d']);
    assert.deepEqual([scene.rendered, scene.ambient.nextTimerMs], [1, null]);
  });

  it('tells who reads what comes, in order, and no duplicates', async () => {
    const scene = new Scene();
    const { reader } = await scene.open(ALL);
    scene.accept(['a', 'b']);
    scene.stream.telemetry.accepted(1, [makeEvent({ name: 'again' })], Float64Array.of(0));
    scene.refuse('no_user');
    scene.stream.attempted({
      attempts: [{ report: makeReport({}, { eventId: 'evt_a' }), keys: [1], toMs: 0 }],
      leftOut: [],
    });
    await scene.tick();
    assert.deepEqual(reader.told, ['a', 'b', 'no_user', 'evt_a']);
    assert.deepEqual(reader.messages[0]?.kind, 'opening');
  });

  it('is filtered', async () => {
    const scene = new Scene();
    const { reader: one } = await scene.open({ ...EVENTS, of: { source: 'web' } });
    const { reader: other } = await scene.open({ kinds: ['refused'], of: { messageId: 'x' } });
    scene.accept(['a'], { source: 'web' });
    scene.accept(['b'], { source: 'app' });
    scene.refuse('x');
    scene.refuse('y');
    await scene.tick();
    assert.deepEqual([one.told, other.told], [['a'], ['x']]);
  });

  it('chooses, writes and encodes once for all that ask the same', async () => {
    const scene = new Scene();
    const same = [await scene.open({ ...EVENTS, of: { type: 'track', source: 'dev' } }), await scene.open(EVENTS)];
    same.push(await scene.open({ ...EVENTS, of: { source: 'dev', type: 'track' } }), await scene.open(EVENTS));
    scene.accept(['a', 'b', 'c']);
    await scene.tick();
    assert.equal(scene.rendered, 3);
    const [first, second, third, fourth] = same.map(({ reader }) => reader.pieces.at(-1));
    assert.ok(first === third && second === fourth);
    assert.notEqual(first, second);
  });

  it('has attempts watched that somebody wants, for as long as somebody may come back', async () => {
    const scene = new Scene();
    const attempts: StreamQuery = { kinds: ['attempt'], of: {}, destination: 'crm' };
    const { leave } = await scene.open(attempts);
    await scene.open(EVENTS);
    assert.deepEqual(scene.watched.at(-1), [{ key: 1, query: attempts }]);
    leave();
    await scene.ambient.advance(50_000);
    assert.equal(scene.watched.at(-1)?.length, 1);
    await scene.ambient.advance(12_000);
    assert.deepEqual(scene.watched.at(-1), []);
  });

  it('begins only when attempts are watched', async () => {
    const scene = new Scene();
    let begin: () => void = () => undefined;
    const watch = async (): Promise<void> => new Promise((resolve) => (begin = resolve));
    const { ambient } = scene;
    const frames: StreamFrames = {
      item: () => '',
      gap: () => '',
      opening: () => '{"kind":"opening"}\n',
      mark: () => '',
    };
    const stream = new LiveStream({ ambient, frames, watch, onFailure: () => assert.fail() });
    const reader = new Reader();
    stream.join(reader, ALL, null);
    await ambient.advance(1_000);
    assert.deepEqual(reader.messages, []);
    begin();
    await ambient.advance(0);
    assert.equal(reader.messages.length, 1);
  });

  it('tells no more than can be followed, counts the rest, and goes on', async () => {
    const scene = new Scene();
    const { reader } = await scene.open(EVENTS);
    const { reader: alike } = await scene.open({ ...EVENTS, of: { source: 'dev' } });
    const { reader: other } = await scene.open({ ...EVENTS, of: { name: 'e1400' } });
    scene.accept(numbered(0, streamEventsBurstMax + 500));
    await scene.tick();
    for (const { told, gaps } of [reader, alike]) {
      assert.equal(told.length, streamEventsBurstMax + 1);
      assert.deepEqual(
        gaps.map(({ what, count }) => [what, count]),
        [['too_fast', 500]],
      );
    }
    assert.deepEqual(other.told, ['e1400']);
    await scene.ambient.advance(1_000);
    scene.accept(numbered(9_000, 10));
    await scene.tick();
    assert.deepEqual(reader.told.slice(-10), numbered(9_000, 10));
  });

  it('adds up attempts that were left out where they are made', async () => {
    const scene = new Scene();
    const { reader } = await scene.open({ kinds: ['attempt'], of: {} });
    const { reader: other } = await scene.open({ kinds: ['attempt'], of: {}, outcome: 'failed' });
    scene.stream.attempted({ attempts: [], leftOut: [{ key: 1, count: 7, fromMs: 1, toMs: 2 }] });
    await scene.tick();
    assert.deepEqual([reader.gaps.map(({ count }) => count), other.gaps], [[7], []]);
  });

  it('shows some refused calls of a flood, and counts the others', async () => {
    const scene = new Scene();
    const { reader } = await scene.open(ALL);
    for (let index = 0; index < 1_000; index += 1) scene.refuse('bad');
    await scene.tick();
    assert.deepEqual([reader.told.length, reader.gaps[0]?.count], [101, 900]);
  });

  it('takes up to 200 readers', async () => {
    const scene = new Scene();
    const leaves = [];
    for (let index = 0; index < streamReadersMax; index += 1)
      leaves.push((await scene.open({ ...EVENTS, of: { name: `n${index}` } })).leave);
    await assert.rejects(scene.open(EVENTS), { code: 'too_many_readers' });
    leaves[0]?.();
    const { reader } = await scene.open(EVENTS);
    scene.accept(['a']);
    await scene.ambient.advance(1_000);
    assert.deepEqual(reader.told, ['a']);
  });

  it('says that it is there when there is nothing to tell', async () => {
    const scene = new Scene();
    const { reader } = await scene.open(EVENTS);
    await scene.ambient.advance(61_000);
    assert.equal(reader.messages.filter(({ kind }) => kind === 'mark').length, 5);
  });

  it('ends when who opened it may not read any more', async () => {
    const scene = new Scene();
    const { reader } = await scene.open(EVENTS);
    reader.isAllowed = false;
    await scene.ambient.advance(59_000);
    assert.equal(reader.isEnded, false);
    await scene.ambient.advance(3_000);
    assert.equal(reader.isEnded, true);
    scene.accept(['a']);
    await scene.tick();
  });

  it('ends for all at once, and for whoever comes later', async () => {
    const scene = new Scene();
    const { reader, leave } = await scene.open(EVENTS);
    scene.stream.close();
    assert.ok(reader.isEnded);
    leave();
    await assert.rejects(scene.open(EVENTS), { code: 'shutting_down' });
    assert.equal(scene.ambient.nextTimerMs === null || scene.rendered === 0, true);
  });
});

describe('a reader that does not take what it is told', () => {
  it('is told no more until it has, and then how much it missed', async () => {
    const scene = new Scene();
    const { reader } = await scene.open(EVENTS);
    const { reader: other } = await scene.open(EVENTS);
    reader.waitingBytes = streamWaitingBytesMax + 1;
    scene.accept(['a', 'b', 'c']);
    await scene.tick();
    assert.deepEqual([reader.told, other.told], [[], ['a', 'b', 'c']]);
    reader.waitingBytes = 0;
    scene.accept(['d']);
    await scene.tick();
    assert.deepEqual(reader.told, ['not_read', 'd']);
    assert.equal(reader.gaps[0]?.count, 3);
  });

  it('is ended after half a minute', async () => {
    const scene = new Scene();
    const { reader } = await scene.open(EVENTS);
    const { reader: other } = await scene.open(EVENTS);
    reader.waitingBytes = streamWaitingBytesMax + 1;
    await scene.ambient.advance(29_000);
    assert.equal(reader.isEnded, false);
    await scene.ambient.advance(5_000);
    assert.deepEqual([reader.isEnded, other.isEnded], [true, false]);
  });
});
