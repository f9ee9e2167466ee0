import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { RefusalLimits } from '../../src/adapters/sql/refusal-store.ts';
import type { RefusalStore, RefusedCount, RefusedSample } from '../../src/ports/refusal-store.ts';

export interface RefusalStoreBackend {
  readonly name: string;
  /** Why what was recorded ends with its store; null when a second one finds it. */
  readonly cannotReopen: string | null;
  place(): Promise<RefusalStorePlace>;
}

/** Where one store is. */
export interface RefusalStorePlace {
  open(limits: Partial<RefusalLimits>): Promise<RefusalStore>;
  remove(): Promise<void>;
}

const LIMITS = { samplesPerReasonMax: 5, samplesPerSourceMax: 12, samplesMax: 20, countsMax: 100 };
const AT_MS = 1_767_225_600_000;
const MINUTE = AT_MS / 60_000;

export function sample(given: Partial<RefusedSample> = {}): RefusedSample {
  return {
    atMs: AT_MS,
    source: 'website',
    reason: 'event_not_defined',
    type: 'track',
    route: 'batch',
    count: 1,
    message: 'a track call needs `event`',
    messageId: 'm1',
    writeKey: 'wk_w…',
    isCut: false,
    sample: '{"userId":"u"}',
    ...given,
  };
}

export function count(given: Partial<RefusedCount> = {}): RefusedCount {
  return { minute: MINUTE, source: 'website', reason: 'event_not_defined', type: 'track', count: 1, ...given };
}

