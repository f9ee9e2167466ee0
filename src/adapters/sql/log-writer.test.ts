import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewEvent } from '../../domain/event.ts';
import { dedupeKeysMax, dedupeMs, segmentBytesMax, segmentMs } from '../../domain/limits.ts';
import { LogWriter, type LogWriterLimits } from './log-writer.ts';
import { dedupeKeyOf, makeKeyedHash } from './keyed-hash.ts';
import { makeSegmentMemory, type SegmentFolder } from './segment-folder.ts';
import { SegmentReader } from './segment-reader.ts';

const NOW_MS = 1_767_225_600_000;
const LIMITS: LogWriterLimits = { segmentBytesMax, segmentMs, dedupeMs, dedupeKeysMax, reserveBytes: 0 };

function makeEvent(messageId: string, bodyChars = 10): NewEvent {
  return {
    ...{
      source: 'src_web',
      type: 'track',
      messageId,
      name: null,
      user: null,
      receivedAtMs: NOW_MS,
      integrations: null,
    },
    body: JSON.stringify('x'.repeat(bodyChars)),
  };
}

/** Lets the segment that begins there grow no further, as a full disk would. */
function fillDisk(folder: SegmentFolder, first: number): void {
  folder.openForWriting(first).exec('pragma max_page_count = 1');
}

function makeRoom(folder: SegmentFolder, first: number): void {
  folder.openForWriting(first).exec('pragma max_page_count = 1000000');
}

describe('LogWriter', () => {
  it('refuses with log_full what finds no room, forgets it whole, and goes on once there is room', () => {
    const folder = makeSegmentMemory();
    const writer = new LogWriter(folder, LIMITS, NOW_MS);
    writer.append([makeEvent('before')], NOW_MS);
    fillDisk(folder, 1);
    const events = [makeEvent('a'), makeEvent('b', 1_000_000)];
    assert.throws(() => writer.append(events, NOW_MS), { code: 'log_full' });
    assert.equal(writer.news.end, 1);
    assert.deepEqual([...writer.append([makeEvent('before')], NOW_MS)], [0]);
    makeRoom(folder, 1);
    assert.deepEqual([...writer.append(events, NOW_MS)], [2, 3]);
    writer.close();
  });

  it('loses no event whose hash is that of another', () => {
    const folder = makeSegmentMemory();
    const first = new LogWriter(folder, LIMITS, NOW_MS);
    first.append([makeEvent('a'), makeEvent('c')], NOW_MS);
    const db = folder.openForWriting(1);
    const hash = makeKeyedHash(new SegmentReader(db, 'segment').stamp().hashKey);
    // As if 'a' hashed to what 'b' does.
    const keys = Float64Array.of(hash(dedupeKeyOf('src_web', 'b')), hash(dedupeKeyOf('src_web', 'c')));
    db.prepare('update batch set keys = ?').run(new Uint8Array(keys.buffer));
    const second = new LogWriter(folder, LIMITS, NOW_MS);
    assert.deepEqual([...second.append([makeEvent('b'), makeEvent('c')], NOW_MS)], [3, 0]);
    assert.deepEqual([...second.append([makeEvent('b')], NOW_MS)], [0]);
    second.close();
  });

  it('tells which events are missing when a segment was taken away, and goes on', () => {
    const folder = makeSegmentMemory();
    const writer = new LogWriter(folder, { ...LIMITS, segmentBytesMax: 1 }, NOW_MS);
    for (const messageId of ['a', 'b', 'c', 'd']) writer.append([makeEvent(messageId)], NOW_MS);
    folder.remove(2);
    folder.remove(3);
    const second = new LogWriter(folder, { ...LIMITS, segmentBytesMax: 1 }, NOW_MS);
    assert.deepEqual(second.lost, [{ after: 1, count: 2 }]);
    assert.deepEqual([...second.append([makeEvent('b'), makeEvent('d')], NOW_MS)], [5, 0]);
    second.close();
  });

  it('gives no position again that somebody has met, when it has lost its end', () => {
    const folder = makeSegmentMemory();
    const writer = new LogWriter(folder, LIMITS, NOW_MS);
    writer.append([makeEvent('a'), makeEvent('b')], NOW_MS);
    const second = new LogWriter(folder, LIMITS, NOW_MS, 7);
    assert.deepEqual(second.lost, [{ after: 2, count: 5 }]);
    const [position = 0] = second.append([makeEvent('c')], NOW_MS);
    assert.ok(position > 7, `${position}`);
    assert.deepEqual(new LogWriter(folder, LIMITS, NOW_MS, position).lost, []);
    second.close();
  });

  it('takes no more than leaves the reserve, while duplicates still get their answer', () => {
    const disk = { free: 20_000_000 };
    const folder = { ...makeSegmentMemory(), freeBytes: () => disk.free };
    const writer = new LogWriter(folder, { ...LIMITS, reserveBytes: 10_000_000 }, NOW_MS);
    writer.append([makeEvent('a')], NOW_MS);
    disk.free = 9_000_000;
    assert.throws(() => writer.append([makeEvent('b')], NOW_MS), { code: 'log_full' });
    assert.deepEqual([...writer.append([makeEvent('a')], NOW_MS)], [0]);
    assert.equal(writer.disk.isFull, true);
    disk.free = 20_000_000;
    assert.deepEqual([...writer.append([makeEvent('b')], NOW_MS)], [2]);
    writer.close();
  });

  it('begins a segment when the newest is large enough', () => {
    const writer = new LogWriter(makeSegmentMemory(), { ...LIMITS, segmentBytesMax: 100_000 }, NOW_MS);
    for (let commit = 0; commit < 10; commit++) writer.append([makeEvent(`${commit}`, 30_000)], NOW_MS);
    assert.deepEqual(writer.news.segments, [1, 4, 7, 10]);
    writer.close();
  });

  it('asks seldom how large the newest is, and is past the size by no more than a commit all the same', () => {
    const bytesMax = 400_000;
    const folder = makeSegmentMemory();
    const writer = new LogWriter(folder, { ...LIMITS, segmentBytesMax: bytesMax }, NOW_MS);
    const commitBytesMax = 40_000;
    for (let commit = 0; writer.news.segments.length < 6; commit++) {
      // Three bytes for each character, as many as a text can take, and columns as long as the body.
      const text = '語'.repeat(1 + ((commit * 997) % 3_000));
      const event = { ...makeEvent(`${commit}`), user: text, name: text, body: JSON.stringify({ text, user: text }) };
      writer.append([event], NOW_MS);
    }
    for (const first of writer.news.segments.slice(0, -1)) {
      const bytes = folder.bytesOf(first);
      assert.ok(bytes >= bytesMax && bytes < bytesMax + commitBytesMax, `${bytes}`);
    }
    writer.close();
  });

  it('begins a segment when the newest is old enough or from the future, and never one behind an empty one', () => {
    const writer = new LogWriter(makeSegmentMemory(), { ...LIMITS, segmentMs: 1_000 }, NOW_MS);
    writer.append([makeEvent('a')], NOW_MS + 5_000);
    assert.deepEqual(writer.news.segments, [1]);
    writer.append([makeEvent('b')], NOW_MS + 5_999);
    writer.append([makeEvent('c')], NOW_MS + 6_000);
    assert.deepEqual(writer.news.segments, [1, 2]);
    writer.append([makeEvent('d')], NOW_MS + 4_000);
    assert.deepEqual(writer.news.segments, [1, 2, 4]);
    writer.close();
  });
});
