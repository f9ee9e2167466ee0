import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeliveryKey } from '../domain/delivery-id.ts';
import type { EventQuery } from '../domain/event-query.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import type { DeliveryAsk, DeliveryRecord, PastAttempt } from '../ports/delivery-history.ts';
import { DeliveryFinder, type DeliveryQuery } from './find-deliveries.ts';

const attempt = (more: Partial<PastAttempt> = {}): PastAttempt => ({
  ...{ endpoint: 'https://a', number: 1, atMs: 0, durationMs: 1, outcome: 'failed', status: 500, errorCode: null },
  ...{ exchange: null, ...more },
});
const delivery = (position: Position, lane: number, attempts: readonly PastAttempt[]): DeliveryRecord => ({
  ...{ lane, position, laneId: `d${lane}`, isLaneGone: false, state: 'dead', reason: null, nextAttemptAtMs: null },
  attempts,
});

/** Newest first, as the history has them; events are those of whose positions `isWanted` says so. */
function open(records: readonly DeliveryRecord[], isWanted: (position: Position) => boolean = () => true) {
  const sorted = records.toSorted((a, b) => b.position - a.position || b.lane - a.lane);
  const asked: DeliveryAsk[] = [];
  const list = async (ask: DeliveryAsk): Promise<readonly DeliveryRecord[]> => {
    asked.push(ask);
    const { after, before, from, max } = ask;
    const rest = sorted.filter(
      ({ position, lane }) =>
        position > after &&
        position < before &&
        (from === undefined || position < from.position || (position === from.position && lane < from.lane)),
    );
    return Promise.resolve(rest.slice(0, max));
  };
  const find = async (query: EventQuery, before: Position | null, limit: number) => {
    const positions = [...new Set(sorted.map(({ position }) => position))]
      .filter((position) => isWanted(position) && position < (before ?? Infinity) && query.user === 'ann')
      .slice(0, limit + 1);
    const events = positions.slice(0, limit).map((position) => ({ position }) as LoggedEvent);
    return Promise.resolve({
      events,
      next: positions.length > limit ? (events.at(-1)?.position ?? null) : null,
      isComplete: true,
    });
  };
  const finder = new DeliveryFinder({
    log: { seek: async (ms) => Promise.resolve(ms) },
    history: { list },
    events: { find },
  });
  const all = async (query: DeliveryQuery, limit: number): Promise<readonly (readonly string[])[]> => {
    const pages: string[][] = [];
    for (let from: DeliveryKey | null = null; ;) {
      const page = await finder.find(query, from, limit);
      pages.push(page.deliveries.map(({ position, lane }) => `${String(position)}/${String(lane)}`));
      if (page.next === null) return pages;
      assert.ok(pages.length < 1_000, 'it comes to an end');
      from = page.next;
    }
  };
  return { asked, all };
}

describe('a search for deliveries', () => {
  it('by an attempt finds those with one that is so, endpoint, outcome and error together', async () => {
    const slow = attempt({ endpoint: 'https://b', status: null, errorCode: 'timeout' });
    const { all } = open([
      delivery(1, 1, [attempt(), attempt({ outcome: 'succeeded', status: 200 })]),
      delivery(2, 1, [slow]),
      delivery(3, 1, [attempt({ outcome: 'succeeded', status: 200 })]),
      delivery(4, 1, [attempt({ endpoint: 'https://b' }), attempt({ status: null, errorCode: 'timeout' })]),
    ]);
    const found = async (query: DeliveryQuery['attempt']) => (await all({ attempt: query! }, 10)).flat();
    assert.deepEqual(await found({ error: 'http_500' }), ['4/1', '1/1']);
    assert.deepEqual(await found({ error: 'http_200' }), []);
    assert.deepEqual(await found({ error: 'timeout' }), ['4/1', '2/1']);
    assert.deepEqual(await found({ error: 'timeout', endpoint: 'https://b' }), ['2/1']);
    assert.deepEqual(await found({ outcome: 'succeeded' }), ['3/1', '1/1']);
  });

  it('looks at so many a page, and goes on also where a page is short or empty', async () => {
    const wanted = new Set([3, 700, 2_000]);
    const records = Array.from({ length: 3_000 }, (_, index) =>
      delivery(index + 1, 1, [attempt({ status: wanted.has(index + 1) ? 404 : 500 })]),
    );
    const { all, asked } = open(records);
    const pages = await all({ attempt: { error: 'http_404' } }, 2);
    assert.deepEqual(pages.flat(), ['2000/1', '700/1', '3/1']);
    assert.ok(pages.length >= 3, JSON.stringify(pages));
    assert.ok(asked.every(({ max }) => max <= 128));
  });

  it('by what events are finds the deliveries of these, each once, however they are paged', async () => {
    const records = Array.from({ length: 600 }, (_, index) => [
      delivery(index + 1, 1, [attempt()]),
      delivery(index + 1, 2, [attempt({ errorCode: 'timeout', status: null })]),
    ]).flat();
    const isEven = (position: Position): boolean => position % 2 === 0;
    const { all } = open(records, isEven);
    const expected = records
      .filter(({ position }) => isEven(position))
      .toReversed()
      .map(({ position, lane }) => `${String(position)}/${String(lane)}`);
    for (const limit of [1_000, 7]) assert.deepEqual((await all({ of: { user: 'ann' } }, limit)).flat(), expected);
    const late = await all({ of: { user: 'ann' }, attempt: { error: 'timeout' } }, 50);
    assert.deepEqual(
      late.flat(),
      expected.filter((key) => key.endsWith('/2')),
    );
    assert.deepEqual((await all({ of: { user: 'bob' } }, 5)).flat(), []);
  });
});