/** Runs the promises of the port over one backend. */
export function refusalStoreSuite(backend: RefusalStoreBackend): void {
  describe(`the store of refused calls (${backend.name})`, () => {
    let place: RefusalStorePlace;
    let store: RefusalStore;

    beforeEach(async () => {
      place = await backend.place();
      store = await place.open(LIMITS);
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const ids = async (...wanted: Parameters<RefusalStore['list']>): Promise<readonly number[]> =>
      (await store.list(...wanted)).map(({ id }) => id);

    describe('a sample', () => {
      it('comes back as it was recorded, with an id that rises', async () => {
        const whole = sample({ isCut: true });
        const bare = sample({ source: null, type: null, messageId: null, writeKey: null, sample: null });
        await store.record([], [whole, bare]);
        assert.deepEqual(await store.list({}, 10), [
          { id: 2, ...bare },
          { id: 1, ...whole },
        ]);
      });

      it('may hold any well-formed text, NUL included', async () => {
        const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((each) => `a\0${each}\u2028`.toWellFormed());
        await fc.assert(
          fc.asyncProperty(text, async (each) => {
            const given = sample({ sample: each, messageId: each, message: each });
            await store.record([], [given]);
            const [found] = await store.list({}, 1);
            assert.deepEqual(found, { id: found?.id, ...given });
          }),
          { numRuns: 50 },
        );
      });
    });

    describe('a list', () => {
      it('is newest first and no longer than asked for', async () => {
        await store.record([], [sample(), sample(), sample()]);
        assert.deepEqual(await ids({}, 2), [3, 2]);
      });

      it('has what every condition asks for', async () => {
        await store.record(
          [],
          [
            sample(),
            sample({ source: null, reason: 'unknown_source' }),
            sample({ reason: 'id_required', atMs: AT_MS + 10 }),
            sample({ source: 'app', atMs: AT_MS + 20 }),
          ],
        );
        assert.deepEqual(await ids({ source: 'website' }, 9), [3, 1]);
        assert.deepEqual(await ids({ source: null }, 9), [2]);
        assert.deepEqual(await ids({ reason: 'event_not_defined' }, 9), [4, 1]);
        assert.deepEqual(await ids({ fromMs: AT_MS + 10, toMs: AT_MS + 20 }, 9), [3]);
        assert.deepEqual(await ids({ source: 'website', reason: 'id_required', before: 3 }, 9), []);
      });

      it('goes on where it was while others are recorded and forgotten', async () => {
        const all = ['a', 'b', 'c', 'd'].flatMap((source) => [sample({ source }), sample({ source })]);
        await store.record([], all);
        assert.deepEqual(await ids({}, 3), [8, 7, 6]);
        await store.record([], [sample({ source: 'e', atMs: AT_MS + 1 })]);
        assert.deepEqual(await ids({ before: 6 }, 3), [5, 4, 3]);
        await store.prune(AT_MS + 1);
        assert.deepEqual(await ids({ before: 3 }, 3), []);
        await store.record([], [sample({ source: 'f' })]);
        assert.deepEqual(await ids({}, 9), [10, 9]);
      });
    });

    describe('the samples that are kept', () => {
      it('are the newest of a source and reason', async () => {
        await store.record([], [sample({ reason: 'id_required' })]);
        for (let round = 0; round < 4; round++) await store.record([], [sample(), sample()]);
        assert.deepEqual(await ids({}, 99), [9, 8, 7, 6, 5, 1]);
      });

      it('are the newest of a source, the unknown one included', async () => {
        for (const source of [null, 'website']) {
          const reasons = Array.from({ length: 15 }, (_, index) => sample({ source, reason: `r${index}` }));
          await store.record([], reasons);
        }
        assert.equal((await ids({ source: null }, 99)).length + (await ids({ source: 'website' }, 99)).length, 20);
        assert.deepEqual((await ids({ source: 'website' }, 99)).length, LIMITS.samplesPerSourceMax);
        assert.equal((await store.list({ source: null }, 1))[0]?.reason, 'r14');
      });

      it('are the newest altogether', async () => {
        const sources = Array.from({ length: 30 }, (_, index) => sample({ source: `s${index}` }));
        await store.record([], sources);
        assert.deepEqual(
          await ids({}, 99),
          Array.from({ length: 20 }, (_, index) => 30 - index),
        );
      });
    });

    describe('counts', () => {
      it('are added for the same minute, source, reason and type', async () => {
        await store.record([count({ count: 2 })], []);
        await store.record([count({ count: 3 }), count({ source: null, type: null }), count({ type: 'page' })], []);
        assert.deepEqual(await store.counts({}, 1, 99), [
          count({ source: null, type: null }),
          count({ type: 'page' }),
          count({ count: 5 }),
        ]);
      });

      it('are summed over spans that are counted from 1970, oldest first', async () => {
        await store.record(
          [0, 59, 60, 125].map((minute) => count({ minute: MINUTE + minute })),
          [],
        );
        const sums = await store.counts({}, 60, 99);
        assert.deepEqual(
          sums.map(({ minute, count: sum }) => [minute - MINUTE, sum]),
          [
            [0, 2],
            [60, 1],
            [120, 1],
          ],
        );
        assert.equal((await store.counts({}, 60, 2)).length, 2);
      });

      it('have what every condition asks for', async () => {
        await store.record(
          [count(), count({ minute: MINUTE + 1, source: null }), count({ minute: MINUTE + 2, reason: 'id_required' })],
          [],
        );
        const minutes = async (wanted: Parameters<RefusalStore['counts']>[0]): Promise<readonly number[]> =>
          (await store.counts(wanted, 1, 99)).map(({ minute }) => minute - MINUTE);
        assert.deepEqual(await minutes({ source: 'website' }), [0, 2]);
        assert.deepEqual(await minutes({ source: null }), [1]);
        assert.deepEqual(await minutes({ reason: 'id_required' }), [2]);
        assert.deepEqual(await minutes({ fromMs: AT_MS + 60_000, toMs: AT_MS + 120_000 }), [1]);
        assert.deepEqual(await minutes({ fromMs: AT_MS + 1, toMs: AT_MS + 120_001 }), [1, 2]);
      });

      it('of the newest minutes stay when there are too many', async () => {
        for (let minute = 0; minute < 300; minute++) await store.record([count({ minute: MINUTE + minute })], []);
        const left = (await store.counts({}, 1, 999)).map(({ minute }) => minute - MINUTE);
        assert.ok(left.length <= LIMITS.countsMax && left.length >= LIMITS.countsMax / 2, String(left.length));
        assert.deepEqual([left.at(0), left.at(-1)], [300 - left.length, 299]);
      });

      it('stay when they are added to again and again', async () => {
        await store.record([count()], []);
        for (let time = 0; time < 300; time++) await store.record([count({ minute: MINUTE + 1 })], []);
        assert.deepEqual(
          (await store.counts({}, 1, 999)).map((each) => each.count),
          [1, 300],
        );
      });
    });

    describe('pruning', () => {
      it('forgets what is older, and nothing else', async () => {
        await store.record(
          [count(), count({ minute: MINUTE + 1 })],
          [sample(), sample({ atMs: AT_MS + 60_000 }), sample({ atMs: AT_MS + 59_999 })],
        );
        await store.prune(AT_MS + 60_000);
        assert.deepEqual(await ids({}, 9), [2]);
        assert.deepEqual(await store.counts({}, 1, 9), [count({ minute: MINUTE + 1 })]);
      });

      it('forgets of the oldest as much as is more than a size', async () => {
        const large = (minute: number): RefusedSample =>
          sample({ source: `s${minute}`, atMs: AT_MS + minute * 60_000, sample: 'x'.repeat(40_000) });
        for (let minute = 0; minute < 10; minute++) await store.record([count({ minute })], [large(minute)]);
        await store.prune(-Infinity, 1e9);
        assert.equal((await ids({}, 99)).length, 10);
        await store.prune(-Infinity, 250_000);
        const left = await ids({}, 99);
        assert.ok(left.length >= 4 && left.length <= 6, String(left.length));
        assert.equal(left[0], 10, 'the newest are left');
      });
    });

    describe('erase', () => {
      it('forgets the samples that name somebody, wherever they do, and says how many', async () => {
        const naming = [
          sample({ sample: '{"userId":"u1"}' }),
          sample({ sample: null, message: 'no such thing: u1' }),
          sample({ messageId: 'u1' }),
        ];
        const others = [sample({ sample: '{"userId":"u12"}' }), sample({ sample: null })];
        await store.record([count()], [...naming, ...others]);
        assert.equal(await store.erase('u1'), 3);
        assert.deepEqual(await ids({}, 9), [5, 4]);
        assert.deepEqual(await store.counts({}, 1, 9), [count()]);
        assert.equal(await store.erase('u1'), 0);
      });
    });

    describe('what it takes', () => {
      it('is told for each day on which something was refused', async () => {
        const day = Math.floor(AT_MS / 86_400_000);
        const old = { atMs: AT_MS - 86_400_000, sample: 'x'.repeat(100_000) };
        assert.deepEqual((await store.use()).days, []);
        await store.record([count()], [sample(), sample(old)]);
        const { days, unusedBytes } = await store.use();
        assert.deepEqual(
          days.map((each) => each.day),
          [day - 1, day],
        );
        assert.ok(days[0]!.bytes > 90_000 && days[1]!.bytes < 90_000, JSON.stringify(days));
        await store.prune(AT_MS);
        assert.ok((await store.use()).unusedBytes > unusedBytes, 'what was freed is told, and used again');
      });
    });

    describe('a record that cannot be written', () => {
      it('leaves everything as it was', async () => {
        const broken = sample({ reason: null as unknown as string });
        await assert.rejects(store.record([count()], [sample(), broken]), /NOT NULL/);
        assert.deepEqual([await store.list({}, 9), await store.counts({}, 1, 9)], [[], []]);
        await store.record([count()], [sample()]);
        assert.equal((await store.list({}, 9)).length, 1);
      });
    });

    if (backend.cannotReopen === null) {
      it('keeps what was recorded over a restart, and goes on with its ids', async () => {
        await store.record([count()], [sample(), sample()]);
        await store.close();
        store = await place.open(LIMITS);
        await store.record([count()], [sample()]);
        assert.deepEqual(await ids({}, 9), [3, 2, 1]);
        assert.deepEqual(await store.counts({}, 1, 9), [count({ count: 2 })]);
      });
    }
  });
}
