import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { LogTails, newsAfter, type TailNews } from './log-tails.ts';
import type { LogNews } from './log-writer.ts';

const START: LogNews = { epoch: 7, end: 10, segments: [1] };

function openTail(tails: LogTails) {
  const { port1, port2 } = new MessageChannel();
  tails.add(port1);
  return (): TailNews | null => (receiveMessageOnPort(port2)?.message as TailNews | undefined) ?? null;
}

describe('a tail of the log', () => {
  it('is told first how all things are, then of commits only where the log ends', () => {
    const tails = new LogTails(START);
    const told = openTail(tails);
    assert.deepEqual(told(), START);
    assert.equal(tails.tell({ ...START }), null);
    assert.equal(told(), null);
    assert.equal(tails.tell({ ...START, end: 12 }), 12);
    assert.equal(told(), 12);
    tails.close();
  });

  it('is told everything where segments came or went', () => {
    const tails = new LogTails(START);
    const told = openTail(tails);
    const rolled = { epoch: 7, end: 13, segments: [1, 13] };
    tails.tell(rolled);
    const pruned = { ...rolled, segments: [13] };
    tails.tell(pruned);
    assert.deepEqual([told(), told(), told(), told()], [START, rolled, pruned, null]);
    tails.tell({ ...pruned, end: 14 });
    assert.equal(told(), 14);
    tails.close();
  });

  it('that comes later is told all that was told before', () => {
    const tails = new LogTails(START);
    tails.tell({ ...START, end: 11 });
    assert.deepEqual(openTail(tails)(), { ...START, end: 11 });
    tails.close();
  });

  it('knows the rest from before', () => {
    assert.deepEqual(newsAfter(START, 11), { ...START, end: 11 });
    assert.equal(newsAfter({ ...START, end: 3 }, START), START);
  });
});
