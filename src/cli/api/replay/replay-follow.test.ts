import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endText, progressText, type Replay } from './replay-follow.ts';

const RUNNING: Replay = {
  ...{ id: 'rpl_1', destination: 'crm', state: 'running', reason: null, total: 1_200, done: 340, delivered: 338 },
  ...{ dead: 2, cancelled: 0, expired: 0, ratePerSecond: null, filter: {}, from: null, to: null },
  ...{ createdAt: '2026-01-31T12:00:00.000Z', endedAt: null },
};
const UNKNOWN = { perSecond: null, leftMs: () => null };

describe('how far a replay has come', () => {
  it('is said with its pace and what is left, once they are known', () => {
    assert.equal(progressText(RUNNING, UNKNOWN), '340 of 1,200  2 dead');
    const pace = { perSecond: 48, leftMs: (left: number) => (left / 48) * 1_000 };
    assert.equal(progressText(RUNNING, pace), '340 of 1,200  48/s  about 17.9 s left  2 dead');
  });

  it('is how much was counted, while it is counted', () => {
    const counting = { ...RUNNING, state: 'counting', total: 5_000 } as const;
    assert.equal(progressText(counting, UNKNOWN), 'counting: 5,000 so far; nothing is sent yet');
  });

  it('ends with what became of all of it', () => {
    const ended = { ...RUNNING, state: 'finished', done: 1_200, delivered: 1_198 } as const;
    assert.equal(endText(ended), 'rpl_1 has finished: 1,198 delivered, 2 dead of 1,200 deliveries');
    const cancelled = { ...RUNNING, state: 'cancelled', reason: 'destination_gone', cancelled: 860 } as const;
    assert.match(
      endText(cancelled),
      /^rpl_1 is cancelled \(destination_gone\): 338 delivered, 2 dead, 860 cancelled of/,
    );
  });
});
